"""Count time in the clinic's open times: how many hours later, how many between, which day's end.

Open times are pairs of aware datetimes (opens, closes) in UTC, in order, that neither overlap nor
touch; each lies on one clinic date. `booking.opening_hours.queries.clinic_open_times` finds them.
Every function is plain arithmetic: no clock, no database. All results are in UTC. What lies beyond
the open times that were handed in cannot be known: the result is then None.
"""

# mypy: disallow-any-explicit

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from clinic.practice.wall_time import clinic_date

OpenTime = tuple[datetime, datetime]


def _from(start: datetime, open_times: Iterable[OpenTime]) -> Iterator[OpenTime]:
    """Yield what is left of the open times after `start`."""
    for opens, closes in open_times:
        if closes > start:
            yield max(opens, start.astimezone(UTC)), closes


def is_open(at: datetime, open_times: Iterable[OpenTime]) -> bool:
    """Return whether the clinic is open at that instant; at the one of closing it is not."""
    return any(opens <= at < closes for opens, closes in open_times)


def next_opening(after: datetime, open_times: Iterable[OpenTime]) -> datetime | None:
    """Return when the clinic next opens, later than `after`; None when it does not."""
    return next((opens for opens, _closes in open_times if opens > after), None)


def clinic_hours_later(
    start: datetime, hours: float, open_times: Iterable[OpenTime]
) -> datetime | None:
    """Return the instant that many open hours after `start`, which may lie outside of them."""
    left = timedelta(hours=hours)
    for begins, closes in _from(start, open_times):
        if begins + left <= closes:
            return begins + left
        left -= closes - begins
    return None


def clinic_hours_between(
    start: datetime, end: datetime, open_times: Iterable[OpenTime]
) -> timedelta:
    """Return how much of the time from `start` to `end` the clinic is open."""
    open_parts = (min(closes, end) - begins for begins, closes in _from(start, open_times))
    # Never less than nothing: an open time after `end` adds none.
    return sum((max(part, timedelta()) for part in open_parts), timedelta())


def end_of_working_day(
    start: datetime, days: int, open_times: Iterable[OpenTime], *, zone: str
) -> datetime | None:
    """Return when the clinic closes on the `days`-th working day after the date of `start`.

    A working day is a clinic date on which the clinic is open at all. Of a day with several open
    times it is the end of the last one.
    """
    today = clinic_date(start, zone)
    # A later open time of the same date takes the place of an earlier one.
    closing = {clinic_date(opens, zone): closes for opens, closes in open_times}
    ends = [closes for day, closes in closing.items() if day > today]
    return ends[days - 1] if len(ends) >= days else None


def due_while_open(
    start: datetime,
    open_times: Sequence[OpenTime],
    *,
    within: timedelta,
    at_least: timedelta,
    after_opening: timedelta,
) -> datetime | None:
    """Return by when somebody answers what came at `start`, while the clinic is open.

    That is `within` later when the clinic stays open till then. If it closes before, it is at
    closing, provided that `at_least` remains; else `after_opening` past the next opening, or the
    end of that open time if it is as short as that. What comes earlier is never due later.
    """
    for opens, closes in open_times:
        if opens <= start < closes:
            if closes - start >= at_least:
                return min(start.astimezone(UTC) + within, closes)
        elif opens > start:
            return min(opens + after_opening, closes)
    return None
