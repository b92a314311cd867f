"""The address at which a form goes on, and the time left in the session."""

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from clinic.security.requests import SessionRequest
from intake.episodes.due_times import today
from intake.intakes.draft_terms import sections_saved
from intake.models import Intake
from intake.questionnaire.definition import Section
from intake.questionnaire.progress import answers_so_far, first_gap, section_after


def section_url(section: Section) -> str:
    """Return the address of one section."""
    return reverse("intake_section", args=[section.slug])


def next_page(intake: Intake, after: Section | None = None) -> str:
    """Return the address of the next section, or of the check page when nothing is missing.

    `after` is the section that was just saved; without it, the first gap is next.
    """
    answers = answers_so_far(intake.raw, today(timezone.now()))
    saved = sections_saved(intake)
    following = section_after(after, answers, saved) if after else first_gap(answers, saved)
    return section_url(following) if following else reverse("intake_check")


def seconds_left(request: SessionRequest) -> int:
    """Return in how many seconds the session ends unless another request comes."""
    ends_at = request.session_ends_at
    if ends_at is None:  # the session begins with the answer to this request
        return 60 * settings.SESSION_IDLE_MINUTES["patient"]
    return int((ends_at - timezone.now()).total_seconds())
