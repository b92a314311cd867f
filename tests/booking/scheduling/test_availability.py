"""What is offered, why the rest is not, and that the two always agree."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from booking.reasons import Reason
from booking.scheduling import availability
from booking.scheduling.availability import fairest, free_slots, reasons_not_free, slot_at
from booking.scheduling.intervals import Interval, span
from booking.scheduling.timetable import (
    ClinicianHours,
    ClosedTime,
    HoursRange,
    RoomHours,
    Slot,
    SlotWish,
    Timetable,
)

NEW_YORK = "America/New_York"
SPRING, AUTUMN = date(2027, 3, 14), date(2027, 11, 7)
MONDAY = date(2027, 2, 1)
NOON_BEFORE = datetime(2027, 1, 31, 17, tzinfo=UTC)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """Return a clinic wall time as an instant in UTC."""
    return datetime.combine(day, time(hour, minute), tzinfo=ZoneInfo(NEW_YORK)).astimezone(UTC)


def busy(day: date, hour: int, minute: int = 0, minutes: int = 60) -> Interval:
    return span(at(day, hour, minute), at(day, hour, minute) + timedelta(minutes=minutes))


def open_daily(clinician: int, starts: time, ends: time) -> ClinicianHours:
    return ClinicianHours(clinician, tuple(HoursRange(day, starts, ends) for day in range(7)))


TIMETABLE = Timetable(
    zone=NEW_YORK, clinicians=(open_daily(1, time(9), time(12)),), rooms=("blue",)
)
WISH = SlotWish(now=NOON_BEFORE, minutes=60, grid_minutes=30, buffer_after_minutes=15)


def walls(slots: list[Slot]) -> list[str]:
    return [slot.starts_at.astimezone(ZoneInfo(NEW_YORK)).strftime("%H:%M") for slot in slots]


# --- Every reason has a case that fires -----------------------------------------------------------

NINE, TEN = at(MONDAY, 9), at(MONDAY, 10)
CASES = {
    availability.PAST: (TIMETABLE, replace(WISH, now=TEN + timedelta(seconds=1)), TEN),
    availability.TOO_SOON: (TIMETABLE, replace(WISH, now=TEN - timedelta(hours=11)), TEN),
    availability.BEYOND_HORIZON: (TIMETABLE, replace(WISH, horizon_days=0), TEN),
    availability.BEFORE_EARLIEST: (
        TIMETABLE,
        replace(WISH, earliest_on=MONDAY + timedelta(days=1)),
        TEN,
    ),
    availability.AFTER_LATEST: (
        TIMETABLE,
        replace(WISH, latest_on=MONDAY - timedelta(days=1)),
        TEN,
    ),
    availability.PAUSED: (
        TIMETABLE,
        replace(WISH, pauses=((MONDAY, MONDAY + timedelta(days=1)),)),
        TEN,
    ),
    availability.OFF_GRID: (TIMETABLE, WISH, at(MONDAY, 10, 15)),
    availability.REPEATED_HOUR: (
        replace(TIMETABLE, clinicians=(open_daily(1, time(0), time(5)),)),
        replace(WISH, horizon_days=365),
        datetime(2027, 11, 7, 6, 30, tzinfo=UTC),
    ),
    availability.CLINICIAN_INACTIVE: (
        replace(TIMETABLE, clinicians=(replace(TIMETABLE.clinicians[0], is_active=False),)),
        WISH,
        TEN,
    ),
    availability.DOES_NOT_DO_SERVICE: (
        replace(TIMETABLE, clinicians=(replace(TIMETABLE.clinicians[0], does_service=False),)),
        WISH,
        TEN,
    ),
    availability.NEEDS_NOT_MET: (
        replace(TIMETABLE, clinicians=(replace(TIMETABLE.clinicians[0], meets_needs=False),)),
        WISH,
        TEN,
    ),
    availability.OUTSIDE_HOURS: (TIMETABLE, WISH, at(MONDAY, 11, 30)),
    availability.CLOSED: (replace(TIMETABLE, closures=(ClosedTime(busy(MONDAY, 10)),)), WISH, TEN),
    availability.CLINICIAN_BUSY: (
        replace(TIMETABLE, clinician_busy={1: [busy(MONDAY, 10, 30)]}),
        WISH,
        TEN,
    ),
    availability.BUFFER: (
        replace(TIMETABLE, clinician_busy={1: [busy(MONDAY, 11)]}),
        WISH,
        TEN,
    ),
    availability.NO_ROOM: (replace(TIMETABLE, room_busy={"blue": [busy(MONDAY, 10)]}), WISH, TEN),
    availability.NO_ROOM_OPEN: (
        replace(TIMETABLE, room_hours={"blue": RoomHours((HoursRange(0, time(11), time(12)),))}),
        WISH,
        TEN,
    ),
    availability.PATIENT_BUSY: (
        replace(TIMETABLE, patient_busy=[busy(MONDAY, 10, 59, minutes=1)]),
        WISH,
        TEN,
    ),
}


@pytest.mark.parametrize("reason", CASES, ids=lambda reason: reason.code)
def test_each_reason_fires_alone_and_the_time_is_not_offered(reason):
    timetable, wish, start = CASES[reason]
    assert reasons_not_free(timetable, wish, clinician_id=1, starts_at=start) == [reason]
    day = start.astimezone(ZoneInfo(NEW_YORK)).date()
    assert start not in {s.starts_at for s in free_slots(timetable, wish, first_day=day, days=1)}
    assert slot_at(timetable, wish, clinician_id=1, starts_at=start) is None


def test_no_reason_is_without_a_case():
    declared = {value for value in vars(availability).values() if isinstance(value, Reason)}
    assert declared == set(CASES)
    assert len({reason.code for reason in declared}) == len(declared)


def test_a_free_time_has_no_reason_against_it():
    assert reasons_not_free(TIMETABLE, WISH, clinician_id=1, starts_at=TEN) == []
    assert slot_at(TIMETABLE, WISH, clinician_id=1, starts_at=TEN) == Slot(
        TEN, at(MONDAY, 11), 1, "blue"
    )


# --- Boundaries -----------------------------------------------------------------------------------


def test_a_day_offers_what_ends_by_closing_time():
    slots = free_slots(TIMETABLE, WISH, first_day=MONDAY, days=1)
    assert walls(slots) == ["09:00", "09:30", "10:00", "10:30", "11:00"]
    assert slots[0] == Slot(NINE, TEN, 1, "blue")


def test_several_ranges_a_day_leave_lunch_free_and_touching_ones_are_one():
    ranges = ((9, 11), (11, 12), (13, 15))
    hours = tuple(HoursRange(0, time(start), time(end)) for start, end in ranges)
    timetable = replace(TIMETABLE, clinicians=(ClinicianHours(1, hours),))
    slots = free_slots(timetable, WISH, first_day=MONDAY, days=7)
    expected = ["09:00", "09:30", "10:00", "10:30", "11:00", "13:00", "13:30", "14:00"]
    assert walls(slots) == expected


def test_hours_hold_between_their_two_dates_both_included():
    days = [MONDAY + timedelta(weeks=n) for n in range(4)]
    hours = (HoursRange(0, time(9), time(10), valid_from=days[1], valid_until=days[2]),)
    timetable = replace(TIMETABLE, clinicians=(ClinicianHours(1, hours),))
    slots = free_slots(timetable, WISH, first_day=days[0], days=28)
    assert [slot.starts_at for slot in slots] == [at(days[1], 9), at(days[2], 9)]


def test_buffers_keep_apart_from_other_visits_but_not_from_closing_time_or_time_off():
    # Busy until 10:15 with its buffer; time off from 12:00, just when the last visit ends.
    timetable = replace(
        TIMETABLE,
        clinician_busy={1: [busy(MONDAY, 9, minutes=75)]},
        closures=(ClosedTime(busy(MONDAY, 12), clinician_id=1),),
    )
    assert walls(free_slots(timetable, WISH, first_day=MONDAY, days=1)) == ["10:30", "11:00"]
    # A quarter of an hour before the next visit is just enough.
    next_visit = replace(TIMETABLE, clinician_busy={1: [busy(MONDAY, 10, 15, minutes=105)]})
    assert walls(free_slots(next_visit, WISH, first_day=MONDAY, days=1)) == ["09:00"]
    before = replace(WISH, buffer_before_minutes=30)
    assert walls(free_slots(timetable, before, first_day=MONDAY, days=1)) == ["11:00"]


@pytest.mark.parametrize(("notice", "first"), [(0, "09:00"), (1, "09:30"), (2, "10:30")])
def test_notice_is_elapsed_time_and_exactly_enough_is_enough(notice, first):
    wish = replace(WISH, now=at(MONDAY, 8, 30), notice_hours=notice)
    assert walls(free_slots(TIMETABLE, wish, first_day=MONDAY, days=1))[0] == first


def test_a_moment_less_than_the_notice_is_too_little():
    just_after = at(MONDAY, 8, 30) + timedelta(microseconds=1)
    wish = replace(WISH, now=just_after, notice_hours=1)
    assert walls(free_slots(TIMETABLE, wish, first_day=MONDAY, days=1))[0] == "10:00"


def test_the_horizon_and_the_dates_of_a_wish_are_the_clinics_dates():
    # 23:30 in New York is already the next day in UTC; half an hour later it is in New York too.
    for minutes, last in ((0, MONDAY), (30, MONDAY + timedelta(days=1))):
        now = datetime(2027, 2, 1, 4, 30, tzinfo=UTC) + timedelta(minutes=minutes)
        wish = replace(WISH, now=now, notice_hours=0, horizon_days=1)
        slots = free_slots(TIMETABLE, wish, first_day=MONDAY, days=7)
        assert slots[-1].starts_at == at(last, 11)
    wish = replace(WISH, earliest_on=SPRING, latest_on=SPRING)
    slots = free_slots(TIMETABLE, wish, first_day=MONDAY, days=60)
    assert (slots[0].starts_at, slots[-1].starts_at) == (at(SPRING, 9), at(SPRING, 11))


def test_the_first_free_room_is_given_and_a_closed_one_passed_over():
    timetable = replace(
        TIMETABLE,
        rooms=("blue", "green"),
        room_busy={"blue": [busy(MONDAY, 9)]},
        closures=(ClosedTime(busy(MONDAY, 11), room_id="green"),),
    )
    slots = free_slots(timetable, WISH, first_day=MONDAY, days=1)
    rooms = dict(zip(walls(slots), (slot.room_id for slot in slots), strict=True))
    assert rooms == dict.fromkeys(["09:00", "09:30"], "green") | dict.fromkeys(
        ["10:00", "10:30", "11:00"], "blue"
    )


@pytest.mark.parametrize(
    "forged",
    [
        datetime.min.replace(tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, tzinfo=UTC),
        TEN + timedelta(seconds=1),
        TEN + timedelta(microseconds=1),
    ],
)
def test_a_forged_start_is_only_another_refusal(forged):
    assert reasons_not_free(TIMETABLE, WISH, clinician_id=1, starts_at=forged)
    assert slot_at(TIMETABLE, WISH, clinician_id=1, starts_at=forged) is None


def test_any_dates_may_be_searched():
    assert free_slots(TIMETABLE, WISH, first_day=date.max, days=10**9) == []
    wish = replace(WISH, horizon_days=1)
    slots = free_slots(TIMETABLE, wish, first_day=date.min, days=10**9)
    assert {slot.starts_at.date() for slot in slots} == {MONDAY}


def test_a_stranger_among_clinicians_takes_no_visits():
    reasons = reasons_not_free(TIMETABLE, WISH, clinician_id=7, starts_at=TEN)
    assert availability.CLINICIAN_INACTIVE in reasons


def test_a_visit_takes_time_and_a_grid_divides_the_hour():
    for wrong in ({"minutes": 0}, {"grid_minutes": 25}):
        with pytest.raises(ValueError):
            replace(WISH, **wrong)


def test_any_clinician_is_the_one_with_the_least_to_do_then_the_first():
    slots = [Slot(NINE, TEN, clinician, "blue") for clinician in (1, 2, 3)]
    assert fairest(slots, {1: 4, 2: 2, 3: 2}).clinician_id == 2
    assert fairest(slots, {1: 4, 2: 2}).clinician_id == 3
    assert fairest(slots, {}).clinician_id == 1


# --- Both clock changes ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "utc_hours"),
    [
        (date(2027, 3, 13), (14, 18)),
        (SPRING, (13, 17)),
        (date(2027, 3, 15), (13, 17)),
        (date(2027, 11, 6), (13, 17)),
        (AUTUMN, (14, 18)),
        (date(2027, 11, 8), (14, 18)),
        (date(2028, 2, 29), (14, 18)),
        (date(2027, 12, 31), (14, 18)),
        (date(2027, 1, 3), (14, 18)),
    ],
)
def test_nine_and_one_are_nine_and_one_on_every_date(day, utc_hours):
    timetable = replace(TIMETABLE, clinicians=(open_daily(1, time(9), time(14)),))
    wish = replace(WISH, now=datetime(2026, 12, 1, tzinfo=UTC), horizon_days=500)
    slots = free_slots(timetable, wish, first_day=day, days=1)
    assert walls(slots)[0] == "09:00"
    assert walls(slots)[-1] == "13:00"
    assert (slots[0].starts_at.hour, slots[-1].starts_at.hour) == utc_hours


def test_the_missing_hour_offers_nothing_and_the_doubled_one_once():
    timetable = replace(TIMETABLE, clinicians=(open_daily(1, time(0), time(5)),))
    wish = replace(WISH, minutes=30, horizon_days=365)
    expected = [f"{hour:02}:{minute:02}" for hour in range(5) for minute in (0, 30)]
    spring = walls(free_slots(timetable, wish, first_day=SPRING, days=1))
    assert spring == [wall for wall in expected if not wall.startswith("02")]
    autumn = free_slots(timetable, wish, first_day=AUTUMN, days=1)
    assert walls(autumn) == expected
    assert autumn[3].starts_at == datetime(2027, 11, 7, 5, 30, tzinfo=UTC)
