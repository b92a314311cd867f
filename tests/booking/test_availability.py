"""What is offered, why the rest is not, and that both are one and the same."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking import availability
from booking.availability import fairest, free_slots, reasons_not_free, slot_at
from booking.intervals import Interval, span
from booking.reasons import Reason
from booking.timetable import ClinicianHours, Closure, HoursRange, Slot, Timetable, Wish
from tests.booking import naive_calendar

NEW_YORK = "America/New_York"
SPRING, AUTUMN = date(2027, 3, 14), date(2027, 11, 7)
MONDAY = date(2027, 2, 1)
NOON_BEFORE = datetime(2027, 1, 31, 17, tzinfo=UTC)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """A wall time of the clinic as an instant in UTC."""
    return datetime.combine(day, time(hour, minute), tzinfo=ZoneInfo(NEW_YORK)).astimezone(UTC)


def busy(day: date, hour: int, minute: int = 0, minutes: int = 60) -> Interval:
    return span(at(day, hour, minute), at(day, hour, minute) + timedelta(minutes=minutes))


def open_daily(clinician: int, starts: time, ends: time) -> ClinicianHours:
    return ClinicianHours(clinician, tuple(HoursRange(day, starts, ends) for day in range(7)))


TIMETABLE = Timetable(
    zone=NEW_YORK, clinicians=(open_daily(1, time(9), time(12)),), rooms=("blue",)
)
WISH = Wish(now=NOON_BEFORE, minutes=60, grid_minutes=30, buffer_after_minutes=15)


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
    availability.CLOSED: (replace(TIMETABLE, closures=(Closure(busy(MONDAY, 10)),)), WISH, TEN),
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
    availability.NO_ROOM: (replace(TIMETABLE, rooms=()), WISH, TEN),
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
        closures=(Closure(busy(MONDAY, 12), clinician_id=1),),
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
        closures=(Closure(busy(MONDAY, 11), room_id="green"),),
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


# --- Offered exactly when nothing speaks against it, on random calendars --------------------------

ZONES = [NEW_YORK, "Australia/Lord_Howe", "Asia/Kathmandu"]
CHANGES = {
    NEW_YORK: [SPRING, AUTUMN],
    "Australia/Lord_Howe": [date(2027, 4, 4), date(2027, 10, 3)],
    "Asia/Kathmandu": [MONDAY],
}
wall_times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 10, 15, 30, 45]))
ids = st.sampled_from([1, 2])
rooms = st.sampled_from(["blue", "green"])


@st.composite
def spans_near(draw, day: date) -> Interval:
    begin = datetime.combine(day, time(0), tzinfo=UTC) + timedelta(
        minutes=draw(st.integers(-12 * 60, 60 * 60))
    )
    return span(begin, begin + timedelta(minutes=draw(st.integers(1, 180))))


@st.composite
def hours_of(draw, clinician: int, day: date) -> ClinicianHours:
    pairs = draw(st.lists(st.tuples(wall_times, wall_times), min_size=1, max_size=3))
    dates = st.none() | st.sampled_from([day - timedelta(days=1), day, day + timedelta(days=1)])
    ranges = tuple(
        HoursRange((day.weekday() + n % 2) % 7, *sorted(pair), draw(dates), draw(dates))
        for n, pair in enumerate(pairs)
    )
    return ClinicianHours(clinician, ranges, does_service=draw(st.integers(0, 9)) > 0)


@st.composite
def calendars(draw) -> tuple[Timetable, Wish, date]:
    zone = draw(st.sampled_from(ZONES))
    day = draw(st.sampled_from(CHANGES[zone]))
    some = st.lists(spans_near(day), max_size=4)
    closures = st.builds(Closure, spans_near(day), st.none() | ids, st.none() | rooms)
    timetable = Timetable(
        zone=zone,
        clinicians=tuple(draw(hours_of(clinician, day)) for clinician in (1, 2)),
        rooms=tuple(draw(st.lists(rooms, unique=True, min_size=1))),
        closures=tuple(draw(st.lists(closures, max_size=2))),
        clinician_busy=draw(st.dictionaries(ids, some)),
        room_busy=draw(st.dictionaries(rooms, some)),
        patient_busy=draw(st.lists(spans_near(day), max_size=1)),
    )
    now = datetime.combine(day, time(0), tzinfo=UTC) + timedelta(
        minutes=draw(st.integers(-3000, 600)), microseconds=draw(st.sampled_from([0, 1]))
    )
    wish = Wish(
        now=now,
        minutes=draw(st.sampled_from([20, 45, 60, 90])),
        buffer_before_minutes=draw(st.sampled_from([0, 10])),
        buffer_after_minutes=draw(st.sampled_from([0, 15])),
        grid_minutes=draw(st.sampled_from([10, 15, 30, 60])),
        notice_hours=draw(st.sampled_from([0, 12])),
        horizon_days=draw(st.sampled_from([0, 1, 182])),
        earliest_on=draw(st.sampled_from([None, day, day + timedelta(days=1)])),
        latest_on=draw(st.sampled_from([None, day, day + timedelta(days=1)])),
    )
    return timetable, wish, day


@settings(max_examples=150, deadline=None)
@given(calendars())
def test_search_offers_what_minute_by_minute_reckoning_finds(case):
    timetable, wish, day = case
    expected = [
        Slot(
            start,
            start + timedelta(minutes=wish.minutes),
            clinician.clinician_id,
            naive_calendar.room_for(timetable, wish, start),
        )
        for date_ in (day, day + timedelta(days=1))
        for start in sorted(naive_calendar.starts_of_day(date_, wish.grid_minutes, timetable.zone))
        for clinician in timetable.clinicians
        if naive_calendar.is_free(timetable, wish, clinician, start)
    ]
    assert free_slots(timetable, wish, first_day=day, days=2) == expected


@settings(max_examples=150, deadline=None)
@given(calendars(), st.data())
def test_a_time_is_offered_exactly_when_nothing_speaks_against_it(case, data):
    timetable, wish, day = case
    slots = free_slots(timetable, wish, first_day=day, days=1)
    for slot in slots:
        where = {"clinician_id": slot.clinician_id, "starts_at": slot.starts_at}
        assert reasons_not_free(timetable, wish, **where) == []
        assert slot_at(timetable, wish, **where) == slot
    offered = {(slot.starts_at, slot.clinician_id) for slot in slots}
    minutes = [minute for minute, _ in naive_calendar.minutes_of(day, timetable.zone)]
    for start in data.draw(st.lists(st.sampled_from(minutes), min_size=10, max_size=10)):
        for clinician in (1, 2):
            refused = reasons_not_free(timetable, wish, clinician_id=clinician, starts_at=start)
            assert bool(refused) == ((start, clinician) not in offered)
