"""Hold or book several visits of a package at once: all of them or none."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db.models import prefetch_related_objects

from booking.appointments.booking_request import (
    BookingRequest,
    clinician_taken,
    occupied_by,
    search_of,
)
from booking.appointments.bookings import write_booked
from booking.appointments.holds import release_holds, renew_hold, write_hold
from booking.appointments.slot_assignment import (
    appointment_at,
    lock_for,
    reasons_stopped,
    visit_reasons,
)
from booking.flood_brake.brake import check_brake, let_wait
from booking.locks import Occupied, lock_appointment, lock_enrollment
from booking.models import Appointment, Enrollment
from booking.packages.queries import services_of, visits_with_times, without_holds_of
from booking.reasons import Reason
from booking.refusals import HOLD_GONE, NO_PACKAGE, NotOpen, Refused, SlotTaken, VisitsTaken
from booking.reminders.actions import owe_plan
from booking.scheduling.availability import CLINICIAN_BUSY, reasons_not_free, slot_at
from booking.scheduling.queries import timetables_by_visit
from booking.scheduling.timetable import Slot
from clinic.audit.context import Context
from clinic.audit.record import Actor, record
from clinic.database.retrying import retried
from clinic.models.people import Patient, User

# Visit number to start (aware) and clinician's id.
Times = Mapping[int, tuple[datetime, int]]


@retried
def hold_plan(
    *, patient: Patient, times: Times, holder_key: str, context: Context, network: str = ""
) -> list[Appointment]:
    """Hold a time for each of these visits, all or none, and release what the holder held before.

    Return the holds by start. `network` is that of `hold_slot`. Raises NotOpen, Refused,
    MailboxFirst, or VisitsTaken, which says whose times are gone.
    """
    enrollment = lock_enrollment(patient)
    bookings = _bookings(enrollment, times, holder_key, context.now, network=network)
    slots = assign_all_slots(bookings)
    check_brake(patient, network, visits=len(slots), holder_key=holder_key, now=context.now)
    release_holds(holder_key=holder_key, now=context.now)
    held = []
    for number in in_lock_order(slots):
        try:
            held.append(write_hold(slots[number], bookings[number], context.actor))
        except SlotTaken as refusal:
            raise VisitsTaken({number: refusal.reasons}) from refusal
    return sorted(held, key=by_start)


@retried
def confirm_plan(
    *,
    appointment_ids: Collection[UUID],
    holder_key: str,
    exam_wish: str,
    context: Context,
) -> list[Appointment]:
    """Book all these holds or none; after they have expired too, if their times are still free.

    One mail confirms all. Confirming twice books once. Raises Refused, NotOpen, MailboxFirst or
    VisitsTaken.
    """
    # Read without locks, to know what to lock first: appointments are the last in the order.
    holds = Appointment.objects.filter(pk__in=appointment_ids).select_related("patient")
    first = holds.first()
    if first is None:
        raise Refused([HOLD_GONE])
    enrollment = lock_enrollment(first.patient)
    occupied = occupied_by_all(holds.select_related("service"))
    lock_for(first.patient, holds.values_list("clinician_id", flat=True), occupied, context.now)
    # By id, in the order of every action that locks several appointments.
    rows = {row.visit_number or 0: row for row in map(lock_appointment, sorted(appointment_ids))}
    if any(row.holder_key != holder_key for row in rows.values()):
        raise Refused([HOLD_GONE])
    if all(row.status == Appointment.Status.BOOKED for row in rows.values()):
        return sorted(rows.values(), key=by_start)
    if not all(row.may("confirm_plan") for row in rows.values()):
        raise Refused([HOLD_GONE])
    times = {number: (row.starts_at, row.clinician_id) for number, row in rows.items()}
    bookings = _bookings(enrollment, times, holder_key, context.now)
    # Checked again, as in confirm_hold: the room of a visit may be another one by now.
    slots = assign_all_slots(bookings)
    for number, row in rows.items():
        row.patient, row.service = bookings[number].patient, bookings[number].service
        row.room_id = slots[number].room_id
        row.exam_wish = exam_wish
        row.enrollment = enrollment
    let_wait(list(rows.values()), context.now)
    return _book_all(rows, bookings, slots, context.actor)


@retried
def book_plan_by_staff(
    *, patient: Patient, times: Times, staff: User, context: Context
) -> list[Appointment]:
    """Book a time for each of these visits for a patient on the telephone, all or none.

    Return the visits by start. One mail confirms all. Raises NotOpen, Refused, or VisitsTaken,
    which says whose times are gone.
    """
    enrollment = lock_enrollment(patient)
    bookings = _bookings(enrollment, times, "", context.now, staff=staff)
    slots = assign_all_slots(bookings)
    rows = {number: appointment_at(slots[number], bookings[number]) for number in slots}
    return _book_all(rows, bookings, slots, context.actor)


def _book_all(
    rows: Mapping[int, Appointment],
    bookings: Mapping[int, BookingRequest],
    slots: Mapping[int, Slot],
    actor: Actor,
) -> list[Appointment]:
    """Save these visits as booked, owe the mail, and return them by start. Raises VisitsTaken."""
    # The first stands for what all have in common: patient, package, referral and time.
    first = next(iter(bookings.values()))
    for number in in_lock_order(slots):
        try:
            write_booked(rows[number], first.referral, context=Context(actor, first.now))
        except SlotTaken as refusal:
            raise VisitsTaken({number: refusal.reasons}) from refusal
    booked = sorted(rows.values(), key=by_start)
    # For the type checker: _bookings refuses without a package.
    assert first.enrollment is not None
    owe_plan(first.enrollment, booked, now=first.now)
    record(actor, "book plan", first.enrollment, patient=first.patient)
    return booked


@retried
def renew_plan(*, appointment_ids: Collection[UUID], holder_key: str, context: Context) -> None:
    """Hold all these times longer or none, as often as the policy allows. Raises Refused."""
    # `retried` puts both levels into one transaction, so one refusal undoes the others.
    for appointment_id in sorted(appointment_ids):
        renew_hold(appointment_id=appointment_id, holder_key=holder_key, context=context)


def occupied_by_all(visits: Iterable[BookingRequest | Appointment]) -> list[Occupied]:
    """Return the start and end of what each of these visits occupies, buffers included."""
    return [occupied_by(one.starts_at, one.service) for one in visits]


def by_start(appointment: Appointment) -> datetime:
    """Return the key that sorts visits by when they start."""
    return appointment.starts_at


def in_lock_order(slots: Mapping[int, Slot]) -> list[int]:
    """Return the visit numbers by clinician, then start.

    All plans write in this order, so that two of them never wait for each other inside the
    exclusion constraint.
    """
    return sorted(slots, key=lambda number: (slots[number].clinician_id, slots[number].starts_at))


def _bookings(
    enrollment: Enrollment | None,
    times: Times,
    holder_key: str,
    now: datetime,
    *,
    network: str = "",
    staff: User | None = None,
) -> dict[int, BookingRequest]:
    """Return a booking for each visit, in order. Raises Refused for times that no package has."""
    services = services_of(enrollment) if enrollment is not None else {}
    if enrollment is None or not times or not times.keys() <= services.keys():
        raise Refused([NO_PACKAGE])
    return {
        number: BookingRequest(
            patient=enrollment.patient,
            service=services[number],
            starts_at=starts_at,
            now=now,
            clinician_id=clinician_id,
            enrollment=enrollment,
            holder_key=holder_key,
            network=network,
            staff=staff,
            number=number,
        )
        for number, (starts_at, clinician_id) in sorted(times.items())
    }


def assign_all_slots(bookings: Mapping[int, BookingRequest]) -> dict[int, Slot]:
    """Lock the calendar once and return the slot of each visit, by visit number.

    Each visit counts from the one before it in these bookings. The visits they move are not in the
    way of any of them. Raises NotOpen, Refused, or VisitsTaken with every visit whose time is gone.
    """
    asked: Sequence[BookingRequest] = list(bookings.values())
    first = asked[0]
    clinicians = {one.clinician_id for one in asked if one.clinician_id}
    lock_for(first.patient, clinicians, occupied_by_all(asked), first.now)
    if gone := clinician_taken(bookings):
        raise VisitsTaken({number: [CLINICIAN_BUSY] for number in gone})
    enrollment = first.enrollment
    if enrollment is None:
        raise Refused([NO_PACKAGE])
    if reasons := reasons_stopped(first):
        raise NotOpen(reasons)
    # From here on, nothing is read for each visit: everybody else waits behind these locks.
    prefetch_related_objects([enrollment], "added_days")
    placed = without_holds_of(first.holder_key, visits_with_times(enrollment))
    moving = tuple(one.moving for one in asked if one.moving is not None)
    # For all clinicians at once: the visits may be with different ones.
    search = replace(search_of(first), clinician_id=None, moving=moving)
    starts = [one.starts_at for one in asked]
    searches = {number: replace(search, service=one.service) for number, one in bookings.items()}
    timetables = timetables_by_visit(searches, min(starts), max(starts))
    found: dict[int, Slot] = {}
    lost: dict[int, list[Reason]] = {}
    for number, one in bookings.items():
        if reasons := visit_reasons(one, placed):
            raise NotOpen(reasons)
        # A plan always names a clinician, and 0 is nobody's id.
        clinician_id = one.clinician_id or 0
        wish = searches[number].wish()
        slot = slot_at(timetables[number], wish, clinician_id=clinician_id, starts_at=one.starts_at)
        if slot is None:
            lost[number] = reasons_not_free(
                timetables[number], wish, clinician_id=clinician_id, starts_at=one.starts_at
            )
        else:
            found[number] = slot
        # Unsaved: the next visit counts from this one, also when its own time is gone.
        placed[number] = Appointment(starts_at=one.starts_at, visit_number=number)
    if lost:
        raise VisitsTaken(lost)
    return found
