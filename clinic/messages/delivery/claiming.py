"""Which rows a sender takes, and how they come back when it dies.

A claim is a short transaction: no two senders take the same row. It is good for as long as its
lease; a run of the sender ends by itself well before that.
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
# Held-back mail: what strangers ask for, and reminders that are more than this late.
PER_MINUTE = 60
LATE = timedelta(hours=1)
# How far down the late reminders we look for people who got nothing in the last minute.
LATE_IN_SIGHT = 300
JOB = "send_due"
Status = Email.Status


@transaction.atomic
def claim(now: datetime) -> list[Email]:
    """Take the rows to send next, at most BATCH, so that no other sender takes them."""
    picks: tuple[Callable[[datetime], list[UUID]], ...] = (_urgent, _asked, _on_time, _late)
    keys = next((found for pick in picks if (found := pick(now))), [])
    Email.objects.filter(pk__in=keys).update(
        status=Status.CLAIMED, lease_until=now + LEASE, handed_off_at=None
    )
    rows = Email.objects.in_bulk(keys)
    return [rows[key] for key in keys]


def _due(now: datetime) -> QuerySet[Email]:
    rows = Email.objects.for_action("claim").filter(next_try_at__lte=now)
    # SQLite needs no row lock: the whole claim is one immediate transaction.
    if not connection.features.has_select_for_update_skip_locked:
        return rows
    return rows.select_for_update(skip_locked=True, of=("self",))


def _first(rows: QuerySet[Email], most: int = BATCH) -> list[UUID]:
    return list(rows.order_by("next_try_at").values_list("pk", flat=True)[: min(most, BATCH)])


def _urgent(now: datetime) -> list[UUID]:
    return _first(_due(now).filter(kind__in=kinds_of(Lane.URGENT)))


def _asked(now: datetime) -> list[UUID]:
    asked = kinds_of(Lane.ASKED)
    return _first(_due(now).filter(kind__in=asked), _room(Q(kind__in=asked), now))


def _on_time(now: datetime) -> list[UUID]:
    held_back = Q(kind__in=kinds_of(Lane.ASKED)) | _is_late(now)
    return _first(_due(now).exclude(held_back))


def _late(now: datetime) -> list[UUID]:
    """Pick late reminders: what is useless soonest first, one for each address and minute."""
    _one_at_a_time()
    mailed = Email.objects.filter(_going(now), patient__isnull=False).values("patient__email")
    rows = _due(now).filter(_is_late(now)).exclude(patient__email__in=mailed)
    by_address: dict[str, UUID] = {}
    found = rows.order_by("useless_after", "due_at").values_list("pk", "patient__email")
    for key, address in found[:LATE_IN_SIGHT]:
        by_address.setdefault(address or str(key), key)
    return list(by_address.values())[: min(_room(_is_late(now), now), BATCH)]


def _is_late(now: datetime) -> Q:
    return Q(kind__in=kinds_of(Lane.REMINDER), due_at__lt=now - LATE)


def _going(now: datetime) -> Q:
    """Mail on its way, or handed off within the last minute."""
    return Q(status=Status.CLAIMED) | Q(handed_off_at__gt=now - MINUTE)


def _room(which: Q, now: datetime) -> int:
    return max(PER_MINUTE - Email.objects.filter(which, _going(now)).count(), 0)


def _one_at_a_time() -> None:
    """Let two senders count one after the other, so that they do not both see the same room."""
    if connection.features.has_select_for_update:
        list(Heartbeat.objects.select_for_update().filter(job=JOB))


def give_back(emails: list[Email]) -> None:
    """Let go of rows that were claimed and not tried."""
    for email in emails:
        close(email, status=Status.DUE)


def close(email: Email, *, status: str, **fields: object) -> bool:
    """End our claim on the row, unless it was taken from us meanwhile; tell whether it was ours.

    Raises ForbiddenTransition for a status that a claimed mail cannot come to.
    """
    Email.TRANSITIONS.check(Status.CLAIMED, status)
    return bool(still_ours(email).update(status=status, lease_until=None, **fields))


def still_ours(email: Email) -> QuerySet[Email]:
    """Return the row as a query that finds nothing once somebody else has taken it."""
    return Email.objects.filter(pk=email.pk, status=Status.CLAIMED, lease_until=email.lease_until)


@transaction.atomic
def recover(now: datetime) -> None:
    """Take up rows whose sender died: due again, sent once more, or left to a person."""
    stuck = Email.objects.for_action("recover").filter(lease_until__lte=now)
    stuck.filter(handed_off_at__isnull=True).update(status=Status.DUE, lease_until=None)
    stuck.filter(maybe_twice=True).update(
        status=Status.NEEDS_HUMAN, lease_until=None, reason="crashed_twice", payload=None
    )
    stuck.filter(maybe_twice=False).update(
        status=Status.DUE, lease_until=None, maybe_twice=True, next_try_at=now
    )
