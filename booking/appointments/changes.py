"""Cancelling, undoing it, and moving. The old time is kept until the new one is written."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from booking import signals
from booking.appointments.booking_request import BookingRequest
from booking.appointments.cancellation_terms import effect_of_cancel, is_late_at, undo_until
from booking.appointments.slot_assignment import assign_slot, save_in_slot, times_of
from booking.locks import lock_appointment, lock_packages_of
from booking.models import Appointment
from booking.packages import ledger_actions as ledger
from booking.policy import CreditEffect
from booking.refusals import (
    CLINIC_CANCELLED,
    NEEDS_REASON,
    STARTED,
    TOO_LATE_TO_MOVE,
    UNDO_OVER,
    AlreadyChanged,
    Refused,
)
from booking.reminders.actions import owe_all_cancelled, owe_cancelled, owe_confirmation, owe_moved
from booking.scheduling.timetable import Slot
from clinic.audit.context import Context
from clinic.audit.record import Actor, record
from clinic.database.retrying import retried
from clinic.models.people import Patient, User


@retried
def cancel_appointment(
    *,
    appointment_id: UUID,
    rev: int,
    context: Context,
    by_clinic: bool = False,
    excused: bool = False,
    reason: str = "",
) -> Appointment:
    """Cancel a booked visit; its credit comes back or is used, as the policy it was booked on says.

    `excused` (staff, with a reason) gives the credit back however late. Raises AlreadyChanged when
    the visit is not as the page showed it, Refused when it has begun.
    """
    appointment = locked(appointment_id)
    check_unchanged(appointment, rev, "cancel_appointment")
    if excused and not reason:
        raise Refused([NEEDS_REASON])
    _cancel(appointment, context=context, by_clinic=by_clinic, excused=excused, reason=reason)
    owe_cancelled(appointment, now=context.now)
    return appointment


def _cancel(
    appointment: Appointment,
    *,
    context: Context,
    by_clinic: bool = False,
    excused: bool = False,
    reason: str = "",
) -> None:
    """Write the cancellation of a locked visit; callers owe the mail. Raises Refused."""
    if appointment.starts_at <= context.now and not by_clinic:
        raise Refused([STARTED])
    # Cancelled it overlaps nothing: what a join of two rows left behind comes home.
    appointment.patient = appointment.patient.home
    appointment.status = Appointment.Status.CANCELLED
    appointment.set_aside_at = None
    appointment.cancelled_at = context.now
    appointment.cancelled_by_clinic = by_clinic
    appointment.cancelled_late = is_late_at(appointment, context.now)
    appointment.rev += 1
    appointment.save()
    if appointment.enrollment is not None:
        effect = effect_of_cancel(appointment, context.now, by_clinic=by_clinic, forgiven=excused)
        write_credit_effect(appointment, effect, context=context, reason=reason)
    record(context.actor, "cancel", appointment, patient=appointment.patient_id, reason=reason)
    signals.send_on_commit(signals.appointment_cancelled, appointment)


@retried
def cancel_with_following(
    *,
    appointment_id: UUID,
    seen: Mapping[UUID, int],
    context: Context,
    by_clinic: bool = False,
    excused: bool = False,
    reason: str = "",
) -> list[Appointment]:
    """Cancel a package visit and all booked ones after it, each by its own policy, or none.

    One mail lists them. `seen` is what the page named: visit to revision. Raises AlreadyChanged
    when that is not what would be cancelled now, and as `cancel_appointment`.
    """
    if excused and not reason:
        raise Refused([NEEDS_REASON])
    first = locked(appointment_id)
    rows = booked_from(first, context.now)
    if {row.pk: row.rev for row in rows} != dict(seen):
        raise AlreadyChanged(first)
    cancelled = [lock_appointment(row.pk) for row in sorted(rows, key=lambda row: row.pk)]
    for row in cancelled:
        check_unchanged(row, seen[row.pk], "cancel_with_following")
        _cancel(row, context=context, by_clinic=by_clinic, excused=excused, reason=reason)
    owe_all_cancelled(cancelled, now=context.now)
    return sorted(cancelled, key=lambda row: row.starts_at)


def booked_from(visit: Appointment, now: datetime) -> list[Appointment]:
    """Return this package visit and the booked ones after it that are still ahead, in order."""
    if visit.enrollment_id is None:
        return [visit]
    rows = Appointment.objects.upcoming(now).filter(
        enrollment=visit.enrollment_id, visit_number__gte=visit.visit_number
    )
    return list(rows.select_related("service", "policy", "clinician").order_by("visit_number"))


@retried
def undo_cancel(*, appointment_id: UUID, context: Context, by_staff: bool = False) -> Appointment:
    """Book a just cancelled visit again at its old time, if that is still free.

    What the clinic cancelled only staff take back. Raises Refused when the time for it is over,
    SlotTaken when somebody has the time.
    """
    appointment = locked(appointment_id)
    until = undo_until(appointment)
    if until is None:
        raise AlreadyChanged(appointment)
    if appointment.cancelled_by_clinic and not by_staff:
        raise Refused([CLINIC_CANCELLED])
    if context.now > until or appointment.starts_at <= context.now:
        raise Refused([UNDO_OVER])
    appointment.status = Appointment.Status.BOOKED
    appointment.cancelled_at = None
    appointment.cancelled_late = appointment.cancelled_by_clinic = False
    appointment.rev += 1
    save_in_slot(appointment)
    reserve_again(appointment, context=context)
    record(context.actor, "undo cancel", appointment, patient=appointment.patient_id)
    owe_confirmation(appointment, now=context.now)
    return appointment


@retried
def move_appointment(
    *,
    appointment_id: UUID,
    rev: int,
    starts_at: datetime,
    clinician_id: int | None,
    context: Context,
    staff: User | None = None,
    early_reason: str = "",
    overlap_reason: str = "",
    tell_patient: bool = True,
) -> Appointment:
    """Move a booked visit to another time; refused, it stays where it was.

    A patient moves until the late limit, staff at any time. Staff who agreed on it with the patient
    need not have it mailed; reminders follow the new time all the same. Raises AlreadyChanged,
    Refused, NotOpen or SlotTaken.
    """
    appointment = locked(appointment_id)
    check_unchanged(appointment, rev, "move_appointment")
    if staff is None and is_late_at(appointment, context.now):
        raise Refused([TOO_LATE_TO_MOVE])
    appointment.patient = appointment.patient.home
    slot = assign_slot(
        BookingRequest(
            patient=appointment.patient,
            service=appointment.service,
            starts_at=starts_at,
            now=context.now,
            clinician_id=clinician_id,
            enrollment=appointment.enrollment,
            staff=staff,
            early_reason=early_reason,
            overlap_reason=overlap_reason,
            moving=appointment,
        )
    )
    appointment.early_reason = early_reason
    appointment.overlap_reason = overlap_reason or None
    write_moved(appointment, slot, actor=context.actor)
    owe_moved(appointment, now=context.now, tell_patient=tell_patient)
    return appointment


def write_moved(appointment: Appointment, slot: Slot, *, actor: Actor) -> None:
    """Write the visit at its new time, with the reasons it has; callers owe the mail.

    Raises SlotTaken.
    """
    for name, value in times_of(slot, appointment.service).items():
        setattr(appointment, name, value)
    appointment.clinician_id, appointment.room_id = slot.clinician_id, slot.room_id
    appointment.stays_outside_hours = False
    appointment.set_aside_at = None
    appointment.rev += 1
    save_in_slot(appointment)
    reason = appointment.early_reason
    record(actor, "move", appointment, patient=appointment.patient_id, reason=reason)


def write_credit_effect(
    appointment: Appointment,
    effect: CreditEffect,
    *,
    context: Context,
    reason: str = "",
) -> None:
    """Write what becomes of the credit of a visit that does not take place."""
    if appointment.enrollment is not None:
        ledger.write(
            effect.value,
            enrollment=appointment.enrollment,
            appointment=appointment,
            context=context,
            reason=reason,
        )


def reserve_again(appointment: Appointment, *, context: Context) -> None:
    """Start a new cycle of the visit's credit, taking back what the last one came to.

    A used credit is given back first; a given-back one is simply reserved anew.
    """
    if appointment.enrollment is None:
        return
    entries = appointment.ledgerentry_set.filter(cycle=appointment.cycle)
    kinds = set(entries.values_list("kind", flat=True))
    if kinds & {"consume", "forfeit"} and "return" not in kinds:
        write_credit_effect(appointment, CreditEffect.RETURN, context=context, reason="undone")
    appointment.cycle += 1
    appointment.save(update_fields=["cycle"])
    ledger.write(
        "reserve", enrollment=appointment.enrollment, appointment=appointment, context=context
    )


def locked(appointment_id: UUID) -> Appointment:
    """Lock the package, then the appointment, in the order of every deed."""
    patient = Patient.objects.get(appointments=appointment_id)
    lock_packages_of(patient.home, appointment_id)
    return lock_appointment(appointment_id)


def check_unchanged(appointment: Appointment, rev: int, action: str) -> None:
    """Raise AlreadyChanged unless it is as the page showed it and this may be done to it."""
    if appointment.rev != rev or not appointment.may(action):
        raise AlreadyChanged(appointment)
