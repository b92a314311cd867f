"""Move several booked visits of a package at once: all of them or none."""

from collections.abc import Mapping
from uuid import UUID

from booking.appointments.booking_request import BookingRequest
from booking.appointments.cancellation_terms import is_late_at
from booking.appointments.changes import booked_from, check_unchanged, write_moved
from booking.locks import lock_appointment, lock_packages_of
from booking.models import Appointment
from booking.planner.actions import Times, assign_all_slots, by_start, in_lock_order
from booking.refusals import TOO_LATE_TO_MOVE, AlreadyChanged, Refused, SlotTaken, VisitsTaken
from booking.reminders.actions import owe_all_moved, owe_moved
from clinic.audit.context import Context
from clinic.database.retrying import retried
from clinic.models.people import Patient, User


@retried
def move_visits(
    *,
    appointment_id: UUID,
    seen: Mapping[UUID, int],
    times: Times,
    context: Context,
    staff: User | None = None,
    tell_patient: bool = True,
) -> list[Appointment]:
    """Move this package visit and booked ones after it to these times, all or none.

    Return the visits that moved, by start; one whose time is the one it has already is left alone.
    `seen` maps the visits that the page listed to their revisions. Patients may move each visit
    until its late limit, staff at any time. One mail tells of all, unless `tell_patient` is False.
    Raises AlreadyChanged, Refused, NotOpen or VisitsTaken.
    """
    patient = Patient.objects.get(appointments=appointment_id).home
    lock_packages_of(patient, appointment_id)
    first = Appointment.objects.select_related("enrollment__version").get(pk=appointment_id)
    rows = {row.visit_number or 0: row for row in booked_from(first, context.now)}
    # The page must have listed exactly these visits, and no time may be for another one.
    if {row.pk: row.rev for row in rows.values()} != dict(seen) or not times.keys() <= rows.keys():
        raise AlreadyChanged(first)
    moving = {
        number: time
        for number, time in times.items()
        if (rows[number].starts_at, rows[number].clinician_id) != time
    }
    if not moving:
        return []
    if staff is None and any(is_late_at(rows[number], context.now) for number in moving):
        raise Refused([TOO_LATE_TO_MOVE])
    bookings = {
        number: BookingRequest(
            patient=patient,
            service=rows[number].service,
            starts_at=starts_at,
            now=context.now,
            clinician_id=clinician_id,
            enrollment=first.enrollment,
            staff=staff,
            moving=rows[number],
        )
        for number, (starts_at, clinician_id) in sorted(moving.items())
    }
    slots = assign_all_slots(bookings)
    # By id, in the order of every action that locks several appointments.
    visits = {n: lock_appointment(rows[n].pk) for n in sorted(slots, key=lambda n: rows[n].pk)}
    for visit in visits.values():
        check_unchanged(visit, seen[visit.pk], "move_visits")
    # One may move to where another one still is, so all leave first, then all arrive. Nobody sees
    # it: outside of this transaction they are booked before and after, and so it is no transition.
    leaving = Appointment.objects.filter(pk__in=[visit.pk for visit in visits.values()])
    leaving.update(status=Appointment.Status.RELEASED)
    for number in in_lock_order(slots):
        visit = visits[number]
        # The reasons were about the old time.
        visit.patient, visit.early_reason, visit.overlap_reason = patient, "", None
        try:
            write_moved(visit, slots[number], actor=context.actor)
        except SlotTaken as refusal:
            raise VisitsTaken({number: refusal.reasons}) from refusal
    moved = sorted(visits.values(), key=by_start)
    # One visit alone has the usual mail of a move.
    if len(moved) == 1:
        owe_moved(moved[0], now=context.now, tell_patient=tell_patient)
    else:
        owe_all_moved(moved, now=context.now, tell_patient=tell_patient)
    return moved
