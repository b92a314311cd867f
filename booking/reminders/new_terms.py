"""Adapt the reminders of all booked visits when the clinic's terms change."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from booking.models import Appointment
from booking.policy import PolicyTerms
from booking.reminders.actions import REMINDERS, about
from booking.reminders.schedule import Changes, Owed, changes, reminders
from clinic.messages.outbox import owe_all
from clinic.models.messages import Email

# Why a reminder was skipped. It marks the rows that other terms may bring back.
_NEW_TERMS = "new_terms"


@dataclass(frozen=True)
class Recount:
    """How many reminders other terms would owe, move and withdraw."""

    owed: int
    moved: int
    taken_back: int


def foresee_reminders(terms: PolicyTerms, *, now: datetime) -> Recount:
    """Return what these terms would do to the reminders of all visits ahead. Writes nothing."""
    found = [change for _visit, _rows, change in _changes(terms, now)]
    return Recount(
        sum(len(one.to_owe) for one in found),
        sum(len(one.to_move) for one in found),
        sum(len(one.to_take_back) for one in found),
    )


def remind_by(terms: PolicyTerms, *, now: datetime) -> None:
    """Adapt the reminders of all visits ahead to these terms.

    What was sent, or is being sent, is left alone. Callers hold the locks of all calendars.
    """
    new: list[Email] = []
    for visit, rows, change in _changes(terms, now):
        for one in change.to_owe:
            row = rows.get(one.kind)
            # A reminder that earlier terms withdrew comes back as the same row: it is never
            # owed twice for one revision of a visit.
            if row is None:
                row = Email(
                    kind=one.kind, about=about(visit), rev=visit.rev, patient_id=visit.patient_id
                )
                row.due_at, row.useless_after = one.due_at, one.useless_after
                new.append(row)
            else:
                _set(row, one.due_at, one.useless_after, status=Email.Status.DUE, reason="")
        for one in change.to_move:
            _set(rows[one.kind], one.due_at, one.useless_after)
        for kind in change.to_take_back:
            waiting = Email.objects.for_action("withdraw").filter(pk=rows[kind].pk)
            waiting.update(status=Email.Status.SKIPPED, reason=_NEW_TERMS)
    owe_all(new)


def _set(row: Email, due_at: datetime, useless_after: datetime, **fields: str) -> None:
    """Give a reminder other times, and other `fields`."""
    # Only if its status is still as it was read: the sender may have claimed it meanwhile.
    Email.objects.filter(pk=row.pk, status=row.status).update(
        due_at=due_at, next_try_at=due_at, useless_after=useless_after, **fields
    )


def _changes(
    terms: PolicyTerms, now: datetime
) -> Iterator[tuple[Appointment, dict[str, Email], Changes]]:
    """Yield each visit ahead with its reminders by kind and what the terms change about them.

    It takes two statements. Reminders of earlier revisions of a visit are left out.
    """
    # What waits to be confirmed has no reminders yet.
    ahead = Appointment.objects.upcoming(now).filter(confirm_by__isnull=True)
    visits = list(ahead.only("pk", "rev", "starts_at", "patient_id"))
    rows: dict[tuple[str, int], dict[str, Email]] = defaultdict(dict)
    names = [about(visit) for visit in visits]
    for row in Email.objects.filter(kind__in=REMINDERS, about__in=names).defer("payload"):
        rows[row.about, row.rev][row.kind] = row
    for visit in visits:
        found = rows[about(visit), visit.rev]
        wanted = reminders(
            visit.starts_at, agreed_at=None, zone=settings.CLINIC_TIME_ZONE, terms=terms
        )
        owed = {kind: _owed(row) for kind, row in found.items()}
        yield visit, found, changes(wanted, owed, now=now, terms=terms)


def _owed(row: Email) -> Owed:
    """Return a reminder's row as the pure code reads it."""
    return Owed(
        row.due_at,
        row.useless_after,
        is_waiting=row.status == Email.Status.DUE,
        is_taken_back=row.status == Email.Status.SKIPPED and row.reason == _NEW_TERMS,
    )
