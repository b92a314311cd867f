"""Why a week has no free time, in words, by the same table of refusals that a search uses."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from booking.finding_times.why_none import reasons_for_none
from booking.scheduling.availability import free_slots
from booking.scheduling.intervals import moment, span
from booking.scheduling.timetable import (
    ClinicianHours,
    ClosedTime,
    HoursRange,
    SlotWish,
    Timetable,
)

ZONE = "America/New_York"
MONDAY = date(2027, 2, 1)
SUNDAY_NOON = datetime(2027, 1, 31, 17, tzinfo=ZoneInfo("UTC"))


def at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=ZoneInfo(ZONE))


def day(number: int) -> date:
    return MONDAY + timedelta(days=number)


def mornings(clinician: int, weekdays: range = range(5)) -> ClinicianHours:
    return ClinicianHours(clinician, tuple(HoursRange(one, time(9), time(12)) for one in weekdays))


def taken(numbers: range) -> dict[int, list[tuple[int, int]]]:
    """Return clinician 1 as busy on the mornings of these days."""
    return {1: [span(at(day(n), 9), at(day(n), 12)) for n in numbers]}


OPEN = Timetable(zone=ZONE, clinicians=(mornings(1),), rooms=("blue",))
WISH = SlotWish(now=SUNDAY_NOON, minutes=60, grid_minutes=30)
AWAY = ClosedTime(span(at(day(3), 0), at(day(5), 0)), 1, None)
ALL_WEEK = ClosedTime(span(at(day(0), 0), at(day(7), 0)), None, None)
ROOM_CLOSED = ClosedTime(span(at(day(0), 0), at(day(7), 0)), None, "blue")
CASES = [
    (OPEN, replace(WISH, horizon_days=0, now=SUNDAY_NOON - timedelta(days=9)), ["beyond_horizon"]),
    (OPEN, replace(WISH, earliest_on=day(7)), ["before_earliest"]),
    (OPEN, replace(WISH, latest_on=day(-1)), ["after_latest"]),
    (replace(OPEN, clinicians=()), WISH, ["clinician_inactive"]),
    (
        replace(OPEN, clinicians=(replace(mornings(1), is_active=False),)),
        WISH,
        ["clinician_inactive"],
    ),
    (
        replace(OPEN, clinicians=(replace(mornings(1), does_service=False),)),
        WISH,
        ["does_not_do_service"],
    ),
    (
        replace(OPEN, clinicians=(replace(mornings(1), meets_needs=False),)),
        WISH,
        ["needs_not_met"],
    ),
    (replace(OPEN, clinicians=(mornings(1, range(0)),)), WISH, ["outside_hours"]),
    (replace(OPEN, closures=(ALL_WEEK,)), WISH, ["closed"]),
    (replace(OPEN, clinician_busy=taken(range(5))), WISH, ["clinician_busy"]),
    # Away on Thursday and Friday, and everything before is taken: both are worth saying.
    (
        replace(OPEN, closures=(AWAY,), clinician_busy=taken(range(3))),
        WISH,
        ["closed", "clinician_busy"],
    ),
    (replace(OPEN, patient_busy=[span(at(day(0), 0), at(day(7), 0))]), WISH, ["patient_busy"]),
    (
        replace(OPEN, room_busy={"blue": [span(at(day(0), 0), at(day(7), 0))]}),
        WISH,
        ["no_room"],
    ),
    (replace(OPEN, closures=(ROOM_CLOSED,)), WISH, ["no_room_open"]),
    # The second clinician does not do the visit: of the first one every time is taken.
    (
        replace(
            OPEN,
            clinicians=(mornings(1), replace(mornings(2), does_service=False)),
            clinician_busy=taken(range(5)),
        ),
        WISH,
        ["clinician_busy"],
    ),
]


def any_start(_start: int) -> bool:
    return True


def in_the_evening(start: int) -> bool:
    return moment(start).astimezone(ZoneInfo(ZONE)).hour >= 17


@pytest.mark.parametrize(("timetable", "wish", "codes"), CASES)
def test_a_week_without_times_says_why(
    timetable: Timetable, wish: SlotWish, codes: list[str]
) -> None:
    assert free_slots(timetable, wish, first_day=MONDAY, days=7) == []
    found = reasons_for_none(timetable, wish, first_day=MONDAY, days=7, is_wanted=any_start)
    assert [one.code for one in found] == codes


@pytest.mark.parametrize(
    ("is_wanted", "codes"), [(in_the_evening, ["outside_hours"]), (lambda _start: False, [])]
)
def test_only_the_part_of_day_that_is_looked_for_counts(
    is_wanted: Callable[[int], bool], codes: list[str]
) -> None:
    found = reasons_for_none(OPEN, WISH, first_day=MONDAY, days=7, is_wanted=is_wanted)
    assert [one.code for one in found] == codes
