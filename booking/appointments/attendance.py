"""Mark a visit as arrived, completed or missed, and undo a mark made by mistake."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from booking import signals
from booking.appointments.cancellation_terms import effect_of_no_show
from booking.appointments.changes import check_unchanged, locked, reserve_again, write_credit_effect
from booking.appointments.slot_assignment import save_all_in_slots, save_in_slot
from booking.locks import refuse_gone
from booking.models import Appointment, Enrollment, Room
from booking.packages import ledger_actions as ledger
from booking.packages.ending import finish_package_with, reopen_package_with
from booking.packages.queries import visits_of
from booking.refusals import CALL_FIRST, NOT_STARTED, NOT_TODAY, AlreadyChanged, Refused
from clinic.audit.context import Context
from clinic.audit.record import Actor, record, record_rows
from clinic.database.retrying import retried
from clinic.models.people import Clinician
from clinic.practice.wall_time import clinic_date

Status = Appointment.Status


@retried
def mark_arrived(*, appointment_id: UUID, rev: int, context: Context) -> Appointment:
    """Mark a booked visit as arrived.

    Raises AlreadyChanged, and Refused before the clinic date of the visit or while an urgent answer
    stops it.
    """
    appointment = locked(appointment_id)
    check_unchanged(appointment, rev, "mark_arrived")
    zone = settings.CLINIC_TIME_ZONE
    # The date, not the time: patients come early.
    if clinic_date(context.now, zone) < clinic_date(appointment.starts_at, zone):
        raise Refused([NOT_TODAY])
    if appointment.attention == Appointment.Attention.STOP:
        raise Refused([CALL_FIRST])
    return _marked(appointment, Status.ARRIVED, context.actor)


@retried
def mark_completed(*, appointment_id: UUID, rev: int, context: Context) -> Appointment:
    """Mark an arrived visit as completed, which uses its credit and may finish its package.

    Raises AlreadyChanged, and Refused before the visit has started.
    """
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
    # Only now: a package ends when no visit of it is booked or under way, this one included.
    finish_package_with(appointment, context=context)
    signals.send_on_commit(signals.appointment_completed, appointment)
    return appointment


@retried
def mark_no_show(*, appointment_id: UUID, rev: int, context: Context) -> Appointment:
    """Mark a booked visit as missed, which uses its credit unless the patient was sent to get care.

    Raises AlreadyChanged, and Refused before the visit has started.
    """
    appointment = locked(appointment_id)
    check_unchanged(appointment, rev, "mark_no_show")
    if appointment.starts_at > context.now:
        raise Refused([NOT_STARTED])
    write_credit_effect(appointment, effect_of_no_show(appointment), context=context)
    return _marked(appointment, Status.NO_SHOW, context.actor)


# Why a visit from another system may overlap others in the past.
ELSEWHERE = "Took place before it was moved in."


def record_past_visits(
    enrollment: Enrollment,
    starts: Sequence[datetime],
    *,
    clinician: Clinician,
    room: Room,
    context: Context,
) -> list[Appointment]:
    """Write the first visits of a package, which took place in another system, as completed.

    Each uses its credit. Nothing is owed and nobody is mailed. The caller has just enrolled her, so
    that the package is locked.
    """
    visits = []
    for planned, starts_at in zip(visits_of(enrollment), starts, strict=False):
        ends_at = starts_at + timedelta(minutes=planned.service.minutes)
        visits.append(
            Appointment(
                patient=enrollment.patient,
                clinician=clinician,
                room=room,
                service=planned.service,
                enrollment=enrollment,
                visit_number=planned.number,
                step=planned.step,
                policy=enrollment.policy,
                starts_at=starts_at,
                ends_at=ends_at,
                busy_from=starts_at,
                busy_until=ends_at,
                status=Status.COMPLETED,
                booked_at=starts_at,
                # The room and the hour are not known any more: they must be in nobody's way.
                overlap_reason=ELSEWHERE,
            )
        )
    save_all_in_slots(visits)
    # The ledger allows no credit to be used that was not reserved before.
    ledger.write_for(("reserve", "consume"), visits, context=context, reason=ELSEWHERE)
    record_rows(context.actor, "take over visit", [(one, one.patient_id) for one in visits])
    return visits


@retried
def undo_mark(*, appointment_id: UUID, rev: int, context: Context) -> Appointment:
    """Undo the last mark and what it did to the credit and the package.

    Raises AlreadyChanged, and Refused when the package it finished cannot be reopened or the
    patient was erased.
    """
    appointment = locked(appointment_id)
    refuse_gone(appointment.patient.home)
    # The table of transitions says which status an undo leads back to.
    before = Appointment.TRANSITIONS.after("undo_mark", appointment.status)
    if before is None or appointment.rev != rev:
        raise AlreadyChanged(appointment)
    if appointment.status == Status.COMPLETED:
        reopen_package_with(appointment, actor=context.actor)
    # Arriving does not touch the credit.
    if appointment.status != Status.ARRIVED:
        reserve_again(appointment, context=context)
    return _marked(appointment, before, context.actor)


def _marked(appointment: Appointment, status: str, actor: Actor) -> Appointment:
    appointment.status = status
    # Staff saw her, or missed her: nothing is left to confirm.
    appointment.be_confirmed()
    # `rev` stays: mails belong to it, and a mark does not change the time they are about. Undoing
    # "missed" takes the patient's time and the visit's number again, which may be refused.
    save_in_slot(appointment)
    record(actor, f"mark {status}", appointment, patient=appointment.patient_id)
    return appointment
