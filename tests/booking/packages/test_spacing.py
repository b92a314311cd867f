"""The windows of the six visits: every number of the table, both gates, and moves."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.catalog.protocol import VisitRule
from booking.packages.spacing import (
    PackageRules,
    Window,
    misplaced,
    needs_new_intake,
    reasons_not_to_book,
    warnings,
    window,
)

BIRTH = date(2027, 1, 1)
SIX = (
    VisitRule(1),
    VisitRule(2, 7, 14),
    VisitRule(3, 7, 14),
    VisitRule(4, 7, 14),
    VisitRule(5, 14, 21),
    VisitRule(6, 14, 28),
)
GATES = PackageRules(BIRTH + timedelta(days=42), BIRTH + timedelta(days=84), SIX)
DAY_0 = date(2027, 9, 1)  # long past both gates
TABLE = {2: (7, 14), 3: (7, 14), 4: (7, 14), 5: (14, 21), 6: (14, 28)}


def days(number: int) -> timedelta:
    return timedelta(days=number)


def codes(reasons) -> list[str]:
    return [reason.code for reason in reasons]


@pytest.mark.parametrize(("visit", "limits"), TABLE.items())
def test_each_visit_has_its_days_after_the_one_before(visit, limits):
    earliest, latest = (DAY_0 + days(limit) for limit in limits)
    assert window(visit, previous_on=DAY_0, rules=GATES) == Window(earliest, latest)
    here = {"previous_on": DAY_0, "rules": GATES}
    assert codes(reasons_not_to_book(visit, on=earliest - days(1), **here)) == ["too_early"]
    for on, warned in ((earliest, []), (latest, []), (latest + days(1), ["late"])):
        assert reasons_not_to_book(visit, on=on, **here) == []
        assert codes(warnings(visit, on=on, **here)) == warned


def test_the_first_visit_waits_for_six_weeks_and_is_never_late():
    bought = BIRTH + days(30)
    assert window(1, previous_on=bought, rules=GATES) == Window(BIRTH + days(42), None)
    assert window(1, previous_on=DAY_0, rules=GATES) == Window(DAY_0, None)
    here = {"previous_on": bought, "rules": GATES}
    too_soon = reasons_not_to_book(1, on=BIRTH + days(41), **here)
    assert codes(too_soon) == ["before_first_gate"]
    assert reasons_not_to_book(1, on=BIRTH + days(42), **here) == []
    assert warnings(1, on=BIRTH + days(400), **here) == []


@pytest.mark.parametrize(
    ("second_visit", "earliest", "latest"),
    [
        (50, 84, 98),  # the gate is after the target: two weeks from the gate
        (70, 84, 98),  # on the very day of the target: the same
        (71, 84, 85),  # one day before the target: the target stands
        (77, 84, 91),
        (78, 85, 92),  # the days between visits are the later limit
    ],
)
def test_impact_waits_for_twelve_weeks(second_visit, earliest, latest):
    found = window(3, previous_on=BIRTH + days(second_visit), rules=GATES)
    assert found == Window(BIRTH + days(earliest), BIRTH + days(latest))


def test_a_date_before_twelve_weeks_says_so():
    (reason,) = reasons_not_to_book(
        3, on=BIRTH + days(83), previous_on=BIRTH + days(60), rules=GATES
    )
    assert reason.code == "before_impact_gate"
    assert reason.values["earliest"] == BIRTH + days(84)


def test_a_visit_needs_the_one_before_it_and_a_package_that_still_runs():
    here = {"on": DAY_0, "rules": GATES}
    assert codes(reasons_not_to_book(4, previous_on=None, **here)) == ["previous_missing"]
    on_time = {"previous_on": DAY_0 - days(10), "expires_on": DAY_0}
    assert reasons_not_to_book(4, **on_time, **here) == []
    expired = {**on_time, "expires_on": DAY_0 - days(1)}
    assert codes(reasons_not_to_book(4, **expired, **here)) == ["after_expiry"]
    both = {**expired, "previous_on": DAY_0 - days(6)}
    assert codes(reasons_not_to_book(4, **both, **here)) == ["too_early", "after_expiry"]


@pytest.mark.parametrize(
    ("gap", "intake_after", "needed"),
    [
        (42, None, False),
        (43, None, True),
        (43, 0, True),  # sent on the day of the last visit: not since
        (43, 1, False),
        (43, 43, False),
        (43, 44, True),  # after the visit it was for
    ],
)
def test_a_gap_of_more_than_six_weeks_needs_the_questions_again(gap, intake_after, needed):
    sent = None if intake_after is None else DAY_0 + days(intake_after)
    on = DAY_0 + days(gap)
    assert needs_new_intake(on=on, last_completed_on=DAY_0, intake_sent_on=sent) is needed
    said = warnings(
        4, on=on, previous_on=on - days(7), rules=GATES, last_completed_on=DAY_0,
        intake_sent_on=sent,
    )  # fmt: skip
    assert codes(said) == (["intake_due"] if needed else [])


def test_without_a_completed_visit_there_is_no_gap():
    assert not needs_new_intake(on=DAY_0, last_completed_on=None, intake_sent_on=None)


def test_a_move_shows_the_visits_it_leaves_in_the_wrong_place():
    where = {"bought_on": DAY_0, "rules": GATES}
    booked = {2: DAY_0 + days(7), 3: DAY_0 + days(14), 5: DAY_0 + days(60)}
    completed = {1: DAY_0}
    found = misplaced(booked, completed=completed, **where)
    assert {visit: reason.code for visit, reason in found.items()} == {5: "previous_missing"}
    moved = {**booked, 2: DAY_0 + days(8), 4: DAY_0 + days(46)}
    found = misplaced(moved, completed=completed, **where)
    assert {visit: reason.code for visit, reason in found.items()} == {3: "too_early"}


def test_an_evaluation_counted_as_visit_1_is_not_judged_by_the_day_of_buying():
    found = misplaced(
        {2: DAY_0 + days(1)}, completed={1: DAY_0 - days(20)}, bought_on=DAY_0, rules=GATES
    )
    assert found == {}


def series(start: date, rules: PackageRules, pick: str) -> list[date]:
    """Return six dates, each the earliest or the target latest after the one before."""
    dates = [window(1, previous_on=start, rules=rules).earliest]
    for visit in range(2, 7):
        dates.append(getattr(window(visit, previous_on=dates[-1], rules=rules), pick))
    return dates


def test_the_package_takes_49_to_91_days_and_up_to_119_with_the_gate():
    for pick, length in (("earliest", 49), ("target_latest", 91)):
        dates = series(DAY_0, GATES, pick)
        assert dates[-1] - dates[0] == days(length)
    dates = series(BIRTH + days(42), GATES, "target_latest")
    assert dates[-1] - dates[0] == days(119)


@given(
    st.sampled_from(range(1, 7)),
    st.integers(0, 200),
    st.integers(0, 400),
)
def test_a_window_is_never_empty_and_its_first_day_may_always_be_booked(visit, since_birth, on):
    previous_on = BIRTH + days(since_birth)
    found = window(visit, previous_on=previous_on, rules=GATES)
    assert found.target_latest is None or found.earliest <= found.target_latest
    date_ = BIRTH + days(on)
    refused = reasons_not_to_book(visit, on=date_, previous_on=previous_on, rules=GATES)
    assert bool(refused) == (date_ < found.earliest)
    assert all(reason.text % reason.values for reason in refused)
