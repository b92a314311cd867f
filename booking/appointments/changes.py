"""Cancel a visit, undo that, and move it. A visit has its old time until the new one is saved."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from booking import signals
from booking.appointments.attention import attention_of
from booking.appointments.booking_request import BookingRequest
from booking.appointments.cancellation_terms import effect_of_cancel, is_late_at
from booking.appointments.slot_assignment import (
    assign_slot,
    save_in_slot,
    times_of,
)
from booking.flood_brake.brake import check_brake
from booking.locks import lock_appointment, lock_packages_of, refuse_gone
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
from booking.reminders.actions import (
    owe_all_cancelled,
    owe_cancelled,
    owe_confirmation,
    owe_moved,
    owe_plan,
)
from booking.scheduling.queries import current_referral
from booking.scheduling.timetable import Slot
from booking.terms import undo_until
from clinic.audit.context import Context
from clinic.audit.record import Actor, record
from clinic.database.retrying import retried
from clinic.messages.history import moved_from
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
    """Cancel a booked visit; its policy says whether the credit is returned or used.

    `excused` (staff, with a reason) returns the credit however late. Raises AlreadyChanged when
    the visit is not as the page showed it, and Refused when it has started, except for
    cancellations by the clinic.
    """
    appointment = locked(appointment_id)
    check_unchanged(appointment, rev, "cancel_appointment")
    if excused and not reason:
        raise Refused([NEEDS_REASON])
    write_cancelled(
        appointment, context=context, by_clinic=by_clinic, excused=excused, reason=reason
    )
    owe_cancelled(appointment, now=context.now)
    return appointment


def write_cancelled(
    appointment: Appointment,
    *,
    context: Context,
    by_clinic: bool = False,
    excused: bool = False,
    reason: str = "",
    is_unconfirmed: bool = False,
) -> None:
    """Write the cancellation of a locked visit; callers owe the mail. Raises Refused.

    `is_unconfirmed` tells that nobody confirmed it. She may take back what she cancelled herself,
    and then it waits again.
    """
    if appointment.starts_at <= context.now and not by_clinic:
        raise Refused([STARTED])
    if by_clinic and not is_unconfirmed:
        appointment.be_confirmed()
    # A merge of two patient rows leaves a visit on the old row where both have one at the same
    # time. Cancelled, it overlaps nothing and can follow.
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
    record(context.actor, "cancel", appointment, patient=appointment.patient_id, words=reason)
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

    One mail lists them. `seen` maps the visits that the page listed to their revisions. Raises
    AlreadyChanged when other visits or revisions would be cancelled now, and whatever
    `cancel_appointment` raises.
    """
    if excused and not reason:
        raise Refused([NEEDS_REASON])
    first = locked(appointment_id)
    rows = booked_from(first, context.now)
    if {row.pk: row.rev for row in rows} != dict(seen):
        raise AlreadyChanged(first)
    # Locked by key, in the order of every action that locks several appointments.
    cancelled = [lock_appointment(row.pk) for row in sorted(rows, key=lambda row: row.pk)]
    for row in cancelled:
        check_unchanged(row, seen[row.pk], "cancel_with_following")
        write_cancelled(row, context=context, by_clinic=by_clinic, excused=excused, reason=reason)
    owe_all_cancelled(cancelled, now=context.now)
    return sorted(cancelled, key=lambda row: row.starts_at)


def booked_from(visit: Appointment, now: datetime) -> list[Appointment]:
    """Return this package visit and the booked ones after it, in order, as far as still ahead.

    A visit outside of a package is returned alone.
    """
    if visit.enrollment_id is None:
        return [visit]
    rows = Appointment.objects.upcoming(now).filter(
        enrollment=visit.enrollment_id, visit_number__gte=visit.visit_number
    )
    return list(rows.select_related("service", "policy", "clinician").order_by("visit_number"))


@retried
def undo_cancel(*, appointment_id: UUID, context: Context, by_staff: bool = False) -> Appointment:
    """Undo a cancellation shortly afterwards: book the visit at its old time, if that is free.

    Only staff may undo what the clinic cancelled. Raises AlreadyChanged for a visit that is not
    cancelled, Refused when it is too late or she was erased, MailboxFirst when too many wait to be
    confirmed, SlotTaken when somebody else has the time.
    """
    appointment = locked(appointment_id)
    _write_undone(appointment, context, by_staff=by_staff)
    owe_confirmation(appointment, now=context.now)
    return appointment


@retried
def undo_cancel_together(
    *, appointment_id: UUID, context: Context, by_staff: bool = False
) -> list[Appointment]:
    """Undo the cancellation of this visit and of those cancelled with it, or of none.

    One mail lists them. Raises what `undo_cancel` raises, for the first visit that cannot be.
    """
    first = locked(appointment_id)
    together = [first, *cancelled_with(first, context.now)]
    if len(together) == 1:
        return [undo_cancel(appointment_id=first.pk, context=context, by_staff=by_staff)]
    undone = [lock_appointment(row.pk) for row in sorted(together, key=lambda row: row.pk)]
    for row in undone:
        _write_undone(row, context, by_staff=by_staff)
    assert first.enrollment is not None  # only visits of one package are cancelled together
    owe_plan(first.enrollment, undone, now=context.now)
    return sorted(undone, key=lambda row: row.starts_at)


def cancelled_with(visit: Appointment, now: datetime) -> list[Appointment]:
    """Return the visits, still ahead, that were cancelled with this one in one press, in order."""
    if visit.cancelled_at is None or visit.enrollment_id is None:
        return []
    rows = Appointment.objects.filter(
        status="cancelled",
        enrollment=visit.enrollment_id,
        cancelled_at=visit.cancelled_at,
        cancelled_by_clinic=visit.cancelled_by_clinic,
        starts_at__gt=now,
    )
    return list(rows.exclude(pk=visit.pk).select_related("service").order_by("starts_at"))


def _write_undone(appointment: Appointment, context: Context, *, by_staff: bool) -> None:
    """Book a locked visit again as it was; callers owe the mail. Raises as `undo_cancel` does."""
    refuse_gone(appointment.patient.home)
    until = undo_until(appointment)
    if until is None:
        raise AlreadyChanged(appointment)
    if appointment.cancelled_by_clinic and not by_staff:
        raise Refused([CLINIC_CANCELLED])
    # The two differ at one instant: `until` may be the very start of the visit.
    if context.now > until or appointment.starts_at <= context.now:
        raise Refused([UNDO_OVER])
    _wait_again(appointment, by_staff=by_staff, now=context.now)
    appointment.status = Appointment.Status.BOOKED
    # What is open may have changed since.
    referral = current_referral(appointment.patient)
    appointment.attention = attention_of(referral.level if referral else "")
    appointment.cancelled_at = None
    appointment.cancelled_late = appointment.cancelled_by_clinic = False
    appointment.rev += 1
    save_in_slot(appointment)
    reserve_again(appointment, context=context)
    record(context.actor, "undo cancel", appointment, patient=appointment.patient_id)


def _wait_again(appointment: Appointment, *, by_staff: bool, now: datetime) -> None:
    """Let an undone visit wait to be confirmed as before. Raises Refused and MailboxFirst.

    What staff book again is confirmed.
    """
    if by_staff:
        appointment.be_confirmed()
    if appointment.confirm_by is None:
        return
    if not check_brake(
        appointment.patient, appointment.network_key, visits=1, holder_key="", now=now
    ):
        appointment.be_confirmed()
    elif appointment.confirm_by <= now:
        raise Refused([UNDO_OVER])


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
    is_undo: bool = False,
) -> Appointment:
    """Move a booked visit to another time. When that is refused, it stays where it was.

    Patients may move a visit until the late limit, staff at any time; `is_undo` takes back a move
    of hers, at any time too. With `tell_patient` False no
    mail says that it moved; reminders follow the new time all the same. Raises AlreadyChanged,
    Refused, NotOpen or SlotTaken.
    """
    appointment = locked(appointment_id)
    check_unchanged(appointment, rev, "move_appointment")
    if staff is None and not is_undo and is_late_at(appointment, context.now):
        raise Refused([TOO_LATE_TO_MOVE])
    # As in write_cancelled: at another time, the visit may follow its patient to the row she was
    # merged into.
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
            is_undo=is_undo,
        )
    )
    appointment.early_reason = early_reason
    appointment.overlap_reason = overlap_reason or None
    write_moved(appointment, slot, actor=context.actor)
    owe_moved(appointment, now=context.now, tell_patient=tell_patient)
    return appointment


def write_moved(appointment: Appointment, slot: Slot, *, actor: Actor) -> None:
    """Save the visit at its new time; callers owe the mail. Raises SlotTaken."""
    was_at = appointment.starts_at
    for name, value in times_of(slot, appointment.service).items():
        setattr(appointment, name, value)
    appointment.clinician_id, appointment.room_id = slot.clinician_id, slot.room_id
    # Both were about the old time.
    appointment.stays_outside_hours = False
    appointment.set_aside_at = None
    # What she told was about the old time.
    appointment.told = appointment.told_at = None
    if appointment.confirm_by is not None:
        appointment.confirm_by = min(appointment.confirm_by, appointment.starts_at)
    appointment.rev += 1
    save_in_slot(appointment)
    # The row forgets its former time; the history of the visit shows it.
    record(
        actor,
        "move",
        appointment,
        patient=appointment.patient_id,
        reason=moved_from(was_at),
        words=appointment.early_reason,
    )


def write_credit_effect(
    appointment: Appointment,
    effect: CreditEffect,
    *,
    context: Context,
    reason: str = "",
) -> None:
    """Return or use the credit of a visit that does not take place; nothing without a package."""
    if appointment.enrollment is not None:
        ledger.write(
            effect.value,
            enrollment=appointment.enrollment,
            appointment=appointment,
            context=context,
            reason=reason,
        )


def reserve_again(appointment: Appointment, *, context: Context) -> None:
    """Reserve the visit's credit in a new cycle, after an undo.

    A credit that was used is returned first; one that was returned already is just reserved. Does
    nothing for a visit outside of a package.
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
    """Lock its patient, the packages, then the appointment, and return it. Raises DoesNotExist."""
    # A visit outside of a package, or of one that has ended, has no lock but hers.
    rows = Patient.objects.select_for_update(no_key=True, of=("self",))
    patient = rows.get(appointments=appointment_id)
    lock_packages_of(patient.home, appointment_id)
    return lock_appointment(appointment_id)


def check_unchanged(appointment: Appointment, rev: int, action: str) -> None:
    """Raise AlreadyChanged unless the revision is current and the action is allowed."""
    if appointment.rev != rev or not appointment.may(action):
        raise AlreadyChanged(appointment)
