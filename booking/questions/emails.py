"""The mail with the link to the questions. It says neither what is asked nor why she comes."""

from django.utils.translation import gettext_lazy as _

from booking.models import Appointment
from booking.questions.links import LIVES, link_until
from booking.questions.queries import LINK, why_not
from clinic.messages.outbox import Message, register
from clinic.messages.rendering import rendered
from clinic.models.messages import Email
from clinic.models.people import Patient


def _still_missing(email: Email, now: object) -> str | None:
    """Return why it is not sent, None if she has not answered yet and the link would open."""
    reason = why_not(_patient_of(email))
    return "sent_meanwhile" if reason == "answered" else reason or None


def _message(email: Email) -> Message:
    """Return the mail with a new link, which works until her next visit begins."""
    now = email.handed_off_at or email.due_at
    patient = _patient_of(email)
    ahead = Appointment.objects.upcoming(now).filter(patient=patient)
    visit = ahead.order_by("starts_at").first()
    until = visit.starts_at if visit is not None else now + LIVES
    context = {
        "questions_url": link_until(patient, until),
        "works_until": until,
        "appointment": visit,
    }
    return rendered("booking/questions/email/questions_link", context)


def _patient_of(email: Email) -> Patient:
    key = email.about.partition(":")[2]  # about is "questions:<id>"
    return Patient.objects.select_related("merged_into").get(pk=key).home


def register_kinds() -> None:
    """Register this kind of mail."""
    register(LINK, name=_("Link to the questions"), render=_message, still_due=_still_missing)
