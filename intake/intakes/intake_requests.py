"""Ask for a new full intake before a visit that is more than 42 days after the last one."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from booking.models import Appointment
from clinic.messages.outbox import Lane, Message, owe, register
from clinic.messages.rendering import rendered
from clinic.models.messages import Email
from intake.episodes.visit_facts import is_new_intake_due

INTAKE_AGAIN = "intake_again"
# Early enough for the patient to answer and for a clinician to read it. Source: OWN.
AHEAD = timedelta(days=14)


def ask_for_intakes(*, now: datetime) -> int:
    """Owe the mail for each coming package visit that needs a new intake; return how many need one.

    Each visit gets one mail, however often this runs.
    """
    coming = Appointment.objects.filter(
        status="booked",
        enrollment__isnull=False,
        starts_at__gt=now,
        starts_at__lte=now + AHEAD,
    ).select_related("patient")
    asked = [visit for visit in coming if is_new_intake_due(visit)]
    for visit in asked:
        about = f"appointment:{visit.pk}"
        if not Email.objects.filter(kind=INTAKE_AGAIN, about=about).exists():
            owe(
                kind=INTAKE_AGAIN,
                about=about,
                patient=visit.patient,
                due_at=now,
                useless_after=visit.starts_at,
            )
    return len(asked)


def _still_needed(email: Email, now: datetime) -> str | None:
    visit = Appointment.objects.filter(pk=email.about.partition(":")[2]).first()
    if visit is None or visit.status != Appointment.Status.BOOKED:
        return "not_booked"
    return None if is_new_intake_due(visit) else "sent_meanwhile"


def _message(email: Email) -> Message:
    visit = Appointment.objects.get(pk=email.about.partition(":")[2])
    context = {"visit": visit, "site_url": settings.SITE_URL}
    return rendered("intake/intakes/email/intake_again", context)


def register_kind() -> None:
    """Register this kind of mail."""
    register(
        INTAKE_AGAIN,
        name=_("Please answer again"),
        render=_message,
        still_due=_still_needed,
        lane=Lane.REMINDER,
    )
