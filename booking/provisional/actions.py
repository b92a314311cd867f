"""Confirm a visit that waits for it, or let it go when nobody did.

A press on the page behind the mailed link proves the mailbox, and so does a code that is typed;
both confirm every visit of the patient. The desk confirms one visit, by telephone.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.dispatch import receiver

from booking.appointments.changes import check_unchanged, locked, write_cancelled
from booking.flood_brake.limits import confirm_until
from booking.locks import lock_appointment
from booking.models import Appointment
from booking.refusals import AlreadyChanged
from booking.reminders.actions import owe_cancelled, owe_reminders
from booking.signals import visits_let_go
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM, Actor, record
from clinic.backups.restored import restored
from clinic.database.retrying import retried
from clinic.models.people import Patient
from clinic.ownership.mailbox import is_proven, mailbox_proven, prove

# For so long it is known from which network a time was held that nobody has any more.
NETWORK_KEPT = timedelta(days=1)


@retried
def confirm_visit(*, appointment_id: UUID, context: Context) -> Appointment:
    """Confirm a visit and every other one of its patient, who has opened the mailed link.

    Confirming again changes nothing. Raises AlreadyChanged when the visit is not booked any more.
    """
    visit = Appointment.objects.select_related("patient__merged_into").get(pk=appointment_id)
    if not visit.may("confirm_visit"):
        raise AlreadyChanged(visit)
    patient = visit.patient.home
    # Before the visits: whoever locks both takes the patient's row first.
    prove(patient, context.now)
    visit = lock_appointment(appointment_id)
    # It may have been let go while we waited; then the proof is taken back with the transaction.
    if not visit.may("confirm_visit"):
        raise AlreadyChanged(visit)
    _write_confirmed(visit, context)
    return visit


@receiver(mailbox_proven)
def confirm_visits_of(patient: Patient, now: datetime, **kwargs: Any) -> None:
    """Confirm every visit of a patient who has just proven her mailbox."""
    context = Context(Actor(f"patient:{patient.pk}", "patient"), now)
    rows = Appointment.objects.provisional().filter(patient=patient).order_by("pk")
    for key in list(rows.values_list("pk", flat=True)):
        _write_confirmed(lock_appointment(key), context)


@retried
def confirm_by_staff(*, appointment_id: UUID, rev: int, context: Context) -> Appointment:
    """Confirm one visit after the patient said on the telephone that she will come.

    Raises AlreadyChanged when the visit is not as the page showed it.
    """
    visit = locked(appointment_id)
    check_unchanged(visit, rev, "confirm_by_staff")
    _write_confirmed(visit, context, reason="by telephone")
    return visit


def _write_confirmed(visit: Appointment, context: Context, *, reason: str = "") -> None:
    """Store that a locked visit is confirmed, and owe its reminders. Does nothing the second time.

    The revision stays: what was mailed about the visit is still true.
    """
    if not visit.is_provisional:
        return
    visit.be_confirmed()
    visit.save(update_fields=["confirm_by", "network_key"])
    record(context.actor, "confirm visit", visit, patient=visit.patient_id, reason=reason)
    owe_reminders([visit], now=context.now)


def let_go_unconfirmed(*, now: datetime) -> int:
    """Cancel the visits that nobody confirmed in time; return how many.

    Runs periodically, and may run twice at once. A visit whose patient has proven her mailbox in
    any way is confirmed instead.
    """
    due = Q(confirm_by__lte=now) | Q(patient__proven_at__isnull=False)
    rows = Appointment.objects.provisional().filter(due).order_by("pk")
    _forget_networks(now)
    return sum(_settle(key, now) for key in list(rows.values_list("pk", flat=True)))


@receiver(restored)
def begin_anew(context: Context, **kwargs: Any) -> None:
    """Give every visit its whole time to be confirmed again, after a restore.

    Whoever confirmed since the backup must not lose her visit by it.
    """
    for visit in Appointment.objects.provisional().select_for_update():
        visit.confirm_by = confirm_until(visit.starts_at, context.now)
        visit.save(update_fields=["confirm_by"])


@retried
def _settle(appointment_id: UUID, now: datetime) -> bool:
    """Confirm or cancel one visit whose time is over; return whether it was cancelled."""
    visit, context = locked(appointment_id), Context(SYSTEM, now)
    # Asked again under the lock: somebody may have confirmed or cancelled it meanwhile.
    if visit.confirm_by is None or not visit.is_provisional:
        return False
    if is_proven(visit.patient.home):
        _write_confirmed(visit, context)
        return False
    if visit.confirm_by > now:
        return False
    _let_go(visit, "not confirmed", context)
    return True


def let_go_all(
    *, appointment_ids: Collection[UUID], reason: str, context: Context
) -> list[Appointment]:
    """Cancel those of these visits that still wait to be confirmed, and look for no new times.

    Also nobody looks for new times for those of them that were let go before. Return the visits
    that it cancelled. Each is let go by itself: one that was confirmed meanwhile stays.
    """
    found = (_let_go_one(key, reason, context) for key in sorted(set(appointment_ids)))
    return [one for one in found if one is not None]


@retried
def _let_go_one(appointment_id: UUID, reason: str, context: Context) -> Appointment | None:
    visit = locked(appointment_id)
    is_cancelled = visit.is_provisional
    if is_cancelled:
        _let_go(visit, reason, context)
    if visit.status == Appointment.Status.CANCELLED and visit.is_let_go:
        visits_let_go.send(sender=Appointment, visits=[visit], reason=reason, context=context)
    return visit if is_cancelled else None


def _let_go(visit: Appointment, reason: str, context: Context) -> None:
    write_cancelled(visit, context=context, by_clinic=True, is_unconfirmed=True, reason=reason)
    owe_cancelled(visit, now=context.now)


def _forget_networks(now: datetime) -> None:
    """Erase from where times were held that are not held or booked any more."""
    over = now - NETWORK_KEPT
    gone = Q(status="released", hold_until__lt=over) | Q(status="cancelled", cancelled_at__lt=over)
    Appointment.objects.filter(gone).exclude(network_key="").update(network_key="")
