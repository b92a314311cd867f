"""Book a visit: by confirming a hold, or by staff for a patient on the telephone."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from booking import signals
from booking.appointments.attention import attention_of
from booking.appointments.booking_request import BookingRequest, occupied_by, service_of
from booking.appointments.slot_assignment import (
    appointment_at,
    assign_slot,
    assign_slot_under_locks,
    lock_for,
    save_all_in_slots,
    save_in_slot,
)
from booking.flood_brake.brake import let_wait
from booking.locks import lock_appointment, lock_owner
from booking.models import Appointment, Referral
from booking.packages import ledger_actions as ledger
from booking.refusals import HOLD_GONE, Refused
from booking.reminders.actions import owe_confirmation, owe_reminders
from clinic.audit.context import Context
from clinic.audit.record import record, record_rows
from clinic.database.retrying import retried
from clinic.models.people import Patient, User


@retried
def confirm_hold(
    *,
    appointment_id: UUID,
    holder_key: str,
    exam_wish: str,
    context: Context,
    tell_patient: bool = True,
) -> Appointment:
    """Book the time of this hold. An expired hold will do too, if its time is still free.

    A visit that was held without a proven mailbox waits to be confirmed by mail. With
    `tell_patient` False another mail says what was booked. Confirming twice books once. Raises
    Refused, NotOpen, MailboxFirst or SlotTaken.
    """
    # Read without a lock, to know what to lock first: the appointment is the last in the order.
    hold = Appointment.objects.select_related("patient", "service").get(pk=appointment_id)
    enrollment = lock_owner(hold.patient, hold.service)
    candidates, times = [hold.clinician_id], [occupied_by(hold.starts_at, hold.service)]
    lock_for(hold.patient, candidates, times, context.now)
    appointment = lock_appointment(appointment_id)
    # Neither changes while it is held, and reading them again would cost time under the locks.
    appointment.patient, appointment.service = hold.patient, hold.service
    if appointment.holder_key != holder_key:
        raise Refused([HOLD_GONE])
    if appointment.status == Appointment.Status.BOOKED:
        return appointment
    if not appointment.may("confirm_hold"):
        raise Refused([HOLD_GONE])
    booking = BookingRequest(
        patient=appointment.patient,
        service=appointment.service,
        starts_at=appointment.starts_at,
        now=context.now,
        clinician_id=appointment.clinician_id,
        enrollment=enrollment,
        holder_key=holder_key,
    )
    # Checked again: a closure may have been entered since, or the hold has expired. The room it
    # was held with may be taken by now, and another one will do.
    slot = assign_slot_under_locks(booking, candidates)
    appointment.room_id = slot.room_id
    appointment.exam_wish = exam_wish
    appointment.enrollment = enrollment
    appointment.visit_number, appointment.step = booking.visit_number, booking.step
    if appointment.price_cents is None:
        # Held by an earlier version of this software, which kept no price with a hold.
        appointment.price_cents = appointment.service.price_cents
    let_wait([appointment], context.now)
    write_booked(appointment, booking.referral, context=context)
    if tell_patient:
        owe_confirmation(appointment, now=context.now)
    else:
        owe_reminders([appointment], now=context.now)
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
    """Book a visit for a patient on the telephone.

    `starts_at` is aware; a `clinician_id` of None means anyone. `early_reason` lifts the spacing
    and `overlap_reason` the clinician's and the room's calendar; nothing lifts an overlap with
    another visit of the patient. Raises Refused, NotOpen or SlotTaken.
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
        staff=staff,
        early_reason=early_reason,
        overlap_reason=overlap_reason,
    )
    appointment = appointment_at(assign_slot(booking), booking)
    appointment.exam_wish = exam_wish
    write_booked(appointment, booking.referral, context=context)
    owe_confirmation(appointment, now=context.now)
    return appointment


def write_booked(appointment: Appointment, referral: Referral | None, *, context: Context) -> None:
    """Save the visit as booked on this referral, her current one, and reserve its credit.

    Callers hold the locks, and owe the mail afterwards: a plan owes one for all its visits. Raises
    SlotTaken, and Refused when no credit is left.
    """
    appointment.status = Appointment.Status.BOOKED
    appointment.booked_at = context.now
    appointment.hold_until = None
    appointment.referral = referral
    appointment.attention = attention_of(referral.level if referral else "")
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


def write_all_booked(visits: Sequence[Appointment], *, context: Context) -> None:
    """Save visits of many patients as booked and reserve their credits, in a few statements.

    As `write_booked`, whose callers' duties hold here too; each visit has its referral already.
    Raises SlotTaken and Refused when one of them cannot be; then none is.
    """
    for visit in visits:
        visit.status = Appointment.Status.BOOKED
        visit.attention = attention_of(visit.referral.level if visit.referral else "")
        visit.booked_at = context.now
        visit.price_cents = visit.service.price_cents
    save_all_in_slots(visits)
    ledger.write_for(("reserve",), visits, context=context)
    record_rows(context.actor, "book", [(one, one.patient_id) for one in visits])
    for visit in visits:
        signals.send_on_commit(signals.appointment_booked, visit)
