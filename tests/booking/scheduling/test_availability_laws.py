"""Offered exactly when no reason speaks against it, on random calendars over clock changes."""

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from booking.scheduling.availability import free_slots, reasons_not_free, slot_at
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
from tests.booking.scheduling import naive_calendar
from tests.rounds import rounds

NEW_YORK = "America/New_York"
ZONES = [NEW_YORK, "Australia/Lord_Howe", "Asia/Kathmandu"]
CHANGES = {
    NEW_YORK: [date(2027, 3, 14), date(2027, 11, 7)],
    "Australia/Lord_Howe": [date(2027, 4, 4), date(2027, 10, 3)],
    "Asia/Kathmandu": [date(2027, 2, 1)],
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
def ranges_near(draw, day: date) -> tuple[HoursRange, ...]:
    pairs = draw(st.lists(st.tuples(wall_times, wall_times), min_size=1, max_size=3))
    dates = st.none() | st.sampled_from([day - timedelta(days=1), day, day + timedelta(days=1)])
    return tuple(
        HoursRange((day.weekday() + n % 2) % 7, *sorted(pair), draw(dates), draw(dates))
        for n, pair in enumerate(pairs)
    )


@st.composite
def hours_of(draw, clinician: int, day: date) -> ClinicianHours:
    extra = draw(st.lists(spans_near(day), max_size=2))
    return ClinicianHours(
        clinician,
        draw(ranges_near(day)),
        does_service=draw(st.integers(0, 9)) > 0,
        extra=tuple(extra),
    )


@st.composite
def calendars(draw) -> tuple[Timetable, SlotWish, date]:
    zone = draw(st.sampled_from(ZONES))
    day = draw(st.sampled_from(CHANGES[zone]))
    some = st.lists(spans_near(day), max_size=4)
    closures = st.builds(ClosedTime, spans_near(day), st.none() | ids, st.none() | rooms)
    extra = st.lists(spans_near(day), max_size=2).map(tuple)
    room_hours = st.dictionaries(rooms, st.builds(RoomHours, ranges_near(day), extra))
    timetable = Timetable(
        zone=zone,
        clinicians=tuple(draw(hours_of(clinician, day)) for clinician in (1, 2)),
        rooms=tuple(draw(st.lists(rooms, unique=True, min_size=1))),
        closures=tuple(draw(st.lists(closures, max_size=2))),
        room_hours=draw(room_hours),
        clinician_busy=draw(st.dictionaries(ids, some)),
        room_busy=draw(st.dictionaries(rooms, some)),
        patient_busy=draw(st.lists(spans_near(day), max_size=1)),
    )
    now = datetime.combine(day, time(0), tzinfo=UTC) + timedelta(
        minutes=draw(st.integers(-3000, 600)), microseconds=draw(st.sampled_from([0, 1]))
    )
    wish = SlotWish(
        now=now,
        minutes=draw(st.sampled_from([20, 45, 60, 90])),
        buffer_before_minutes=draw(st.sampled_from([0, 10])),
        buffer_after_minutes=draw(st.sampled_from([0, 15])),
        grid_minutes=draw(st.sampled_from([10, 15, 30, 60])),
        notice_hours=draw(st.sampled_from([0, 12])),
        horizon_days=draw(st.sampled_from([0, 1, 182])),
        earliest_on=draw(st.sampled_from([None, day, day + timedelta(days=1)])),
        latest_on=draw(st.sampled_from([None, day, day + timedelta(days=1)])),
        pauses=draw(st.sampled_from([(), ((day - timedelta(days=3), day + timedelta(days=1)),)])),
    )
    return timetable, wish, day


@settings(max_examples=rounds(50, 150), deadline=None)
@given(calendars())
def test_search_offers_what_a_minute_by_minute_search_finds(case):
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


@settings(max_examples=rounds(50, 150), deadline=None)
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
