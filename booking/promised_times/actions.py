"""Put visits back to the wall time that was promised, or promise what the clock shows instead."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings

from booking.appointments.changes import check_unchanged, locked
from booking.appointments.slot_assignment import save_in_slot
from booking.locks import clear_stale_holds, lock_calendar
from booking.models import Appointment, Closure, ExtraOpening, SlotOffer
from booking.promised_times.obstacles import Obstacles, put_back
from booking.promised_times.queries import periods_at_another_time, visits_at_another_time
from booking.refusals import SlotTaken
from booking.reminders.actions import owe_promised
from booking.reminders.new_terms import remind_by
from booking.terms import current_policy, terms_of
from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried
from clinic.messages.history import moved_from
from clinic.models.people import Clinician
from clinic.practice import zone_data

# The columns of a promise that saving writes together.
PROMISE = ("promised_start", "start_offset", "promised_zone", "is_promise_checked")


@dataclass(frozen=True)
class PutBack:
    """How many visits and kept times, and how many closures and openings, are as promised again."""

    visits: int
    periods: int


def restore_promised_times(*, context: Context) -> PutBack:
    """Put everything ahead back to the wall time that was promised, as far as that is possible.

    Closures and extra openings first: they say what is open. Each visit is moved by itself, and
    one that cannot be stays where it is. Doing it again does nothing more, and mails nobody again.
    """
    periods = _restore_periods(context=context)
    visits, left = 0, list(visits_at_another_time(context.now))
    while left:
        done = [one.pk for one in _in_order(left) if _restore_or_leave(one.pk, context)]
        visits += len(done)
        # What one visit has left may be where another one was promised.
        left = [one for one in left if one.pk not in done] if done else []
    return PutBack(visits, periods)


def _in_order(visits: Sequence[Appointment]) -> list[Appointment]:
    """Return the visits so that each leaves before the next one comes to where it was."""
    earlier = [one for one in visits if one.promised_at() < one.starts_at]
    later = [one for one in visits if one.promised_at() >= one.starts_at]
    return [*earlier, *reversed(later)]


def _restore_or_leave(appointment_id: UUID, context: Context) -> bool:
    try:
        return restore_promised_time(appointment_id=appointment_id, context=context)
    except SlotTaken:
        return False


@retried
def restore_promised_time(*, appointment_id: UUID, context: Context) -> bool:
    """Put one visit or kept time back to its promised wall time; return whether it moved.

    Its patient is mailed, together with her other visits. Raises SlotTaken with the reasons.
    """
    visit = locked(appointment_id)
    if not visit.may("restore_promised_time") or visit.starts_at <= context.now:
        return False
    times = [(put_back(visit).busy_from, put_back(visit).busy_until)]
    lock_calendar([visit.clinician_id], times)
    clear_stale_holds(visit.patient, times, context.now)
    # Asked again under the locks: somebody may have moved it, or put it back.
    if not visits_at_another_time(context.now).filter(pk=visit.pk).exists():
        return False
    moved, reasons = Obstacles([visit], context.now).found(visit)
    if reasons:
        raise SlotTaken(reasons)
    was_at = visit.starts_at
    for name in ("starts_at", "ends_at", "busy_from", "busy_until", "room_id"):
        setattr(visit, name, getattr(moved, name))
    if visit.confirm_by is not None:
        visit.confirm_by = min(visit.confirm_by, visit.starts_at)
    if visit.status == Appointment.Status.BOOKED:
        # Calendars take a file with a higher number for the newer one.
        visit.rev += 1
    save_in_slot(visit)
    _restore_offer(visit)
    action, reason = "put back to promised time", moved_from(was_at)
    record(context.actor, action, visit, patient=visit.patient_id, reason=reason)
    if visit.status == Appointment.Status.BOOKED:
        owe_promised(visit, now=context.now)
    return True


def _restore_offer(hold: Appointment) -> None:
    """Let an open offer follow its hold."""
    for offer in SlotOffer.objects.filter(hold=hold, outcome=SlotOffer.Outcome.OPEN):
        offer.starts_at = hold.starts_at
        offer.save()


@retried
def _restore_periods(*, context: Context) -> int:
    """Put closures and extra openings back to the wall times that were entered; return how many."""
    # One of the clinic or of a room concerns the visits of every clinician.
    lock_calendar(Clinician.objects.values_list("pk", flat=True))
    closures = _put_back_all(periods_at_another_time(Closure, context.now), context)
    return closures + _put_back_all(periods_at_another_time(ExtraOpening, context.now), context)


def _put_back_all(rows: Iterable[Closure | ExtraOpening], context: Context) -> int:
    count = 0
    for row in rows:
        begins = row.promised_at() if row.starts_at > context.now else row.starts_at
        ends = row.promised_at("ends_at") if row.ends_at > context.now else row.ends_at
        # A law may skip the very hour: then it stays on the list.
        if begins < ends:
            row.starts_at, row.ends_at = begins, ends
            row.save()
            record(context.actor, "put back to promised time", row)
            count += 1
    return count


@retried
def promise_shown_time(*, appointment_id: UUID, rev: int, context: Context) -> Appointment:
    """Promise a visit at the time that the clock shows, as somebody agreed with the patient.

    Nothing is mailed. Raises AlreadyChanged when the visit is not as the page showed it.
    """
    visit = locked(appointment_id)
    check_unchanged(visit, rev, "promise_shown_time")
    visit.promise_anew()
    visit.save(update_fields=PROMISE)
    record(context.actor, "promise shown time", visit, patient=visit.patient_id)
    return visit


@retried
def accept_unchecked(*, context: Context) -> int:
    """Take the visits ahead whose promise could not be checked as they show; return how many."""
    rows = Appointment.objects.upcoming(context.now).filter(is_promise_checked=False)
    count = 0
    for visit in rows.select_for_update().order_by("pk"):
        visit.promise_anew()
        visit.save(update_fields=PROMISE)
        record(context.actor, "promise shown time", visit, patient=visit.patient_id)
        count += 1
    return count


# By which zone and release the reminders were planned last by this process.
_planned: list[tuple[str, str]] = []


def remind_by_todays_clock(*, now: datetime) -> None:
    """Plan the reminders of all visits ahead by today's zone data, once in each process.

    A visit may be where it was promised, and the day before it may not. New zone data come with a
    new start, so this runs after it; and again when the clinic's zone is another one.
    """
    data = (settings.CLINIC_TIME_ZONE, zone_data.release())
    if data not in _planned:
        _plan_reminders(now)
        _planned[:] = [data]


@retried
def _plan_reminders(now: datetime) -> None:
    lock_calendar(Clinician.objects.values_list("pk", flat=True))
    remind_by(terms_of(current_policy()), now=now)
