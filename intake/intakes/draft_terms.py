"""How long a draft and the link to it are kept, and how links and mails name an intake."""

from datetime import datetime, timedelta

from intake.models import Intake

RESUME = "resume"
DRAFT_KEPT = timedelta(days=30)
LINK_LIVES = timedelta(days=7)
# After sending, the link shows for so long that the form has arrived, and nothing else.
STATUS_SHOWN = timedelta(days=30)


def about(intake: Intake) -> str:
    """Return how mails and links name this intake."""
    return f"intake:{intake.pk}"


def kept_until(intake: Intake) -> datetime:
    """Return until when a draft is kept if nothing more is saved in it."""
    return intake.saved_at + DRAFT_KEPT


RESUME_LINK = "resume_link"
