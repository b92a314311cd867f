"""Time counted in open times: a call while somebody is there, working days, hours of a day."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from clinic.practice.hours_text import alike_days
from clinic.practice.working_time import (
    OpenTime,
    clinic_hours_between,
    clinic_hours_later,
    due_while_open,
    end_of_working_day,
    is_open,
    next_opening,
)

NEW_YORK = ZoneInfo("America/New_York")


def at(text: str) -> datetime:
    """Read a wall time of the clinic in 2027: "02-01 11:00"."""
    return datetime.fromisoformat(f"2027-{text}").replace(tzinfo=NEW_YORK).astimezone(UTC)


def opened(*texts: str) -> list[OpenTime]:
    """Read open times: "02-01 08:00-17:00"."""
    days = [text.split() for text in texts]
    return [
        (at(f"{day} {hours.split('-')[0]}"), at(f"{day} {hours.split('-')[1]}"))
        for day, hours in days
    ]


# Monday with a lunch, Tuesday with a meeting of twenty minutes left, Thursday.
WEEK = opened("02-01 08:00-12:00", "02-01 13:00-17:00", "02-02 16:40-17:00", "02-04 09:00-16:00")


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("02-01 08:00", "02-01 10:00"),  # two hours
        ("02-01 10:00", "02-01 12:00"),
        ("02-01 10:01", "02-01 12:00"),  # it closes before: at closing
        ("02-01 11:30", "02-01 12:00"),  # just half an hour
        ("02-01 11:31", "02-01 13:15"),  # less: a quarter of an hour after it opens again
        ("02-01 12:00", "02-01 13:15"),
        ("02-01 15:20", "02-01 17:00"),
        ("02-01 16:31", "02-02 16:55"),
        ("02-01 20:00", "02-02 16:55"),
        ("02-02 16:40", "02-04 09:15"),  # twenty minutes are too few for a call
        ("02-04 15:45", None),  # nothing more is known
    ],
)
def test_a_call_is_due_while_somebody_is_there(start: str, due: str | None) -> None:
    found = due_while_open(
        at(start),
        WEEK,
        within=timedelta(hours=2),
        at_least=timedelta(minutes=30),
        after_opening=timedelta(minutes=15),
    )
    assert found == (at(due) if due else None)


def test_an_open_time_shorter_than_the_wait_after_opening_is_due_at_its_end() -> None:
    short = opened("02-01 08:00-08:10")
    found = due_while_open(
        at("02-01 07:00"),
        short,
        within=timedelta(hours=2),
        at_least=timedelta(minutes=30),
        after_opening=timedelta(minutes=15),
    )
    assert found == at("02-01 08:10")


@pytest.mark.parametrize(
    ("start", "hours", "later"),
    [
        ("02-01 08:00", 4, "02-01 12:00"),
        ("02-01 08:00", 5, "02-01 14:00"),
        ("02-01 07:00", 1, "02-01 09:00"),
        ("02-01 16:50", 0.5, "02-02 17:00"),
        ("02-01 16:50", 1, "02-04 09:30"),
        ("02-04 15:00", 2, None),
    ],
)
def test_hours_are_counted_while_the_clinic_is_open(
    start: str, hours: float, later: str | None
) -> None:
    assert clinic_hours_later(at(start), hours, WEEK) == (at(later) if later else None)


def test_open_time_between_two_instants() -> None:
    for start, end, minutes in (
        ("02-01 11:00", "02-01 14:00", 120),
        ("02-01 12:15", "02-01 12:45", 0),
        ("02-01 16:00", "02-04 10:00", 60 + 20 + 60),
        ("02-04 18:00", "02-04 17:00", 0),
    ):
        assert clinic_hours_between(at(start), at(end), WEEK) == timedelta(minutes=minutes), start


def test_a_working_day_ends_when_its_last_open_time_does() -> None:
    zone = "America/New_York"
    for start, days, ends in (
        ("01-29 12:00", 1, "02-01 17:00"),
        ("02-01 07:00", 1, "02-02 17:00"),
        ("02-01 07:00", 2, "02-04 16:00"),
    ):
        assert end_of_working_day(at(start), days, WEEK, zone=zone) == at(ends)
    assert end_of_working_day(at("02-02 09:00"), 2, WEEK, zone=zone) is None


def test_open_until_just_before_closing_and_the_opening_after() -> None:
    for when, is_it, opens in (
        ("02-01 08:00", True, "02-01 13:00"),
        ("02-01 11:59", True, "02-01 13:00"),
        ("02-01 12:00", False, "02-01 13:00"),
        ("02-02 17:00", False, "02-04 09:00"),
        ("02-04 09:00", True, None),
    ):
        assert is_open(at(when), WEEK) == is_it, when
        assert next_opening(at(when), WEEK) == (at(opens) if opens else None), when


def test_time_over_a_clock_change_is_elapsed_time() -> None:
    # Open around the clock in both nights: 2:00 comes never on March 14, 1:00 twice on November 7.
    for day, elapsed in (("03-14", "05:00"), ("11-07", "03:00")):
        night = [(at(f"{day} 00:00"), at(f"{day} 12:00"))]
        assert clinic_hours_later(at(f"{day} 00:00"), 4, night) == at(f"{day} {elapsed}")


def test_days_of_the_same_hours_stand_together() -> None:
    early, late = (time(8), time(17)), (time(12), time(20))
    week = [[early], [early], [early], [late], [early], [], []]
    assert alike_days(week) == [([range(3), range(4, 5)], [early]), ([range(3, 4)], [late])]
    assert alike_days([[]] * 7) == []
