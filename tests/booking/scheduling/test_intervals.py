"""Interval arithmetic against the plainest model there is: the set of seconds in the intervals."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from booking.scheduling.intervals import contains, merge, moment, overlaps, pad, span, subtract

interval = st.tuples(st.integers(0, 30), st.integers(0, 30)).map(lambda ends: tuple(sorted(ends)))
intervals = st.lists(interval, max_size=8)


def seconds(some) -> set[int]:
    return {second for start, end in some for second in range(start, end)}


def is_merged(some) -> bool:
    """Return whether they are sorted, and none is empty or touches the next."""
    return all(start < end for start, end in some) and all(
        one[1] < other[0] for one, other in pairwise(some)
    )


@given(intervals)
def test_merging_keeps_the_time_and_tidies_it(some):
    assert seconds(merge(some)) == seconds(some)
    assert is_merged(merge(some))


@given(intervals, intervals)
def test_subtracting_leaves_what_is_only_in_the_first(one, other):
    left = subtract(merge(one), merge(other))
    assert seconds(left) == seconds(one) - seconds(other)
    assert is_merged(left)


@given(intervals, st.integers(-2, 32))
def test_an_instant_is_in_the_start_and_not_in_the_end(some, instant):
    assert contains(merge(some), instant) == (instant in seconds(some))


@given(intervals, st.integers(0, 30), st.integers(1, 10))
def test_overlapping_is_sharing_a_second(some, start, length):
    shared = seconds([(start, start + length)]) & seconds(some)
    assert overlaps(merge(some), start, start + length) == bool(shared)


@given(intervals, st.integers(0, 5), st.integers(0, 5))
def test_padding_reaches_so_far_before_and_after(some, before, after):
    full = merge(some)
    near = {s + away for s in seconds(full) for away in range(-before, after + 1)}
    assert seconds(pad(full, before, after)) == near


def test_datetimes_go_in_widened_to_whole_seconds_and_come_out_in_utc():
    nine = datetime(2027, 3, 14, 9, tzinfo=ZoneInfo("America/New_York"))
    start, end = span(nine + timedelta(microseconds=1), nine + timedelta(microseconds=2))
    assert (moment(start), moment(end)) == (nine, nine + timedelta(seconds=1))
    assert moment(start).tzinfo is UTC
