"""Wall time around both clock changes of 2027, and in zones that change differently."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.practice.wall_time import clinic_date, hours_before, instant

NEW_YORK = "America/New_York"
SPRING, AUTUMN = date(2027, 3, 14), date(2027, 11, 7)


def utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "wall", "expected"),
    [
        (date(2027, 3, 13), time(9), utc(2027, 3, 13, 14)),
        (SPRING, time(1, 59), utc(2027, 3, 14, 6, 59)),
        (SPRING, time(2), utc(2027, 3, 14, 7)),
        (SPRING, time(2, 59), utc(2027, 3, 14, 7)),
        (SPRING, time(3), utc(2027, 3, 14, 7)),
        (SPRING, time(9), utc(2027, 3, 14, 13)),
        (AUTUMN, time(0, 59), utc(2027, 11, 7, 4, 59)),
        (AUTUMN, time(1), utc(2027, 11, 7, 5)),
        (AUTUMN, time(1, 59), utc(2027, 11, 7, 5, 59)),
        (AUTUMN, time(2), utc(2027, 11, 7, 7)),
        (AUTUMN, time(9), utc(2027, 11, 7, 14)),
        (date(2028, 2, 29), time(9), utc(2028, 2, 29, 14)),
        (date(2027, 12, 31), time(23, 30), utc(2028, 1, 1, 4, 30)),
    ],
)
def test_a_wall_time_is_one_instant(day, wall, expected):
    assert instant(day, wall, NEW_YORK) == expected


def test_a_time_that_exists_twice_is_the_first_whatever_its_fold():
    assert instant(AUTUMN, time(1, 30, fold=1), NEW_YORK) == utc(2027, 11, 7, 5, 30)


def test_the_gap_ends_where_the_zone_defines_it():
    # Lord Howe Island goes from 2:00 to 2:30.
    assert instant(date(2027, 10, 3), time(2, 10), "Australia/Lord_Howe") == utc(
        2027, 10, 2, 15, 30
    )
    # Beirut's day begins at 1:00 when the clocks go forward at midnight.
    assert instant(date(2027, 3, 28), time(0), "Asia/Beirut") == utc(2027, 3, 27, 22)


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (utc(2027, 6, 2, 3, 30), date(2027, 6, 1)),
        (utc(2027, 6, 2, 4, 30), date(2027, 6, 2)),
        (utc(2027, 12, 2, 4, 30), date(2027, 12, 1)),
        (utc(2028, 2, 29, 12), date(2028, 2, 29)),
    ],
)
def test_the_date_is_that_of_the_clinic(at, day):
    assert clinic_date(at, NEW_YORK) == day


@pytest.mark.parametrize(
    ("at", "hours", "expected"),
    [
        # 24 hours before is the same wall time, 23 or 25 elapsed hours over a change.
        (utc(2027, 3, 14, 13), 24, utc(2027, 3, 13, 14)),
        (utc(2027, 11, 7, 14), 24, utc(2027, 11, 6, 13)),
        (utc(2027, 3, 15, 13), 48, utc(2027, 3, 13, 14)),
        # What remains beyond full days is elapsed.
        (utc(2027, 3, 14, 13), 8, utc(2027, 3, 14, 5)),
        (utc(2027, 3, 15, 13), 32, utc(2027, 3, 14, 5)),
        # 2:30 is missing on the day before, 1:30 is there twice.
        (utc(2027, 3, 15, 6, 30), 24, utc(2027, 3, 14, 7)),
        (utc(2027, 11, 8, 6, 30), 24, utc(2027, 11, 7, 5, 30)),
    ],
)
def test_full_days_before_are_counted_on_the_clinics_clock(at, hours, expected):
    assert hours_before(at, hours, NEW_YORK) == expected


@given(
    st.integers(0, 365 * 24 * 60).map(lambda n: utc(2027, 1, 1) + timedelta(minutes=n)),
    st.sampled_from([24, 48, 72]),
)
def test_a_lead_in_days_differs_from_elapsed_time_by_an_hour_at_most(at, hours):
    elapsed = at - hours_before(at, hours, NEW_YORK)
    assert abs(elapsed - timedelta(hours=hours)) <= timedelta(hours=1)
