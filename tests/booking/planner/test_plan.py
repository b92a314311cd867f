"""The planner: no other series costs less, and none breaks the spacing."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.catalog.protocol import VisitRule
from booking.packages.spacing import PackageRules, reasons_not_to_book, window
from booking.planner.plan import (
    Plan,
    PlanTask,
    PlanWishes,
    alternatives,
    best_plan,
    same_clinician,
    same_time,
    soonest_finish,
)
from booking.scheduling.parts_of_day import Part, part_of
from booking.scheduling.timetable import Slot
from clinic.practice.wall_time import clinic_date, instant

ZONE = "America/New_York"
DAY_0 = date(2027, 2, 1)  # a Monday; the clocks go forward on March 14, back on November 7
SIX = (
    VisitRule(1),
    VisitRule(2, 7, 14),
    VisitRule(3, 7, 14),
    VisitRule(4, 7, 14),
    VisitRule(5, 14, 21),
    VisitRule(6, 14, 28),
)
OPEN = PackageRules(date(2027, 1, 1), date(2027, 1, 1), SIX)
DAY = timedelta(days=1)
# By the hour: before noon, before five, after.
PARTS = [*["morning"] * 12, *["afternoon"] * 5, *["evening"] * 7]


def at(day: date, hour: int = 9, clinician: int = 1) -> Slot:
    begins = instant(day, time(hour), ZONE)
    return Slot(begins, begins + timedelta(hours=1), clinician, 1)


def weekly(first: date, weeks: int, hour: int = 9, clinician: int = 1) -> list[Slot]:
    return [at(first + 7 * week * DAY, hour, clinician) for week in range(weeks)]


@pytest.mark.parametrize(("hour", "part"), list(enumerate(PARTS)))
def test_the_day_has_three_parts_that_change_at_noon_and_at_five(hour: int, part: str) -> None:
    for minute in (0, 59):
        assert part_of(datetime.combine(DAY_0, time(hour, minute))) == part


def task(slots: list[Slot], *, first: int = 1, **fields: object) -> PlanTask:
    same = dict.fromkeys(range(first, 7), slots)
    defaults: dict[str, object] = {
        "first": first,
        "slots": same,
        "previous_on": DAY_0,
        "rules": OPEN,
        "zone": ZONE,
        "validity_days": 180,
        "last_on": DAY_0 + 182 * DAY,
        "last": 6,
    }
    return PlanTask(**{**defaults, **fields})  # type: ignore[arg-type]


def dates(plan: Plan) -> list[date]:
    return [one.on for one in plan.visits]


# The plain way: try every series and write down what each costs.


def every_series(asked: PlanTask) -> Iterator[list[Slot]]:
    """Return every series of the first visits that the spacing and the package's days allow."""
    for length in range(len(asked.numbers) + 1):
        numbers = asked.numbers[:length]
        for series in product(*(asked.slots[number] for number in numbers)):
            if is_allowed(asked, series):
                yield list(series)


def is_allowed(asked: PlanTask, series: tuple[Slot, ...]) -> bool:
    previous_on, expires_on = asked.previous_on, asked.expires_on
    for number, slot in zip(asked.numbers, series, strict=False):
        on = clinic_date(slot.starts_at, ZONE)
        if number == 1:
            expires_on = on + asked.validity_days * DAY
        if asked.wishes.earliest_on and on < asked.wishes.earliest_on:
            return False
        if reasons_not_to_book(
            number, on=on, previous_on=previous_on, rules=asked.rules, expires_on=expires_on
        ):
            return False
        previous_on = on
    return True


def cost(asked: PlanTask, series: list[Slot]) -> tuple[object, ...]:
    late = missed = changes = 0
    previous_on, clinician = asked.previous_on, asked.previous_clinician
    for number, slot in zip(asked.numbers, series, strict=False):
        on = clinic_date(slot.starts_at, ZONE)
        latest = window(number, previous_on=previous_on, rules=asked.rules).target_latest
        late += max((on - latest).days, 0) if latest else 0
        wishes = asked.wishes
        missed += wishes.clinician_id not in (None, slot.clinician_id)
        missed += bool(wishes.weekdays) and on.weekday() not in wishes.weekdays
        missed += bool(wishes.parts) and PARTS[wall(slot.starts_at).hour] not in wishes.parts
        changes += clinician not in (None, slot.clinician_id)
        previous_on, clinician = on, slot.clinician_id
    unplaced = len(asked.numbers) - len(series)
    starts = [slot.starts_at for slot in series]
    return unplaced, late, missed, changes, previous_on if series else date.min, starts


def wall(instant: datetime) -> datetime:
    return instant.astimezone(ZoneInfo(ZONE))


def chosen(plan: Plan) -> list[Slot]:
    return [one.slot for one in plan.visits]


some_slots = st.lists(
    st.builds(
        at,
        st.integers(0, 40).map(lambda days: DAY_0 + days * DAY),
        st.sampled_from([9, 14, 18]),
        st.integers(1, 3),
    ),
    max_size=7,
    unique=True,
)


@st.composite
def tasks(draw: st.DrawFn) -> PlanTask:
    """Draw a task of three or four visits with few times, gates and a last day."""
    first = draw(st.sampled_from([1, 3, 4]))
    spread = 1 if first == 1 else 2
    if first == 1:
        rules = PackageRules(
            DAY_0 + draw(st.integers(-9, 9)) * DAY, DAY_0 + draw(st.integers(-9, 40)) * DAY, SIX
        )
    else:
        rules = PackageRules(DAY_0, DAY_0 + draw(st.integers(-9, 40)) * DAY, SIX)
    slots = {
        number: sorted(replace_days(slot, spread) for slot in draw(some_slots))
        if number < first + 4
        else []
        for number in range(first, 7)
    }
    return PlanTask(
        first=first,
        slots=slots,
        previous_on=DAY_0,
        rules=rules,
        zone=ZONE,
        validity_days=draw(st.sampled_from([15, 30, 180])),
        last_on=DAY_0 + 182 * DAY,
        last=6,
        previous_clinician=draw(st.sampled_from([None, 1, 2])),
        expires_on=None if first == 1 else DAY_0 + draw(st.integers(20, 90)) * DAY,
        wishes=draw(
            st.builds(
                PlanWishes,
                st.frozensets(st.integers(0, 4), max_size=2),
                st.frozensets(st.sampled_from(list(Part)), max_size=2),
                st.sampled_from([None, 1, 2]),
                st.sampled_from([None, DAY_0 + 5 * DAY]),
            )
        ),
    )


def replace_days(slot: Slot, spread: int) -> Slot:
    day = clinic_date(slot.starts_at, ZONE)
    hour = wall(slot.starts_at).hour
    return at(DAY_0 + (day - DAY_0) * spread, hour, slot.clinician_id)


@given(asked=tasks())
@settings(max_examples=150, deadline=None)
def test_no_other_series_costs_less_and_none_breaks_the_spacing(asked):
    plan = best_plan(asked)
    assert is_allowed(asked, tuple(chosen(plan)))
    least = min(cost(asked, series) for series in every_series(asked))
    assert cost(asked, chosen(plan)) == least
    assert plan.unplaced == tuple(asked.numbers[len(plan.visits) :])


@given(asked=tasks())
@settings(max_examples=100, deadline=None)
def test_each_alternative_is_the_best_of_its_kind(asked):
    def unlike(of, series):
        return len({of(slot) for slot in series}) > 1

    def finish(series):
        least = cost(asked, series)
        return least[0], least[4], least[1:4], least[5]

    every = list(every_series(asked))
    assert finish(chosen(soonest_finish(asked))) == min(map(finish, every))
    for make, of in (
        (same_clinician, lambda slot: slot.clinician_id),
        (same_time, lambda slot: wall(slot.starts_at).strftime("%a %H:%M")),
    ):
        plan = chosen(make(asked))
        alike = [cost(asked, series) for series in every if not unlike(of, series)]
        assert not unlike(of, plan)
        assert cost(asked, plan) == min(alike)


def test_weeks_without_hindrance_keep_the_day_the_hour_and_the_clinician():
    slots = weekly(DAY_0, 26) + weekly(DAY_0 + DAY, 26, 14, 2)
    plan = best_plan(task(slots, wishes=PlanWishes(frozenset({1}), frozenset({Part.AFTERNOON}))))
    assert [(day - DAY_0).days for day in dates(plan)] == [1, 8, 15, 22, 36, 50]
    assert {one.slot.clinician_id for one in plan.visits} == {2}
    assert not any(one.is_late for one in plan.visits)


@pytest.mark.parametrize("first_day", [date(2027, 2, 22), date(2027, 10, 18)])
def test_the_same_wall_time_is_the_same_time_over_a_change_of_the_clocks(first_day):
    slots = weekly(first_day, 12) + weekly(first_day + DAY, 12, 10)
    asked = task(slots, previous_on=first_day, last_on=first_day + 182 * DAY)
    plan = same_time(asked)
    assert plan.unplaced == ()
    assert {wall(one.slot.starts_at).hour for one in plan.visits} == {9}
    assert len({one.slot.starts_at.hour for one in plan.visits}) == 2  # in UTC it moves
    assert dates(plan) == [first_day + days * DAY for days in (0, 7, 14, 21, 35, 49)]


def test_visit_three_waits_for_day_84_and_is_due_within_two_weeks_of_it():
    rules = PackageRules(DAY_0, DAY_0 + 42 * DAY, SIX)
    plan = best_plan(task(weekly(DAY_0, 26), rules=rules))
    assert [(day - DAY_0).days for day in dates(plan)] == [0, 7, 42, 49, 63, 77]
    assert plan.visits[2].window.target_latest == DAY_0 + 56 * DAY
    assert not any(one.is_late for one in plan.visits)


def test_a_visit_past_its_target_is_allowed_and_said_to_be_late():
    slots = [at(DAY_0), at(DAY_0 + 20 * DAY)]
    plan = best_plan(task(slots))
    assert dates(plan) == [DAY_0, DAY_0 + 20 * DAY]
    assert [one.is_late for one in plan.visits] == [False, True]
    assert plan.unplaced == (3, 4, 5, 6)
    assert plan.reason.code == "none_free"
    assert plan.reason.values["earliest"] == DAY_0 + 27 * DAY


def test_the_package_ends_so_many_days_after_visit_one_whenever_that_is():
    # From day 0 the sixth visit would lie after the package's end: starting later fits.
    slots = weekly(DAY_0, 3) + weekly(DAY_0 + 49 * DAY, 8)
    plan = best_plan(task(slots, validity_days=80))
    assert plan.unplaced == ()
    assert (plan.visits[-1].on - plan.visits[0].on).days <= 80
    assert best_plan(task(slots, validity_days=40)).reason.code == "no_day_left"


def test_nothing_free_at_all_leaves_all_six_and_says_from_when_to_when():
    plan = best_plan(task([]))
    assert (plan.visits, plan.unplaced) == ((), (1, 2, 3, 4, 5, 6))
    assert plan.reason.values == {"visit": 1, "earliest": DAY_0, "last": DAY_0 + 182 * DAY}


def test_a_lost_time_is_planned_anew_and_the_others_stay():
    asked = task(weekly(DAY_0, 26) + weekly(DAY_0 + DAY, 26))
    others = {
        number: at(DAY_0 + days * DAY)
        for number, days in zip((1, 2, 4, 5, 6), (0, 7, 28, 42, 56), strict=True)
    }
    again = best_plan(asked, others)
    assert again.moved == again.unplaced == ()
    assert {number: again.slots[number] for number in others} == others
    assert again.slots[3] == at(DAY_0 + 14 * DAY)


def test_where_the_spacing_leaves_no_room_it_says_which_later_visits_move():
    asked = task(weekly(DAY_0, 26) + weekly(DAY_0 + DAY, 26))
    whole = best_plan(asked)
    lost = whole.slots[3]
    left = {number: [one for one in free if one != lost] for number, free in asked.slots.items()}
    others = {number: slot for number, slot in whole.slots.items() if number != 3}
    # All visits stand as close as they may: the next day for visit 3 pushes those after it.
    again = best_plan(replace(asked, slots=left), others)
    assert (again.moved, again.unplaced) == ((4, 5, 6), ())
    assert [(day - DAY_0).days for day in dates(again)] == [0, 7, 15, 22, 36, 50]


@given(asked=tasks())
@settings(max_examples=100, deadline=None)
def test_only_visits_that_cannot_stay_are_let_go(asked):
    whole = best_plan(asked)
    for lost in whole.slots:
        left = {
            n: [one for one in free if one != whole.slots[lost]] for n, free in asked.slots.items()
        }
        others = {number: slot for number, slot in whole.slots.items() if number != lost}
        again = best_plan(replace(asked, slots=left), others)
        assert is_allowed(asked, tuple(chosen(again)))
        stayed = {n for n in others if again.slots.get(n) == others[n]}
        assert set(others) - set(again.moved) <= stayed
        assert all(number > lost for number in again.moved)
        if again.moved:
            # With the first of them in place, no time is left for a visit before it.
            first = again.moved[0]
            fixed = replace(
                asked,
                slots={n: [others[n]] if n in others and n <= first else left[n] for n in left},
            )
            assert max(map(len, every_series(fixed))) <= first - asked.first


def test_a_visit_booked_further_on_stays_and_the_gap_is_filled_before_it():
    booked = {3: at(DAY_0 + 22 * DAY)}
    slots = weekly(DAY_0, 26)
    asked = task(slots, first=2, booked=booked, expires_on=DAY_0 + 180 * DAY)
    plan = best_plan(asked)
    # A week later than it could be, so that visit 3 is within two weeks of it.
    assert [(day - DAY_0).days for day in dates(plan)] == [14, 22, 35, 49, 63]
    assert [one.number for one in plan.visits if one.is_booked] == [3]
    assert 3 not in plan.slots


def test_alternatives_are_shown_only_where_they_differ_and_leave_no_visit_out():
    slots = weekly(DAY_0, 26)
    asked = task(slots)
    assert alternatives(asked, best_plan(asked)) == {}
    # Visit 3 in time is with somebody else; with the same one it is a day late.
    hers = [at(DAY_0 + days * DAY) for days in (0, 7, 22, 29, 43, 57)]
    mixed = task([*hers, at(DAY_0 + 14 * DAY, clinician=2)])
    assert {one.slot.clinician_id for one in best_plan(mixed).visits} == {1, 2}
    assert alternatives(mixed, best_plan(mixed))["same_clinician"].slots == dict(enumerate(hers, 1))
