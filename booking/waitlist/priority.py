"""Who is offered an earlier time first, and until when the offer is open.

A free time is offered to one person at a time: first to those with the graver reason, then to those
who have waited longest. Nobody is offered a time that does not match her wish.
"""

# mypy: disallow-any-explicit

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo

from booking.scheduling.parts_of_day import part_of
from clinic.practice.wall_time import instant

# The hours in which people read mail, by the clinic's clock.
DAY_BEGINS, DAY_ENDS = 8, 20
# Time for the patient to come if she accepts, and for the desk to fill the time if she does not.
BEFORE_VISIT = timedelta(hours=4)


class Priority(IntEnum):
    """Why somebody is asked before others; the lowest number is first."""

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
    """Return the people who wait in the order in which they are asked."""
    # The key decides between two who have waited equally long, so the order is always the same.
    return sorted(waiting, key=lambda one: (one.priority, one.since, one.key))


def fits(one: Waiting, *, starts_at: datetime, clinician_id: int, zone: str) -> bool:
    """Return whether a time (aware) and its clinician match the wish of this person."""
    wall = starts_at.astimezone(ZoneInfo(zone))
    return (
        one.clinician_id in (None, clinician_id)
        and _among(wall.weekday(), one.weekdays)
        and _among(part_of(wall), one.parts)
    )


def _among(value: object, wished: Collection[object]) -> bool:
    """Return whether the value was wished for; an empty wish means any."""
    return not wished or value in wished


def is_reading_time(now: datetime, zone: str) -> bool:
    """Return whether offers are mailed at this hour."""
    return DAY_BEGINS <= now.astimezone(ZoneInfo(zone)).hour < DAY_ENDS


def offer_ends(now: datetime, *, hours: int, starts_at: datetime, zone: str) -> datetime:
    """Return until when (UTC) an offer made at `now` is open.

    It is open for `hours` hours, not counting those between 20:00 and 8:00, and never later than
    four hours before the visit.
    """
    # Use up the hours day by day, each from 8:00 to 20:00.
    left, at = timedelta(hours=hours), now.astimezone(UTC)
    while True:
        day = at.astimezone(ZoneInfo(zone)).date()
        begins, ends = (instant(day, time(hour), zone) for hour in (DAY_BEGINS, DAY_ENDS))
        at = max(at, begins)
        if at + left <= ends:
            return min(at + left, starts_at.astimezone(UTC) - BEFORE_VISIT)
        # An offer made after 20:00 uses nothing of that day.
        left -= max(ends - at, timedelta())
        at = instant(day + timedelta(days=1), time(DAY_BEGINS), zone)
