"""Keeping a time for minutes while somebody decides."""

from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from booking.appointments.booking_request import BookingRequest, service_of
from booking.appointments.slot_assignment import appointment_at, assign_slot, save_in_slot
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
) -> Appointment:
    """Keep a time for this holder, and release what the holder kept before.

    `starts_at` is aware; `clinician_id` None means anyone; `exam_wish` is what she said already.
    Raises NotOpen, Refused or SlotTaken.
    """
    service = service_of(service_code)
    enrollment = lock_owner(patient, service)
    request = BookingRequest(
        patient=patient,
        service=service,
        starts_at=starts_at,
        now=context.now,
        clinician_id=clinician_id,
        enrollment=enrollment,
        holder_key=holder_key,
        staff=by_staff,
    )
    slot = assign_slot(request)
    release_holds(holder_key=holder_key, now=context.now)
    return write_hold(slot, request, context.actor, exam_wish=exam_wish)


def write_hold(
    slot: Slot, request: BookingRequest, actor: Actor, *, exam_wish: str = ""
) -> Appointment:
    """Write the hold of a slot found under the locks. Raises SlotTaken."""
    appointment = appointment_at(slot, request)
    minutes = terms_of(appointment.policy).hold_minutes
    appointment.status, appointment.exam_wish = Appointment.Status.HELD, exam_wish
    appointment.hold_until = request.now + timedelta(minutes=minutes)
    save_in_slot(appointment)
    record(actor, "hold", appointment, patient=request.patient)
    return appointment


@retried
def renew_hold(*, appointment_id: UUID, holder_key: str, context: Context) -> Appointment:
    """Keep the time longer, as often as the policy allows. Raises Refused."""
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
    return (
        appointment.may("renew_hold")
        and appointment.holder_key == holder_key
        and appointment.hold_until is not None
        and appointment.hold_until > now
    )


def release_holds(*, holder_key: str, now: datetime) -> int:
    """Give back what this holder keeps; return how many."""
    return Appointment.objects.filter(holder_key=holder_key).give_back()


def seconds_left(kept: Appointment) -> int:
    """Return how long a time is kept yet; nothing once its minutes are over or it was let go."""
    if kept.status != Appointment.Status.HELD or kept.hold_until is None:
        return 0
    return max(0, int((kept.hold_until - timezone.now()).total_seconds()))
