"""Owe and withdraw the mails about an appointment.

The functions run in the transaction of the action that causes the mail: both are written, or
neither. At the end are the checks that the sender runs before each mail.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from booking.models import Appointment, Enrollment
from booking.models.appointment import AppointmentQuerySet
from booking.policy import REMINDER_LEADS, PolicyTerms
from booking.reminders.emails import (
    cancelled_message,
    plan_cancelled_message,
    plan_message,
    reminder_message,
    visit_message,
)
from booking.reminders.neutral_words import MANAGE
from booking.reminders.schedule import reminders
from booking.terms import current_policy, terms_of
from clinic.messages.outbox import Lane, Message, owe, owe_all, register, withdraw
from clinic.models.links import AccessLink
from clinic.models.messages import Email
from clinic.practice.promised import shows_another_time
from clinic.security.link_pages import register as register_link

# A second change within this time replaces the mail about the first.
GRACE = timedelta(minutes=3)
REMINDERS = tuple(f"reminder_{lead}h" for lead in REMINDER_LEADS)
# The names that staff read, in the order of REMINDER_LEADS.
_DAYS_BEFORE = (_("Reminder, 3 days"), _("Reminder, 2 days"), _("Reminder, 1 day"))
DAY = timedelta(days=1)
CONFIRMATION, MOVED, NEW_LINK = "confirmation", "moved", "new_link"
PLAN, PLAN_MOVED, PLAN_CANCELLED = "plan", "plan_moved", "plan_cancelled"
PROMISED = "promised_times"


def about(appointment: Appointment) -> str:
    """Return the name by which mails and links refer to this appointment."""
    return f"appointment:{appointment.pk}"


def owe_confirmation(appointment: Appointment, *, now: datetime) -> None:
    """Owe the confirmation, due at `now`, and the reminders."""
    _owe_news(CONFIRMATION, appointment, due_at=now, now=now)


def owe_reminders(appointments: Iterable[Appointment], *, now: datetime) -> None:
    """Owe the reminders of these visits, which were agreed at `now`, and no other mail."""
    terms = terms_of(current_policy())
    owe_all(one for visit in appointments for one in _reminders(visit, now, terms))


def owe_plan(enrollment: Enrollment, appointments: Iterable[Appointment], *, now: datetime) -> None:
    """Owe one confirmation of all visits booked together, due at `now`, and their reminders.

    Callers hold the package's lock, because each such mail of a package gets the next number.
    """
    visits = list(appointments)
    _remind_anew(visits, now)
    # That some were cancelled together is old news, if they are booked again.
    withdraw(about=about_package(enrollment.pk), reason="superseded", kinds=[PLAN_CANCELLED])
    # Of no use once even the last of the visits has begun.
    last = max(visit.starts_at for visit in visits)
    _owe_together(PLAN, enrollment, due_at=now, useless_after=last)


def owe_all_moved(
    appointments: Sequence[Appointment], *, now: datetime, tell_patient: bool = True
) -> None:
    """Owe one mail about visits of a package that were moved together, and their reminders.

    The mail lists every visit that is booked when it is sent, so it replaces one that is still
    waiting. `tell_patient` False owes the reminders only. Callers hold the package's lock.
    """
    _remind_anew(appointments, now)
    enrollment = appointments[0].enrollment
    assert enrollment is not None
    if tell_patient:
        withdraw(about=about_package(enrollment.pk), reason="superseded", kinds=[PLAN_MOVED])
        last = max(visit.starts_at for visit in appointments)
        _owe_together(PLAN_MOVED, enrollment, due_at=now + GRACE, useless_after=last)


def owe_all_cancelled(appointments: Sequence[Appointment], *, now: datetime) -> None:
    """Owe one mail about the visits that were cancelled together at `now`.

    Callers hold the package's lock. A single visit, or one without a package, gets its own mail.
    """
    enrollment = appointments[0].enrollment
    if len(appointments) == 1 or enrollment is None:
        owe_cancelled(appointments[0], now=now)
        return
    # The reminders of each visit, and news about it that is still waiting.
    for visit in appointments:
        withdraw(about=about(visit), reason="cancelled")
    last = max(visit.starts_at for visit in appointments)
    # `_cancelled_together` finds the visits by this due time.
    _owe_together(PLAN_CANCELLED, enrollment, due_at=now + GRACE, useless_after=last)


def about_package(enrollment_id: UUID | None) -> str:
    """Return the name by which mails refer to this package."""
    return f"package:{enrollment_id}"


def _remind_anew(visits: Iterable[Appointment], now: datetime) -> None:
    """Withdraw every mail that is owed about the visits, and owe their reminders."""
    rows = list(visits)
    # Before the new ones are owed, since it takes back everything about the visit.
    for visit in rows:
        withdraw(about=about(visit), reason="superseded")
    terms = terms_of(current_policy())
    owe_all(one for visit in rows for one in _reminders(visit, now, terms))


def _owe_together(
    kind: str, enrollment: Enrollment, *, due_at: datetime, useless_after: datetime
) -> None:
    """Owe one mail about several visits of a package."""
    name = about_package(enrollment.pk)
    owe(
        kind=kind,
        about=name,
        # A package has no revision. Its mails of one kind are numbered instead, since `owe`
        # would return the earlier row for the same number.
        rev=Email.objects.filter(about=name, kind=kind).count(),
        patient=enrollment.patient.home,
        due_at=due_at,
        useless_after=useless_after,
    )


def owe_moved(appointment: Appointment, *, now: datetime, tell_patient: bool = True) -> None:
    """Owe the mail about the new time and its reminders; withdraw those of the old time.

    `tell_patient` False owes the reminders only, because somebody has told her.
    """
    if tell_patient:
        _owe_news(MOVED, appointment, due_at=now + GRACE, now=now)
    else:
        withdraw(about=about(appointment), reason="superseded")
        owe_all(_reminders(appointment, now, terms_of(current_policy())))


def owe_promised(appointment: Appointment, *, now: datetime) -> None:
    """Owe the mail that a visit stays at its promised wall time, and the visit's reminders.

    One mail tells a patient of all her visits, so it replaces one that is still waiting. News of
    the visit that still waits is owed anew instead: it says the time by itself.
    """
    waiting = Email.objects.filter(
        about=about(appointment), kind__in=(CONFIRMATION, MOVED, NEW_LINK), status="due"
    )
    if (kind := waiting.values_list("kind", flat=True).first()) is not None:
        _owe_news(kind, appointment, due_at=now, now=now)
        return
    _remind_anew([appointment], now)
    patient = appointment.patient.home
    name = f"patient:{patient.pk}"
    withdraw(about=name, reason="superseded", kinds=[PROMISED])
    last = Appointment.objects.upcoming(now).filter(patient=patient).aggregate(at=Max("starts_at"))
    owe(
        kind=PROMISED,
        about=name,
        # Numbered, as the mails about a package are.
        rev=Email.objects.filter(about=name, kind=PROMISED).count(),
        patient=patient,
        due_at=now + GRACE,
        useless_after=last["at"],
    )


def owe_cancelled(appointment: Appointment, *, now: datetime) -> None:
    """Owe the mail about the cancellation; nothing else about the visit will be sent."""
    withdraw(about=about(appointment), reason="cancelled")
    # A visit cancelled at the last moment: the mail is still worth sending for a day.
    useless_after = max(appointment.starts_at, now + DAY)
    owe_all([_email("cancelled", appointment, now + GRACE, useless_after)])


def _owe_news(kind: str, appointment: Appointment, *, due_at: datetime, now: datetime) -> None:
    """Owe one mail of this kind and the reminders; withdraw what was owed about the visit."""
    withdraw(about=about(appointment), reason="superseded")
    news = _email(kind, appointment, due_at, appointment.starts_at)
    owe_all([news, *_reminders(appointment, now, terms_of(current_policy()))])


def reminders_ahead(appointment: Appointment) -> list[datetime]:
    """Return when the visit's reminders are still due, soonest first, in one statement.

    They are owed whether or not the patient wants reminders; that is asked when one is sent.
    """
    rows = Email.objects.filter(about=about(appointment), kind__in=REMINDERS, status="due")
    return list(rows.order_by("due_at").values_list("due_at", flat=True))


def _reminders(appointment: Appointment, now: datetime, terms: PolicyTerms) -> list[Email]:
    """Return the visit's reminders as unsaved rows. Callers pass the terms in force today.

    The terms under which the visit was booked do not count for reminders. A visit that waits to be
    confirmed has none: nobody is reminded of what she may not have booked.
    """
    if appointment.confirm_by is not None:
        return []
    return [
        _email(one.kind, appointment, one.due_at, one.useless_after)
        for one in reminders(
            appointment.starts_at,
            agreed_at=now,
            zone=settings.CLINIC_TIME_ZONE,
            terms=terms,
        )
    ]


def _email(kind: str, appointment: Appointment, due_at: datetime, useless_after: datetime) -> Email:
    """Return an unsaved mail about this revision of the visit."""
    # Owed to a patient without an address too: she may give one in time, and staff see it if not.
    return Email(
        kind=kind,
        about=about(appointment),
        rev=appointment.rev,
        patient=appointment.patient,
        due_at=due_at,
        useless_after=useless_after,
    )


def message_about(email: Email, appointment: Appointment, template: str, **more: object) -> Message:
    """Return the mail of another concept about a visit: its words, with the visit and its file.

    `template` extends that of the visit's mails, and `more` is context for it.
    """
    return visit_message(email, appointment, template, **more)


def _key_of(email: Email) -> str:
    """Return the id of the appointment or package that the mail is about."""
    return email.about.partition(":")[2]


def _locked(email: Email) -> Appointment | None:
    """Lock and return the appointment, or None when it was changed since the mail was owed."""
    rows = Appointment.objects.select_for_update().filter(pk=_key_of(email), rev=email.rev)
    return rows.first()


# The functions `_still_…` return None if the mail may go, or the reason why it is skipped. They
# lock what they read, so that it stays the same until the mail is rendered.


def _still_booked(email: Email, now: datetime) -> str | None:
    """Check that the visit is booked, unchanged, ahead, and at its promised time."""
    appointment = _locked(email)
    if appointment is None:
        return "superseded"
    if appointment.status != Appointment.Status.BOOKED:
        return "not_booked"
    if appointment.starts_at <= now:
        return "too_late"
    # She would read another time than she was promised. When the desk has put the visit back, a
    # mail says that it stays, and the reminders ahead are owed anew.
    return None if appointment.shows_promised_time else "clock_law"


def _still_to_remind(email: Email, now: datetime) -> str | None:
    """Check that the patient wants reminders and the visit is still booked."""
    if email.patient is not None and email.patient.no_reminders_since is not None:
        return "unsubscribed"
    appointment = _locked(email)
    if appointment is not None and appointment.is_provisional:
        return "not_confirmed"
    return _still_booked(email, now)


def _still_cancelled(email: Email, now: datetime) -> str | None:
    """Check that the visit has not changed since it was cancelled; an undo changes it."""
    return None if _locked(email) is not None else "superseded"


def _ahead(email: Email, now: datetime) -> AppointmentQuerySet:
    """Return the package's booked visits that are ahead at `now`.

    The mail says what is true when it is sent, not when it was owed.
    """
    rows = Appointment.objects.upcoming(now).filter(enrollment=UUID(_key_of(email)))
    return rows.select_related("patient", "clinician", "policy", "enrollment__version").order_by(
        "starts_at"
    )


def _still_planned(email: Email, now: datetime) -> str | None:
    """Check that the package has a booked visit ahead."""
    return None if _ahead(email, now).select_for_update(of=("self",)) else "not_booked"


def _cancelled_together(email: Email) -> AppointmentQuerySet:
    """Return the visits that were cancelled by the action that owed this mail, and still are.

    That action gave all of them the same time, the mail's due time without the grace.
    """
    rows = Appointment.objects.filter(
        enrollment=UUID(_key_of(email)), status="cancelled", cancelled_at=email.due_at - GRACE
    )
    return rows.select_related("patient", "clinician", "policy", "enrollment__version").order_by(
        "starts_at"
    )


def _still_all_cancelled(email: Email, now: datetime) -> str | None:
    """Check that one of the visits cancelled together is still cancelled."""
    return None if _cancelled_together(email).select_for_update(of=("self",)) else "superseded"


def _promised(email: Email, now: datetime) -> AppointmentQuerySet:
    """Return the patient's booked visits ahead at which the clock shows what was promised."""
    rows = Appointment.objects.upcoming(now).filter(patient=email.patient)
    rows = rows.exclude(shows_another_time("starts_at", "start_offset", now))
    return rows.select_related("patient", "clinician", "policy").order_by("starts_at")


def _still_promised(email: Email, now: datetime) -> str | None:
    """Check that the patient has a booked visit ahead."""
    return None if _promised(email, now).select_for_update(of=("self",)) else "not_booked"


def _render_promised(email: Email) -> Message:
    """Return the mail about the visits that stay at their promised times."""
    visits = list(_promised(email, email.handed_off_at or email.due_at))
    if len(visits) == 1:
        return visit_message(email, visits[0], "booking/reminders/email/promised_time")
    return plan_message(email, visits)


def _render_plan(email: Email) -> Message:
    """Return the mail about all visits ahead, seen from the moment at which it is sent."""
    return plan_message(email, list(_ahead(email, email.handed_off_at or email.due_at)))


def _render_all_cancelled(email: Email) -> Message:
    """Return the mail about the visits that were cancelled together."""
    return plan_cancelled_message(email, list(_cancelled_together(email)))


def _render(email: Email) -> Message:
    """Return the mail about one visit, by its kind."""
    rows = Appointment.objects.select_related(
        "patient", "clinician", "policy", "enrollment__version"
    )
    appointment = rows.get(pk=_key_of(email))
    if email.kind == "cancelled":
        return cancelled_message(email, appointment)
    # A confirmation and a new time show the same and differ in their template only.
    make = reminder_message if email.kind in REMINDERS else visit_message
    return make(email, appointment)


def _manage_page(link: AccessLink) -> str:
    """Return the address of the page that a mail's link opens."""
    return reverse("manage_visit", args=[link.about.partition(":")[2]])


def register_kinds() -> None:
    """Register the kinds of mail about appointments, and the link in them."""
    news = (CONFIRMATION, _("Confirmation")), (MOVED, _("New time")), (NEW_LINK, _("New link"))
    for kind, name in news:
        register(kind, name=name, render=_render, still_due=_still_booked)
    for kind, name in zip(REMINDERS, _DAYS_BEFORE, strict=True):
        register(kind, name=name, render=_render, still_due=_still_to_remind, lane=Lane.REMINDER)
    for kind, name in ((PLAN, _("Confirmation of several")), (PLAN_MOVED, _("New times"))):
        register(kind, name=name, render=_render_plan, still_due=_still_planned)
    register(
        PROMISED,
        name=_("Times stay as promised"),
        render=_render_promised,
        still_due=_still_promised,
    )
    register(
        PLAN_CANCELLED,
        name=_("Cancellation of several"),
        render=_render_all_cancelled,
        still_due=_still_all_cancelled,
    )
    register("cancelled", name=_("Cancellation"), render=_render, still_due=_still_cancelled)
    register_link(MANAGE, _manage_page)
