"""Hold a time for some minutes while somebody decides, renew the hold, release it."""

from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from booking.appointments.booking_request import BookingRequest, service_of
from booking.appointments.slot_assignment import appointment_at, assign_slot, save_in_slot
from booking.flood_brake.brake import check_brake
from booking.locks import lock_appointment, lock_owner
from booking.models import Appointment
from booking.refusals import HOLD_GONE, NO_RENEWAL, Refused
from booking.scheduling.timetable import Slot
from booking.terms import terms_of
from clinic.audit.context import Context
from clinic.audit.record import Actor, record
from clinic.database.retrying import retried
from clinic.models.people import Patient, User


@retried
def hold_slot(
    *,
    patient: Patient,
    service_code: str,
    starts_at: datetime,
    clinician_id: int | None,
    holder_key: str,
    context: Context,
    by_staff: User | None = None,
    exam_wish: str = "",
    network: str = "",
) -> Appointment:
    """Hold a time for this holder, and release what the holder held before.

    `starts_at` is aware; a `clinician_id` of None means anyone. `exam_wish` is what the patient
    said when she tried another time before. With a `network`, the key of an online visitor whose
    mailbox is not proven, it is counted. Raises NotOpen, Refused, MailboxFirst or SlotTaken.
    """
    service = service_of(service_code)
    enrollment = lock_owner(patient, service)
    booking = BookingRequest(
        patient=patient,
        service=service,
        starts_at=starts_at,
        now=context.now,
        clinician_id=clinician_id,
        enrollment=enrollment,
        holder_key=holder_key,
        network=network,
        staff=by_staff,
    )
    slot = assign_slot(booking)
    check_brake(patient, network, visits=1, holder_key=holder_key, now=context.now)
    # Only once the new time is certain: when it is refused, she still has the old one.
    release_holds(holder_key=holder_key, now=context.now)
    return write_hold(slot, booking, context.actor, exam_wish=exam_wish)


def write_hold(
    slot: Slot, booking: BookingRequest, actor: Actor, *, exam_wish: str = ""
) -> Appointment:
    """Save a hold of this slot, which was found under the locks. Raises SlotTaken."""
    appointment = appointment_at(slot, booking)
    minutes = terms_of(appointment.policy).hold_minutes
    appointment.status, appointment.exam_wish = Appointment.Status.HELD, exam_wish
    appointment.hold_until = booking.now + timedelta(minutes=minutes)
    save_in_slot(appointment)
    record(actor, "hold", appointment, patient=booking.patient)
    return appointment


@retried
def renew_hold(*, appointment_id: UUID, holder_key: str, context: Context) -> Appointment:
    """Hold the time longer, from now on; as often as the policy allows. Raises Refused."""
    # No lock of the calendar: the row occupies its time already.
    appointment = lock_appointment(appointment_id)
    terms = terms_of(appointment.policy)
    if not _is_own_live_hold(appointment, holder_key, context.now):
        raise Refused([HOLD_GONE])
    if appointment.hold_renewals >= terms.hold_renewals:
        raise Refused([NO_RENEWAL])
    appointment.hold_renewals += 1
    appointment.hold_until = context.now + timedelta(minutes=terms.hold_minutes)
    appointment.save(update_fields=["hold_renewals", "hold_until"])
    record(context.actor, "renew hold", appointment, patient=appointment.patient_id)
    return appointment


def _is_own_live_hold(appointment: Appointment, holder_key: str, now: datetime) -> bool:
    # An expired hold may still have its status: the next booking releases it.
    return (
        appointment.may("renew_hold")
        and appointment.holder_key == holder_key
        and appointment.hold_until is not None
        and appointment.hold_until > now
    )


def release_holds(*, holder_key: str, now: datetime) -> int:
    """Release all times this holder has; return how many."""
    # No locks: time that is given back is in nobody's way.
    return Appointment.objects.filter(holder_key=holder_key).give_back()


def seconds_left(hold: Appointment) -> int:
    """Return for how many seconds the time is still held; 0 once it has expired or was released."""
    if hold.status != Appointment.Status.HELD or hold.hold_until is None:
        return 0
    return max(0, int((hold.hold_until - timezone.now()).total_seconds()))
