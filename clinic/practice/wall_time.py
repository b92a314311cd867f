"""Convert between the clinic's wall time and instants, also around both clock changes.

Instants are aware datetimes in UTC. A wall time that does not exist, when the clocks go forward,
stands for the first instant after the gap. One that exists twice, when they go back, stands for
the first of the two.
"""

# mypy: disallow-any-explicit

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

_SECOND, _DAY = timedelta(seconds=1), timedelta(days=1)


def instant(day: date, at: time, zone: str) -> datetime:
    """Return the instant (UTC) at which the clock in `zone` shows `at` on `day`."""
    # fold=0: of a time that exists twice the first.
    wall = datetime.combine(day, at).replace(fold=0)
    found = wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    # Python converts a wall time that does not exist as well: only the way back tells.
    if found.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == wall:
        return found
    return _end_of_gap(wall, zone)


def readings(day: date, at: time, zone: str) -> list[datetime]:
    """Return what a person may mean by this wall time: one instant (UTC), or two to choose from.

    A time that exists twice may mean either. One that does not exist is read with the offset before
    the clocks went forward and with the one after.
    """
    wall = datetime.combine(day, at)
    # A set: for all other times both folds give the same instant.
    return sorted(
        {wall.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC) for fold in (0, 1)}
    )


def _end_of_gap(wall: datetime, zone: str) -> datetime:
    """Return the instant (UTC) at which the clocks went forward over this missing wall time.

    Read with the offset after the change, a missing time lies before the change; read with the
    offset before it, it lies after. Between the two the offset changes once, so this halves the
    distance until one second is left.
    """
    tz = ZoneInfo(zone)
    before = wall.replace(tzinfo=tz, fold=1).astimezone(UTC)
    after = wall.replace(tzinfo=tz, fold=0).astimezone(UTC)
    return _change_between(before, after, tz)


def _change_between(before: datetime, after: datetime, tz: tzinfo) -> datetime:
    """Return the first whole second (UTC) with the offset of `after`, which `before` has not."""
    offset_after = after.astimezone(tz).utcoffset()
    while after - before > _SECOND:
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle.astimezone(tz).utcoffset() == offset_after:
            after = middle
        else:
            before = middle
    return after


def clinic_date(at: datetime, zone: str) -> date:
    """Return the date in `zone` at that instant."""
    return at.astimezone(ZoneInfo(zone)).date()


def hours_before(at: datetime, hours: int, zone: str) -> datetime:
    """Return the instant (UTC) that many hours before `at`.

    Each full 24 hours go back to the same wall time on the day before, also when the clocks change
    in between; the hours that remain are elapsed time.
    """
    days, rest = divmod(hours, 24)
    if days:
        wall = at.astimezone(ZoneInfo(zone))
        at = instant(wall.date() - timedelta(days=days), wall.time(), zone)
    return at.astimezone(UTC) - timedelta(hours=rest)


@dataclass(frozen=True, slots=True)
class ClockReading:
    """What a clock shows at an instant: the wall time (naive), and how far it is ahead of UTC."""

    wall: datetime
    offset: timedelta


def reading(at: datetime, tz: tzinfo) -> ClockReading:
    """Return what the clock of this zone shows at that instant."""
    wall = at.astimezone(tz).replace(tzinfo=None, fold=0)
    return ClockReading(wall, wall - at.astimezone(UTC).replace(tzinfo=None))


def kept(promised: ClockReading, zone: str) -> datetime:
    """Return the instant (UTC) at which the clock in `zone` shows the promised wall time.

    Of a time that exists twice it is the one with the promised offset, else the first.
    """
    same = (promised.wall - promised.offset).replace(tzinfo=UTC)
    if reading(same, ZoneInfo(zone)).wall == promised.wall:
        return same
    return instant(promised.wall.date(), promised.wall.time(), zone)


@dataclass(frozen=True, slots=True)
class Offset:
    """How far a clock is ahead of UTC, from one instant until before another; None: no end."""

    begins: datetime | None
    ends: datetime | None
    ahead: timedelta


def offsets(tz: tzinfo, first: datetime, last: datetime) -> Iterator[Offset]:
    """Yield the offsets of a zone, in order, with every change between the two instants.

    The first has no beginning and the last no end. Two changes within a day count as one.
    """
    begins, at = None, first.astimezone(UTC)
    ahead = at.astimezone(tz).utcoffset() or timedelta()
    while at < last:
        after = min(at + _DAY, last.astimezone(UTC))
        then = after.astimezone(tz).utcoffset() or timedelta()
        if then != ahead:
            ends = _change_between(at, after, tz)
            yield Offset(begins, ends, ahead)
            begins, ahead = ends, then
        at = after
    yield Offset(begins, None, ahead)
