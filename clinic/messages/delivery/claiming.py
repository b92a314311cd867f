"""Claim mails for one sender, and recover those of a sender that died.

A claim is a short transaction, so no two senders claim the same row. It holds until its lease ends;
a run of the sender ends by itself well before that.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from clinic.messages.outbox import Lane, kinds_of
from clinic.models.messages import Email, Heartbeat

BATCH = 20
LEASE = timedelta(minutes=2)
MINUTE = timedelta(minutes=1)
# Limits for mail that is held back: what strangers ask for, and reminders late by more than LATE.
PER_MINUTE = 60
LATE = timedelta(hours=1)
# How many late reminders are looked through for addresses that got none in the last minute.
LATE_IN_SIGHT = 300
JOB = "send_due"
Status = Email.Status


@transaction.atomic
def claim(now: datetime) -> list[Email]:
    """Claim and return the mails to send next, at most BATCH, in the order to send them."""
    picks: tuple[Callable[[datetime], list[UUID]], ...] = (_urgent, _asked, _on_time, _late)
    # One lane at a time: the next one is looked at when the first has nothing left.
    keys = next((found for pick in picks if (found := pick(now))), [])
    Email.objects.filter(pk__in=keys).update(
        status=Status.CLAIMED, lease_until=now + LEASE, handed_off_at=None
    )
    # A dictionary, which has no order: the list below restores that of the keys.
    rows = Email.objects.in_bulk(keys)
    return [rows[key] for key in keys]


def _due(now: datetime) -> QuerySet[Email]:
    """Return the rows that are due, locked where the database can skip what others have locked."""
    rows = Email.objects.for_action("claim").filter(next_try_at__lte=now)
    # SQLite needs no row lock: the claim is one immediate transaction.
    if not connection.features.has_select_for_update_skip_locked:
        return rows
    # Only the mails: PostgreSQL cannot lock the patients, which come by an outer join.
    return rows.select_for_update(skip_locked=True, of=("self",))


def _first(rows: QuerySet[Email], most: int = BATCH) -> list[UUID]:
    return list(rows.order_by("next_try_at").values_list("pk", flat=True)[: min(most, BATCH)])


def _urgent(now: datetime) -> list[UUID]:
    return _first(_due(now).filter(kind__in=kinds_of(Lane.URGENT)))


def _asked(now: datetime) -> list[UUID]:
    asked = kinds_of(Lane.ASKED)
    return _first(_due(now).filter(kind__in=asked), _allowance(Q(kind__in=asked), now))


def _on_time(now: datetime) -> list[UUID]:
    held_back = Q(kind__in=kinds_of(Lane.ASKED)) | _is_late(now)
    return _first(_due(now).exclude(held_back))


def _late(now: datetime) -> list[UUID]:
    """Return late reminders, one per address a minute, those that become useless soonest first."""
    _take_turns()
    mailed = Email.objects.filter(_going(now), patient__isnull=False).values("patient__email")
    rows = _due(now).filter(_is_late(now)).exclude(patient__email__in=mailed)
    by_address: dict[str, UUID] = {}
    found = rows.order_by("useless_after", "due_at").values_list("pk", "patient__email")
    for key, address in found[:LATE_IN_SIGHT]:
        # Rows without an address do not share one; each counts alone.
        by_address.setdefault(address or str(key), key)
    return list(by_address.values())[: min(_allowance(_is_late(now), now), BATCH)]


def _is_late(now: datetime) -> Q:
    return Q(kind__in=kinds_of(Lane.REMINDER), due_at__lt=now - LATE)


def _going(now: datetime) -> Q:
    """Return the condition for mail that is being sent or was handed off in the last minute."""
    return Q(status=Status.CLAIMED) | Q(handed_off_at__gt=now - MINUTE)


def _allowance(which: Q, now: datetime) -> int:
    """Return how many more of these mails may be sent within the present minute."""
    return max(PER_MINUTE - Email.objects.filter(which, _going(now)).count(), 0)


def _take_turns() -> None:
    """Make two senders count one after the other; else both would use the same allowance."""
    if connection.features.has_select_for_update:
        # list() runs the query. The lock it takes lasts until the claim is committed.
        list(Heartbeat.objects.select_for_update().filter(job=JOB))


def give_back(emails: list[Email]) -> None:
    """Release rows that were claimed and not tried."""
    for email in emails:
        close(email, status=Status.DUE)


def close(email: Email, *, status: str, **fields: object) -> bool:
    """End our claim on the row with this status; return False if somebody else has it by now.

    Raises ForbiddenTransition for a status that must not follow `claimed`.
    """
    Email.TRANSITIONS.check(Status.CLAIMED, status)
    return bool(still_ours(email).update(status=status, lease_until=None, **fields))


def still_ours(email: Email) -> QuerySet[Email]:
    """Return a queryset of this row that is empty once our claim was taken over."""
    # The lease tells our claim from a later one: a new claim has a new time.
    return Email.objects.filter(pk=email.pk, status=Status.CLAIMED, lease_until=email.lease_until)


@transaction.atomic
def recover(now: datetime) -> None:
    """Recover the rows whose sender died: due again, or left to a person after a second death."""
    stuck = Email.objects.for_action("recover").filter(lease_until__lte=now)
    # Not handed off: nothing has left, so it is simply due again.
    stuck.filter(handed_off_at__isnull=True).update(status=Status.DUE, lease_until=None)
    # Handed off twice without a result: a person decides whether it is sent again.
    stuck.filter(maybe_twice=True).update(
        status=Status.NEEDS_HUMAN, lease_until=None, reason="crashed_twice", payload=None
    )
    # Handed off once: sent again under the same Message-ID, and marked.
    stuck.filter(maybe_twice=False).update(
        status=Status.DUE, lease_until=None, maybe_twice=True, next_try_at=now
    )
