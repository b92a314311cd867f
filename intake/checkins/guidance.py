"""Guidance for the answers of a check-in just posted."""

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
    """Return what the posted answers ask for at once, judged by themselves, or None."""
    posted = merged({}, posted_answers(PAGE, request.POST))
    return guidance_of(evaluate_checkin(posted, as_of=today(timezone.now())))
