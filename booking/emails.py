"""The mails about an appointment, owed in the transaction of the deed that causes them."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from booking.ics import calendar_file
from booking.models import Appointment
from booking.policy import late_deadline
from booking.reminders import reminders
from booking.terms import terms_of
from clinic.links.issue import issue
from clinic.links.models import AccessLink
from clinic.links.views import register as register_link
from clinic.mail.models import Email
from clinic.mail.outbox import Attachment, Message, owe, register, withdraw
from clinic.mail.rendering import rendered

# Time to think again: a quick second change replaces the mail about the first.
GRACE = timedelta(minutes=3)
REMINDERS = ("reminder_48h", "reminder_24h")
MANAGE = "manage_visit"


def about(appointment: Appointment) -> str:
    """Return how mails and links name this appointment."""
    return f"appointment:{appointment.pk}"


def owe_confirmation(appointment: Appointment, *, now: datetime) -> None:
    """Owe the confirmation, due now, and the reminders."""
    _owe("confirmation", appointment, due_at=now, now=now)


def owe_moved(appointment: Appointment, *, now: datetime) -> None:
    """Owe the news of the new time and its reminders; those of the old time are withdrawn."""
    _owe("moved", appointment, due_at=now + GRACE, now=now)


def owe_cancelled(appointment: Appointment, *, now: datetime) -> None:
    """Owe the news that the visit is off; nothing else about it will be sent."""
    withdraw(about=about(appointment), reason="cancelled")
    if appointment.patient.email:
        owe(
            kind="cancelled",
            about=about(appointment),
            rev=appointment.rev,
            patient=appointment.patient,
            due_at=now + GRACE,
        )


def _owe(kind: str, appointment: Appointment, *, due_at: datetime, now: datetime) -> None:
    withdraw(about=about(appointment), reason="superseded")
    if not appointment.patient.email:
        return
    common = {
        "about": about(appointment),
        "rev": appointment.rev,
        "patient": appointment.patient,
    }
    owe(kind=kind, due_at=due_at, useless_after=appointment.starts_at, **common)
    for one in reminders(
        appointment.starts_at,
        agreed_at=now,
        zone=settings.CLINIC_TIME_ZONE,
        terms=terms_of(appointment.policy),
    ):
        owe(kind=one.kind, due_at=one.due_at, useless_after=one.useless_after, **common)


def _appointment_of(email: Email) -> Appointment:
    key = email.about.partition(":")[2]
    return Appointment.objects.select_related("patient", "clinician", "policy").get(pk=key)


def _still_booked(email: Email, now: datetime) -> str | None:
    key = email.about.partition(":")[2]
    row = Appointment.objects.select_for_update().filter(pk=key).first()
    if row is None or row.rev != email.rev:
        return "superseded"
    if row.status != Appointment.Status.BOOKED:
        return "not_booked"
    if row.starts_at <= now:
        return "too_late"
    if email.kind in REMINDERS and email.patient and email.patient.no_reminders_since:
        return "unsubscribed"
    return None


def _still_cancelled(email: Email, now: datetime) -> str | None:
    key = email.about.partition(":")[2]
    row = Appointment.objects.select_for_update().filter(pk=key).first()
    return None if row is not None and row.rev == email.rev else "superseded"


def what_it_is(appointment: Appointment) -> str:
    """Return the neutral name of the visit: mail says no more than that."""
    if appointment.visit_number:
        return _("Appointment %(number)s of 6") % {"number": appointment.visit_number}
    return _("Appointment")


def _render(email: Email) -> Message:
    appointment = _appointment_of(email)
    what = what_it_is(appointment)
    manage = issue(
        purpose=MANAGE,
        about=about(appointment),
        patient=appointment.patient,
        expires_at=appointment.ends_at,
    )
    now = datetime.now(UTC)
    summary = f"{what}, {settings.CLINIC_MAIL_NAME}"
    file = Attachment(
        "appointment.ics",
        calendar_file(appointment, summary=summary, now=now),
        f"text/calendar; method={_method(appointment)}",
    )
    deadline = late_deadline(
        appointment.starts_at, settings.CLINIC_TIME_ZONE, terms_of(appointment.policy)
    )
    kind = "reminder" if email.kind in REMINDERS else email.kind
    context = {
        "appointment": appointment,
        "what": what,
        "manage_url": manage,
        "change_until": deadline if deadline > now else None,
    }
    headers = _unsubscribe_headers(email, context) if kind == "reminder" else {}
    attachments = () if kind == "reminder" else (file,)
    return rendered(f"booking/email/{kind}", context, attachments=attachments, headers=headers)


def _method(appointment: Appointment) -> str:
    return "CANCEL" if appointment.status == Appointment.Status.CANCELLED else "REQUEST"


def _unsubscribe_headers(email: Email, context: dict[str, object]) -> dict[str, str]:
    if email.patient is None:
        return {}
    link = issue(
        purpose="unsubscribe",
        about=f"patient:{email.patient.pk}",
        patient=email.patient,
        expires_at=None,
    )
    context["unsubscribe_url"] = link
    return {"List-Unsubscribe": f"<{link}>"}


def _manage_page(link: AccessLink) -> str:
    return reverse("manage_visit", args=[link.about.partition(":")[2]])


def register_kinds() -> None:
    """Make booking's mails and links known to the foundation."""
    for kind in ("confirmation", "moved", *REMINDERS):
        register(kind, render=_render, still_due=_still_booked)
    register("cancelled", render=_render, still_due=_still_cancelled)
    register_link(MANAGE, _manage_page)
