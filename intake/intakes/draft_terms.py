"""How long a draft and its link last, and how links and mails refer to an intake."""

from datetime import datetime, timedelta

from intake.models import Intake

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


RESUME_LINK = "resume_link"
