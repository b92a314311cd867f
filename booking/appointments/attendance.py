"""What became of a visit: arrived, completed, missed, and the way back from a slip."""

from uuid import UUID

from django.conf import settings

from booking import signals
from booking.appointments.cancellation_terms import effect_of_no_show
from booking.appointments.changes import check_unchanged, locked, reserve_again, write_credit_effect
from booking.appointments.slot_assignment import save_in_slot
from booking.models import Appointment
from booking.packages import ledger_actions as ledger
from booking.packages.ending import finish_package_with, reopen_package_with
from booking.refusals import CALL_FIRST, NOT_STARTED, NOT_TODAY, AlreadyChanged, Refused
from clinic.audit.context import Context
from clinic.audit.record import Actor, record
from clinic.database.retrying import retried
from clinic.practice.wall_time import clinic_date

Status = Appointment.Status


@retried
def mark_arrived(*, appointment_id: UUID, rev: int, context: Context) -> Appointment:
    """Mark a booked visit as arrived. Raises Refused before its day, and while an urgent answer
    stops it."""
    appointment = locked(appointment_id)
    check_unchanged(appointment, rev, "mark_arrived")
    zone = settings.CLINIC_TIME_ZONE
    if clinic_date(context.now, zone) < clinic_date(appointment.starts_at, zone):
        raise Refused([NOT_TODAY])
    if appointment.attention == Appointment.Attention.STOP:
        raise Refused([CALL_FIRST])
    return _marked(appointment, Status.ARRIVED, context.actor)


@retried
def mark_completed(*, appointment_id: UUID, rev: int, context: Context) -> Appointment:
    """Mark an arrived visit as completed; a package visit's credit is used."""
    appointment = locked(appointment_id)
    check_unchanged(appointment, rev, "mark_completed")
    if appointment.starts_at > context.now:
        raise Refused([NOT_STARTED])
    if appointment.enrollment is not None:
        ledger.write(
            "consume",
            enrollment=appointment.enrollment,
            appointment=appointment,
            context=context,
        )
    _marked(appointment, Status.COMPLETED, context.actor)
    finish_package_with(appointment, context=context)
    signals.send_on_commit(signals.appointment_completed, appointment)
    return appointment


@retried
def mark_no_show(*, appointment_id: UUID, rev: int, context: Context) -> Appointment:
    """Mark a booked visit as missed; its credit is used, unless she was told to get care."""
    appointment = locked(appointment_id)
    check_unchanged(appointment, rev, "mark_no_show")
    if appointment.starts_at > context.now:
        raise Refused([NOT_STARTED])
    write_credit_effect(appointment, effect_of_no_show(appointment), context=context)
    return _marked(appointment, Status.NO_SHOW, context.actor)


@retried
def undo_mark(*, appointment_id: UUID, rev: int, context: Context) -> Appointment:
    """Take the last mark back, with what it did to the credit."""
    appointment = locked(appointment_id)
    before = Appointment.TRANSITIONS.after("undo_mark", appointment.status)
    if before is None or appointment.rev != rev:
        raise AlreadyChanged(appointment)
    if appointment.status == Status.COMPLETED:
        reopen_package_with(appointment, actor=context.actor)
    if appointment.status != Status.ARRIVED:
        reserve_again(appointment, context=context)
    return _marked(appointment, before, context.actor)


def _marked(appointment: Appointment, status: str, actor: Actor) -> Appointment:
    appointment.status = status
    # Reminders belong to a time, not to a mark: their revision stays.
    save_in_slot(appointment)
    record(actor, f"mark {status}", appointment, patient=appointment.patient_id)
    return appointment
