"""Count time in clinic hours: Monday to Friday, 8:00 to 17:00 on the clinic's clock.

A call or a review that is owed within so many clinic hours is due at an instant computed here. All
`start` and `end` are aware; all results are in UTC.
"""

# mypy: disallow-any-explicit

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

OPENS, CLOSES = time(8), time(17)


def is_working_day(day: date, holidays: Collection[date]) -> bool:
    """Return whether the clinic works on this date."""
    # Monday is 0, Friday 4.
    return day.weekday() < 5 and day not in holidays


def _hours(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return when the clinic opens and closes on this date (UTC)."""
    # Converted before anything is counted: Python ignores a clock change between two times that
    # carry the same zone.
    at = (datetime.combine(day, wall, zone) for wall in (OPENS, CLOSES))
    opens, closes = (moment.astimezone(UTC) for moment in at)
    return opens, closes


def add_clinic_hours(
    start: datetime, hours: float, *, zone: str, holidays: Collection[date] = ()
) -> datetime:
    """Return the instant that many clinic hours after `start`, which may lie outside of them."""
    tz, left = ZoneInfo(zone), timedelta(hours=hours)
    day = start.astimezone(tz).date()
    while True:
        if is_working_day(day, holidays):
            opens, closes = _hours(day, tz)
            begin = max(opens, start.astimezone(UTC))
            if begin + left <= closes:
                return begin + left
            # Nothing is left of this day when `start` is after closing.
            left -= max(closes - begin, timedelta())
        day += timedelta(days=1)


def clinic_hours_between(
    start: datetime, end: datetime, *, zone: str, holidays: Collection[date] = ()
) -> timedelta:
    """Return how much of the time from `start` to `end` lies within clinic hours."""
    tz, total = ZoneInfo(zone), timedelta()
    day, last = start.astimezone(tz).date(), end.astimezone(tz).date()
    while day <= last:
        if is_working_day(day, holidays):
            opens, closes = _hours(day, tz)
            # 0 and not less for a day on which `start` is after closing or `end` before opening.
            total += max(min(closes, end) - max(opens, start), timedelta())
        day += timedelta(days=1)
    return total


def end_of_working_day(
    start: datetime, *, days: int = 1, zone: str, holidays: Collection[date] = ()
) -> datetime:
    """Return 17:00 on the clinic's clock of the `days`-th working day after the date of `start`."""
    tz = ZoneInfo(zone)
    day = start.astimezone(tz).date()
    while days:
        day += timedelta(days=1)
        # True and False count as 1 and 0.
        days -= is_working_day(day, holidays)
    return _hours(day, tz)[1]
