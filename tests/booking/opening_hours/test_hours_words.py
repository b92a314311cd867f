"""Reading typed opening hours, and what remains of old hours when new ones replace them."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.opening_hours.changes import remaining
from booking.scheduling.timetable import HoursRange
from clinic.practice.hours_text import read_ranges, write_ranges
from clinic.practice.wall_time import readings

NEW_YORK = "America/New_York"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" , ", []),
        ("8-12", [(time(8), time(12))]),
        ("8 am to 12 pm and 1 pm-5:30 pm", [(time(8), time(12)), (time(13), time(17, 30))]),
        ("13:00–17:30; 8.15-12", [(time(8, 15), time(12)), (time(13), time(17, 30))]),
        ("12 am-1 am", [(time(0), time(1))]),
        ("12-8", None),
        ("8-8", None),
        ("8-12, 11-13", None),
        ("13 pm-2 pm", None),
        ("0 am-2 am", None),
        ("8-24", None),
        ("8:60-9", None),
        ("mornings", None),
        ("8-12-14", None),
    ],
)
def test_hours_are_read_as_people_write_them(
    text: str, expected: list[tuple[time, time]] | None
) -> None:
    assert read_ranges(text) == expected


@given(st.lists(st.integers(0, 1439), unique=True, max_size=8).map(sorted))
def test_written_hours_are_read_back_unchanged(minutes: list[int]) -> None:
    edges = [time(minute // 60, minute % 60) for minute in minutes]
    ranges = list(zip(edges[::2], edges[1::2], strict=False))
    assert read_ranges(write_ranges(ranges)) == ranges


MONDAY = date(2027, 2, 1)
dates = st.integers(-20, 20).map(lambda n: MONDAY + timedelta(days=n))
ranges = st.builds(
    HoursRange,
    st.integers(0, 6),
    st.just(time(8)),
    st.just(time(12)),
    st.none() | dates,
    st.none() | dates,
)


@given(st.lists(ranges, max_size=4), dates, st.none() | dates)
def test_new_hours_take_out_their_own_dates_and_no_other(
    old: list[HoursRange], first: date, last: date | None
) -> None:
    if last is not None and last < first:
        first, last = last, first
    left = remaining(old, first=first, last=last)
    for n in range(-30, 31):
        day = MONDAY + timedelta(days=n)
        is_new = first <= day and (last is None or day <= last)
        expected = 0 if is_new else sum(one.is_in_force(day) for one in old)
        assert sum(one.is_in_force(day) for one in left) == expected


def test_a_wall_time_that_comes_twice_or_never_has_two_readings() -> None:
    def found(day: date, hour: int) -> list[datetime]:
        return readings(day, time(hour, 30), NEW_YORK)

    assert found(date(2027, 11, 7), 1) == [
        datetime(2027, 11, 7, 5, 30, tzinfo=UTC),
        datetime(2027, 11, 7, 6, 30, tzinfo=UTC),
    ]
    assert found(date(2027, 3, 14), 2) == [
        datetime(2027, 3, 14, 6, 30, tzinfo=UTC),
        datetime(2027, 3, 14, 7, 30, tzinfo=UTC),
    ]
    assert found(MONDAY, 9) == [datetime(2027, 2, 1, 14, 30, tzinfo=UTC)]
