"""When an appointment's reminders are due, and what other terms change about them."""

# mypy: disallow-any-explicit

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from booking.policy import PolicyTerms
from clinic.practice.wall_time import hours_before, instant


@dataclass(frozen=True, slots=True)
class Reminder:
    """One reminder to be owed: due from `due_at` on, of no use from `useless_after` on (UTC)."""

    kind: str
    due_at: datetime
    useless_after: datetime


@dataclass(frozen=True, slots=True)
class Owed:
    """A reminder as it is now: waiting, withdrawn by earlier terms, or neither (sent, …)."""

    due_at: datetime
    useless_after: datetime | None
    is_waiting: bool = False
    is_taken_back: bool = False


@dataclass(frozen=True, slots=True)
class Changes:
    """What other terms change: reminders to owe and to move, and the kinds to withdraw."""

    to_owe: tuple[Reminder, ...] = ()
    to_move: tuple[Reminder, ...] = ()
    to_take_back: tuple[str, ...] = ()


def changes(
    wanted: Iterable[Reminder], owed: Mapping[str, Owed], *, now: datetime, terms: PolicyTerms
) -> Changes:
    """Return what turns the owed reminders of a visit (by kind) into the wanted ones.

    What was sent, or is being sent, stays. A reminder that would be due now or soon is not newly
    owed: nobody is reminded just because the clinic changed its terms. One that waits only moves.
    """
    near = timedelta(minutes=terms.reminder_skip_within_minutes)
    by_kind = {one.kind: one for one in wanted}
    to_owe, to_move = [], []
    for kind, one in by_kind.items():
        current = owed.get(kind)
        # What earlier terms withdrew is owed like a new one.
        if current is None or current.is_taken_back:
            if one.due_at - now > near:
                to_owe.append(one)
        # Without a stored end, only a different due time is a reason to move it.
        elif current.is_waiting and one != Reminder(
            kind, current.due_at, current.useless_after or one.useless_after
        ):
            to_move.append(one)
    back = (kind for kind, one in owed.items() if one.is_waiting and kind not in by_kind)
    return Changes(tuple(to_owe), tuple(to_move), tuple(back))


def reminders(
    starts_at: datetime, *, agreed_at: datetime | None, zone: str, terms: PolicyTerms
) -> list[Reminder]:
    """Return the reminders of an appointment, earliest first.

    `agreed_at` is when the appointment was booked or moved to this time; None means long ago. A
    lead of 24, 48 … hours means the same wall time one, two … days before. A lead that is due too
    soon after `agreed_at` is left out: the confirmation takes its place. A reminder is useless once
    the next one is due or the visit begins, so a late sender never mails two at once.
    """
    moments = [
        (due_at, f"reminder_{lead}h")
        for lead in sorted(terms.reminder_lead_hours, reverse=True)
        if (due_at := _due_at(starts_at, lead, agreed_at, zone, terms)) is not None
    ]
    # Each reminder with the moment after it; the visit itself ends the row.
    return [
        Reminder(kind, due_at, following)
        for (due_at, kind), (following, _) in pairwise([*moments, (starts_at.astimezone(UTC), "")])
    ]


def _due_at(
    starts_at: datetime, lead: int, agreed_at: datetime | None, zone: str, terms: PolicyTerms
) -> datetime | None:
    """Return when the reminder of this lead is due, in the day, or None to leave it out."""
    near = timedelta(minutes=terms.reminder_skip_within_minutes)
    moment = hours_before(starts_at, lead, zone)
    if agreed_at is not None and moment - agreed_at <= near:
        return None
    daytime = _after_quiet_hours(moment, zone, terms)
    # A lead that falls into the night moves to the morning, which may be too near the visit.
    return daytime if daytime == moment or starts_at - daytime >= near else None


def _after_quiet_hours(moment: datetime, zone: str, terms: PolicyTerms) -> datetime:
    """Return the moment itself, or the end of the night (UTC) if it falls into the night."""
    wall = moment.astimezone(ZoneInfo(zone))
    if terms.quiet_until_hour <= wall.hour < terms.quiet_from_hour:
        return moment
    # Late in the evening, the night ends on the next date.
    morning = wall.date() + timedelta(days=wall.hour >= terms.quiet_from_hour)
    return instant(morning, time(terms.quiet_until_hour), zone)
