"""The mail that leads a patient to her own pages, where her record is. It says nothing of it."""

from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clinic.messages.outbox import Lane, Message, owe, register
from clinic.messages.rendering import rendered
from clinic.models.messages import Email
from clinic.models.people import Patient

KIND = "own_pages"
# The page stays; but a mail that waits for days would surprise her.
USEFUL = timedelta(days=3)


def owe_own_pages(patient: Patient, *, now: datetime) -> None:
    """Owe the mail, due at `now`. She may ask again, so each time is a mail of its own."""
    about = f"patient:{patient.pk}"
    owe(
        kind=KIND,
        about=about,
        rev=Email.objects.filter(about=about, kind=KIND).count(),
        patient=patient,
        due_at=now,
        useless_after=now + USEFUL,
    )


def _message(email: Email) -> Message:
    # No private link: the page asks for a code, then for the date of birth.
    own_url = settings.SITE_URL + reverse("own_record")
    return rendered("intake/whole_record/email/own_pages", {"own_url": own_url})


def _still_due(email: Email, now: datetime) -> str | None:
    """Return None: she asked, and nothing that happens meanwhile makes it untrue."""
    return None


def register_kinds() -> None:
    """Register the kind of mail."""
    register(
        KIND,
        name=_("Way to her own pages"),
        render=_message,
        still_due=_still_due,
        lane=Lane.ASKED,
    )
