"""Render the mails about an appointment: when, where, with whom, and a link. Never why.

They do not name the patient either. Others may read the mail, and a name is a text that anybody may
have typed next to somebody else's address.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from booking.models import Appointment
from booking.policy import is_late, late_deadline
from booking.reminders.calendar_file import calendar_file, calendar_file_of, method_of, one_line
from booking.reminders.neutral_words import MANAGE, what_it_is
from booking.signals import Invitation, invitations
from booking.terms import terms_of, undo_until
from clinic.messages.outbox import Attachment, Message
from clinic.messages.preferences import UNSUBSCRIBE
from clinic.messages.rendering import rendered
from clinic.models.messages import Email
from clinic.practice.reaching import mail_name
from clinic.security.private_links import issue
from clinic.templatetags.look import clock, in_full


def visit_message(
    email: Email, appointment: Appointment, template: str = "", **more: object
) -> Message:
    """Return the confirmation, or the mail about a new time or with a new link.

    Another concept passes the template of its own mail about a visit, and `more` context for it.
    """
    calendar_url = settings.SITE_URL + reverse("patient_feed")
    context = {**_with_link(email, appointment), "calendar_url": calendar_url, **more}
    file = _calendar(email, appointment)
    name = template or f"booking/reminders/email/{email.kind}"
    return rendered(name, context, attachments=(file,))


def plan_message(email: Email, appointments: Sequence[Appointment]) -> Message:
    """Return the confirmation of several appointments, or the mail about their new times.

    Each appointment has its own link.
    """
    visits = [
        {**_seen(one), "manage_url": _manage_url(one, f"appointment:{one.pk}")}
        for one in appointments
    ]
    hours = terms_of(appointments[0].policy).late_change_hours
    # What is to be done before the next of them; before the others, their reminders say it.
    asked = _asked_before(email, appointments[0])
    context = {"visits": visits, "hours": hours, "invitations": asked}
    file = _calendar_of(email, appointments)
    return rendered(f"booking/reminders/email/{email.kind}", context, attachments=(file,))


def plan_cancelled_message(email: Email, appointments: Sequence[Appointment]) -> Message:
    """Return the mail that says that several appointments are cancelled."""
    visits = [{**_seen(one), **_undo_of(one, email)} for one in appointments]
    context = {"visits": visits, "book_url": settings.SITE_URL + reverse("book_home")}
    file = _calendar_of(email, appointments)
    return rendered("booking/reminders/email/plan_cancelled", context, attachments=(file,))


def cancelled_message(email: Email, appointment: Appointment) -> Message:
    """Return the mail that says that the appointment is cancelled."""
    context = {
        **_seen(appointment),
        **_undo_of(appointment, email),
        "book_url": settings.SITE_URL + reverse("book_home"),
    }
    file = _calendar(email, appointment)
    return rendered("booking/reminders/email/cancelled", context, attachments=(file,))


def reminder_message(email: Email, appointment: Appointment) -> Message:
    """Return a reminder. Only reminders can be unsubscribed from, also by one click (RFC 8058)."""
    # Without an end: an old reminder must still be able to stop the next ones.
    link = issue(
        purpose=UNSUBSCRIBE,
        about=f"patient:{email.patient_id}",
        patient=appointment.patient,
        expires_at=None,
        only_stops_mail=True,
    )
    headers = {
        "List-Unsubscribe": f"<{link}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    context = {**_with_link(email, appointment), "unsubscribe_url": link}
    return rendered("booking/reminders/email/reminder", context, headers=headers)


def _seen(appointment: Appointment) -> dict[str, Any]:
    """Return what all of these mails show of an appointment, as template context."""
    start, end = appointment.starts_at, appointment.ends_at
    zone = start.astimezone(ZoneInfo(settings.CLINIC_TIME_ZONE)).tzname()
    times = {"start": clock(start), "end": clock(end), "zone": zone}
    return {
        "appointment": appointment,
        "what": what_it_is(appointment),
        "time": _("%(start)s to %(end)s %(zone)s") % times,
        "clinician": _("With %(name)s") % {"name": one_line(appointment.clinician.name)},
    }


def _undo_of(appointment: Appointment, email: Email) -> dict[str, Any]:
    """Return the context with which a mail says until when she can take her cancellation back.

    Empty when the time is over, or when the clinic cancelled.
    """
    until, now = undo_until(appointment), email.handed_off_at or email.due_at
    if until is None or until <= now or appointment.cancelled_by_clinic:
        return {}
    address = _manage_url(appointment, f"appointment:{appointment.pk}")
    return {"undo_until": until, "manage_url": address}


def _with_link(email: Email, appointment: Appointment) -> dict[str, Any]:
    """Return the context with the link to the visit's page, and what else concerns it.

    That are the terms for changing it, and what she should do before it.
    """
    return {
        **_seen(appointment),
        "manage_url": _manage_url(appointment, f"appointment:{appointment.pk}"),
        "terms": _terms(appointment, email.handed_off_at or email.due_at),
        "invitations": _asked_before(email, appointment),
    }


def _asked_before(email: Email, appointment: Appointment) -> list[Invitation]:
    """Return what she should do before the visit, as of the moment of sending."""
    # The sender sets it before it renders.
    return invitations(appointment, email.handed_off_at or email.due_at)


def _manage_url(appointment: Appointment, about: str) -> str:
    """Return a new private link to the visit's page, good until the visit ends."""
    return issue(
        purpose=MANAGE,
        about=about,
        patient=appointment.patient,
        expires_at=appointment.ends_at,
    )


def _terms(appointment: Appointment, now: datetime) -> str:
    """Return until when the visit can be moved or cancelled free of charge, as of `now`."""
    zone, policy = settings.CLINIC_TIME_ZONE, terms_of(appointment.policy)
    if is_late(appointment.starts_at, now, zone, policy):
        return _("It is too late to move it online; please call us.")
    until = {"until": in_full(late_deadline(appointment.starts_at, zone, policy))}
    free = _("You can move or cancel it without charge until %(until)s.") % until
    # Only a visit of a package has a credit that can be used up.
    if appointment.enrollment_id is None:
        return free
    return free + " " + _("Later than that, it counts as used.")


def _calendar_of(email: Email, appointments: Sequence[Appointment]) -> Attachment:
    """Return the calendar file of several appointments, only to be read."""
    named = [(one, f"{what_it_is(one)}, {mail_name()}") for one in appointments]
    file = calendar_file_of(named, now=email.created_at)
    return Attachment("appointments.ics", file, "text/calendar; method=PUBLISH")


def _calendar(email: Email, appointment: Appointment) -> Attachment:
    """Return the calendar file of one appointment, a request to the patient."""
    to = appointment.patient.email
    summary = f"{what_it_is(appointment)}, {mail_name()}"
    # `created_at` is when the mail was owed, so a mail that is sent twice has the same file.
    content = calendar_file(appointment, summary=summary, now=email.created_at, to=to)
    method = method_of(appointment, to=to)
    return Attachment("appointment.ics", content, f"text/calendar; method={method}")
