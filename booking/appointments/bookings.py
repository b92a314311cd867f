"""From a kept or chosen time to a booked visit."""

from datetime import datetime
from uuid import UUID

from booking import signals
from booking.appointments.booking_request import BookingRequest, occupied_by, service_of
from booking.appointments.slot_assignment import (
    appointment_at,
    assign_slot,
    assign_slot_under_locks,
    lock_for,
    save_in_slot,
)
from booking.locks import lock_appointment, lock_owner
from booking.models import Appointment, Referral
from booking.packages import ledger_actions as ledger
from booking.refusals import HOLD_GONE, Refused
from booking.reminders.actions import owe_confirmation
from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried
from clinic.models.people import Patient, User


@retried
def confirm_hold(
    *, appointment_id: UUID, holder_key: str, exam_wish: str, context: Context
) -> Appointment:
    """Book what this holder keeps; also after the minutes are over, if the time is still free.

    Confirming twice is confirming once. Raises Refused, NotOpen or SlotTaken.
    """
    kept = Appointment.objects.select_related("patient", "service").get(pk=appointment_id)
    enrollment = lock_owner(kept.patient, kept.service)
    candidates, times = [kept.clinician_id], [occupied_by(kept.starts_at, kept.service)]
    lock_for(kept.patient, candidates, times, context.now)
    appointment = lock_appointment(appointment_id)
    appointment.patient, appointment.service = kept.patient, kept.service
    if appointment.holder_key != holder_key:
        raise Refused([HOLD_GONE])
    if appointment.status == Appointment.Status.BOOKED:
        return appointment
    if not appointment.may("confirm_hold"):
        raise Refused([HOLD_GONE])
    request = BookingRequest(
        patient=appointment.patient,
        service=appointment.service,
        starts_at=appointment.starts_at,
        now=context.now,
        clinician_id=appointment.clinician_id,
        enrollment=enrollment,
        holder_key=holder_key,
    )
    slot = assign_slot_under_locks(request, candidates)
    appointment.room_id = slot.room_id
    appointment.exam_wish = exam_wish
    appointment.enrollment = enrollment
    appointment.visit_number = appointment.service.visit_number
    write_booked(appointment, request.referral, context=context)
    owe_confirmation(appointment, now=context.now)
    return appointment


@retried
def book_by_staff(
    *,
    patient: Patient,
    service_code: str,
    starts_at: datetime,
    clinician_id: int | None,
    staff: User,
    context: Context,
    early_reason: str = "",
    overlap_reason: str = "",
    exam_wish: str = "",
) -> Appointment:
    """Book for a patient on the telephone. A reason lifts spacing or overlaps, never her own time.

    Raises Refused, NotOpen or SlotTaken.
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
        staff=staff,
        early_reason=early_reason,
        overlap_reason=overlap_reason,
    )
    appointment = appointment_at(assign_slot(request), request)
    appointment.exam_wish = exam_wish
    write_booked(appointment, request.referral, context=context)
    owe_confirmation(appointment, now=context.now)
    return appointment


def write_booked(appointment: Appointment, referral: Referral | None, *, context: Context) -> None:
    """Write the visit as booked on this referral and set its credit aside.

    Callers hold the locks and owe the mail.

    Raises SlotTaken, and Refused when no credit is left.
    """
    appointment.status = Appointment.Status.BOOKED
    appointment.booked_at = context.now
    appointment.hold_until = None
    appointment.referral = referral
    appointment.price_cents = appointment.service.price_cents
    save_in_slot(appointment)
    if appointment.enrollment is not None:
        ledger.write(
            "reserve",
            enrollment=appointment.enrollment,
            appointment=appointment,
            context=context,
        )
    record(context.actor, "book", appointment, patient=appointment.patient_id)
    signals.send_on_commit(signals.appointment_booked, appointment)
