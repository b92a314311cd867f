"""Mails to patients about a form they filled in. None of them names a reason or an answer."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clinic.messages.outbox import Lane, Message, owe, register
from clinic.messages.rendering import rendered
from clinic.models.links import AccessLink
from clinic.models.messages import Email
from clinic.security.link_pages import register as register_link
from clinic.security.private_links import issue, revoke
from intake.episodes.due_times import look_by
from intake.intakes.draft_terms import LINK_LIVES, RESUME, RESUME_LINK, about, kept_until
from intake.models import Intake

RECEIVED = "intake_received"


def owe_received(intake: Intake, *, now: datetime) -> None:
    """Owe the mail that a sent form has arrived and by when it is read; one for each form.

    Nothing is owed without an address, or for a form that a machine seems to have sent.
    """
    if intake.patient.email and not intake.set_aside:
        owe(kind=RECEIVED, about=about(intake), patient=intake.patient, due_at=now)


def _intake_of(email: Email) -> Intake | None:
    key = email.about.partition(":")[2]  # about is "intake:<id>"
    return Intake.objects.select_related("patient").filter(pk=key).first()


def _still_a_draft(email: Email, now: object) -> str | None:
    intake = _intake_of(email)
    if intake is None:
        return "erased"
    return "sent_meanwhile" if intake.sent_at is not None else None


def _resume_message(email: Email) -> Message:
    """Return the mail with a new link in it; the links of earlier mails are closed.

    The link is made while the mail is sent, so that its token is stored nowhere.
    """
    intake = _intake_of(email)
    assert intake is not None  # _still_a_draft has just found it in the same transaction
    now = email.handed_off_at or email.due_at
    revoke(purpose=RESUME, about=email.about, now=now)
    # A link must not outlive the draft it opens.
    until = min(now + LINK_LIVES, kept_until(intake))
    address = issue(purpose=RESUME, about=email.about, patient=intake.patient, expires_at=until)
    context = {"resume_url": address, "works_until": until, "kept_until": kept_until(intake)}
    return rendered("intake/intakes/email/resume_link", context)


def _still_there(email: Email, now: object) -> str | None:
    return None if _intake_of(email) is not None else "erased"


def _received_message(email: Email) -> Message:
    intake = _intake_of(email)
    assert intake is not None  # _still_there has just found it in the same transaction
    context = {
        "sent_at": intake.sent_at,
        "look_by": look_by(intake),
        # No private link: it asks for a code, then for the date of birth.
        "next_url": settings.SITE_URL + reverse("own_result"),
    }
    return rendered("intake/intakes/email/intake_received", context)


def _resume_page(link: AccessLink) -> str:
    return reverse("intake_resume", args=[link.about.partition(":")[2]])


def register_kinds() -> None:
    """Register these kinds of mail, and the page that a resume link opens."""
    register(
        RESUME_LINK,
        name=_("Link to go on later"),
        render=_resume_message,
        still_due=_still_a_draft,
        lane=Lane.ASKED,
        is_secret=True,
    )
    register(
        RECEIVED,
        name=_("Form received"),
        render=_received_message,
        still_due=_still_there,
        lane=Lane.ASKED,
    )
    register_link(RESUME, _resume_page)
