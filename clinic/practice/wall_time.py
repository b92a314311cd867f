"""Between the clinic's wall clock and instants, over both clock changes.

Instants are aware datetimes in UTC. A wall time that a spring night leaves out stands for the first
instant after it; one that an autumn night has twice stands for the first of the two.
"""

# mypy: disallow-any-explicit

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def instant(day: date, at: time, zone: str) -> datetime:
    """Return the instant when the clock in `zone` shows `at` on `day`, in UTC."""
    wall = datetime.combine(day, at).replace(fold=0)
    found = wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    if found.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == wall:
        return found
    return _end_of_gap(wall, zone)


def readings(day: date, at: time, zone: str) -> list[datetime]:
    """Return what a person may mean by that wall time: one instant (UTC), or two to choose from.

    A time that comes twice is either of the two. One that is left out is the time as far after the
    clocks went forward, or as far before.
    """
    wall = datetime.combine(day, at)
    return sorted(
        {wall.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC) for fold in (0, 1)}
    )


def _end_of_gap(wall: datetime, zone: str) -> datetime:
    """Read with the offset before the change a missing time lies after it, and the other way round;
    between the two the offset changes once."""
    tz = ZoneInfo(zone)
    before = wall.replace(tzinfo=tz, fold=1).astimezone(UTC)
    after = wall.replace(tzinfo=tz, fold=0).astimezone(UTC)
    offset_after = after.astimezone(tz).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle.astimezone(tz).utcoffset() == offset_after:
            after = middle
        else:
            before = middle
    return after


def clinic_date(at: datetime, zone: str) -> date:
    """Return the date that the clinic's calendar shows at that instant."""
    return at.astimezone(ZoneInfo(zone)).date()


def hours_before(at: datetime, hours: int, zone: str) -> datetime:
    """Return the instant so many hours earlier, where each full 24 hours is the same wall time on
    the day before, and what remains is elapsed time."""
    days, rest = divmod(hours, 24)
    if days:
        wall = at.astimezone(ZoneInfo(zone))
        at = instant(wall.date() - timedelta(days=days), wall.time(), zone)
    return at.astimezone(UTC) - timedelta(hours=rest)
