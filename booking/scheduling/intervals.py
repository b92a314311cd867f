"""Arithmetic on half-open intervals of time.

An interval is a pair (start, end) of whole seconds since 1970 in UTC. The start belongs to it, the
end does not, so one may begin where another ends. They are plain pairs of integers because a month
of ten clinicians is thousands of them. `span` and `moment` convert from and to datetimes.
"""

# mypy: disallow-any-explicit

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from math import ceil, floor

Interval = tuple[int, int]
Intervals = list[Interval]

# Longer than any calendar, in both directions.
EVER = (-(2**40), 2**40)


def span(start: datetime, end: datetime) -> Interval:
    """Return the interval between two aware datetimes, widened to whole seconds."""
    return floor(start.timestamp()), ceil(end.timestamp())


@lru_cache(maxsize=65_536)
def moment(seconds: int) -> datetime:
    """Return the instant as an aware datetime in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def merge(intervals: Iterable[Interval]) -> Intervals:
    """Return the same time as sorted intervals that neither overlap nor touch, without empty ones.

    Intervals may come in any order. A result of this kind is called merged.
    """
    merged: Intervals = []
    reached = EVER[0] - 1
    for start, end in sorted(intervals):
        if start > reached:
            if end > start:
                merged.append((start, end))
                reached = end
        elif end > reached:
            merged[-1] = (merged[-1][0], end)
            reached = end
    return merged


def subtract(intervals: Sequence[Interval], away: Sequence[Interval]) -> Intervals:
    """Return what is in `intervals` but not in `away`; both merged, and so is the result."""
    left: Intervals = []
    # Both are sorted, so `position` only ever moves on: what ends before this interval ends before
    # the next ones too.
    position = 0
    for start, end in intervals:
        while position < len(away) and away[position][1] <= start:
            position += 1
        reached, following = start, position
        while following < len(away) and away[following][0] < end:
            if reached < away[following][0]:
                left.append((reached, away[following][0]))
            reached = away[following][1]
            following += 1
        if reached < end:
            left.append((reached, end))
    return left


def pad(intervals: Iterable[Interval], before: int, after: int) -> Intervals:
    """Return each interval, starting `before` seconds earlier and ending `after` seconds later."""
    return [(start - before, end + after) for start, end in intervals]


def contains(intervals: Sequence[Interval], instant: int) -> bool:
    """Return whether the instant is in one of the merged intervals."""
    # The pair sorts after any interval that starts at the instant, so that one is found too.
    position = bisect_right(intervals, (instant, EVER[1])) - 1
    return position >= 0 and instant < intervals[position][1]


def overlaps(intervals: Iterable[Interval], start: int, end: int) -> bool:
    """Return whether any of the intervals overlaps [start, end); they need not be merged."""
    return any(begun < end and start < ended for begun, ended in intervals)
