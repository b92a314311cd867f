"""What to do at once about the answers of a check-in that was just posted."""

from django.http import HttpRequest
from django.utils import timezone

from intake.episodes.due_times import today
from intake.questionnaire.answers import merged
from intake.questionnaire.definition import CHECKIN
from intake.questionnaire.section import posted_answers
from intake.triage.evaluate import evaluate_checkin
from intake.urgent.guidance import Guidance, guidance_of

PAGE = CHECKIN.sections[0]


def guidance_of_posted(request: HttpRequest) -> Guidance | None:
    """Return the emergency guidance for the posted answers, or None if nothing is urgent.

    Judged without the database, on these answers alone: it must work when everything else fails.
    """
    posted = merged({}, posted_answers(PAGE, request.POST))
    return guidance_of(evaluate_checkin(posted, as_of=today(timezone.now())))
