"""Who is offered an earlier time, and until when.

A free time goes to one person at a time: first whoever has the graver reason, then whoever waited
longest. Nobody is offered what does not fit her wishes.
"""

# mypy: disallow-any-explicit

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo

from clinic.practice.wall_time import instant

# The part of the day in which people read mail, on the clinic's clock.
DAY_BEGINS, DAY_ENDS = 8, 20
# Whoever answers must still be able to come, and the desk to fill the time otherwise.
BEFORE_VISIT = timedelta(hours=4)
PARTS = ("morning", "afternoon", "evening")
_NOON, _EVENING = 12, 17


class Priority(IntEnum):
    """Lower comes first."""

    RED = 1
    PACKAGE_GAP = 2
    REST = 3


@dataclass(frozen=True, slots=True)
class Waiting:
    """One person who waits for an earlier time. Empty `weekdays` or `parts` mean any."""

    key: str
    priority: Priority
    since: datetime
    weekdays: frozenset[int] = frozenset()
    parts: frozenset[str] = frozenset()
    clinician_id: int | None = None


def in_order(waiting: Iterable[Waiting]) -> list[Waiting]:
    """Return them in the order in which they are asked."""
    return sorted(waiting, key=lambda one: (one.priority, one.since, one.key))


def part_of_day(hour: int) -> str:
    """Return the part of the day that a clock hour belongs to."""
    if hour < _NOON:
        return PARTS[0]
    return PARTS[1] if hour < _EVENING else PARTS[2]


def fits(one: Waiting, *, starts_at: datetime, clinician_id: int, zone: str) -> bool:
    """Tell whether a time is one that this person wishes for."""
    wall = starts_at.astimezone(ZoneInfo(zone))
    return (
        one.clinician_id in (None, clinician_id)
        and _among(wall.weekday(), one.weekdays)
        and _among(part_of_day(wall.hour), one.parts)
    )


def _among(value: object, wished: Collection[object]) -> bool:
    return not wished or value in wished


def is_reading_time(now: datetime, zone: str) -> bool:
    """Tell whether people are mailed at this hour."""
    return DAY_BEGINS <= now.astimezone(ZoneInfo(zone)).hour < DAY_ENDS


def offer_ends(now: datetime, *, hours: int, starts_at: datetime, zone: str) -> datetime:
    """Return until when (UTC) an offer made at `now` is open.

    So many hours, of which those between 20:00 and 8:00 do not count; never later than four hours
    before the visit.
    """
    left, at = timedelta(hours=hours), now.astimezone(UTC)
    while True:
        day = at.astimezone(ZoneInfo(zone)).date()
        begins, ends = (instant(day, time(hour), zone) for hour in (DAY_BEGINS, DAY_ENDS))
        at = max(at, begins)
        if at + left <= ends:
            return min(at + left, starts_at.astimezone(UTC) - BEFORE_VISIT)
        left -= max(ends - at, timedelta())
        at = instant(day + timedelta(days=1), time(DAY_BEGINS), zone)
