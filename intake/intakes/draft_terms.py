"""How long a draft and its link last, and how links and mails refer to an intake."""

from datetime import datetime, timedelta

from intake.models import Intake
from intake.questionnaire.definition import INTAKE

RESUME = "resume"
DRAFT_LIFETIME = timedelta(days=30)
LINK_LIVES = timedelta(days=7)
# After sending, the link still opens for this long; it shows only that the form has arrived.
STATUS_SHOWN = timedelta(days=30)


def about(intake: Intake) -> str:
    """Return the key by which mails and links refer to this intake."""
    return f"intake:{intake.pk}"


def kept_until(intake: Intake) -> datetime:
    """Return when a draft is erased unless something more is saved in it (UTC)."""
    return intake.saved_at + DRAFT_LIFETIME


def is_reworded(draft: Intake) -> bool:
    """Return whether the draft was begun in an earlier version of the questions."""
    return draft.questionnaire_version != INTAKE.version


def sections_saved(draft: Intake) -> list[str]:
    """Return the slugs of the sections that count as saved in the version in force.

    Answers are kept, but in a draft of an earlier version the first section is asked again: it has
    the danger signs, and they were answered in other words.
    """
    first = INTAKE.sections[0].slug
    saved: list[str] = draft.saved_sections
    return [slug for slug in saved if slug != first] if is_reworded(draft) else saved


RESUME_LINK = "resume_link"
