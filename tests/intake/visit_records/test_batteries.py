"""Tests of a visit: every threshold, what symptoms do, and every reason against running."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.visit_records.batteries import BATTERIES, ITEMS, Recorded, Result, items_due, result_of
from intake.visit_records.readiness import (
    VisitDayFacts,
    reasons_against_impact,
    reasons_not_ready,
)

DAY = timedelta(days=1)
ON = date(2027, 3, 1)
READY = VisitDayFacts(on=ON, impact_from=ON, has_open_flag=False)


def done(item_id: str, *, less: int = 0, **seen: Any) -> Recorded:
    """Return the threshold of an item as recorded, or `less` below it, with pain 0 by default."""
    item = ITEMS[item_id]
    amount = item.threshold - less
    fields = {"left": amount, "right": amount} if item.is_sided else {"overall": amount}
    return Recorded(**{"pain": 0, **fields, **seen})


ALL_PASS = {item: done(item) for item in ITEMS}


def codes(recorded: dict[str, Recorded], facts: VisitDayFacts = READY, **kwargs: str) -> list[str]:
    return [reason.code for reason in reasons_not_ready(recorded, facts, **kwargs)]


# Id, threshold, whether each side counts.
TABLE = [
    ("li.walk30", 30, False), ("li.balance", 10, True), ("li.squat", 10, True),
    ("li.jog", 1, False), ("li.bound", 10, False), ("li.hop", 10, True), ("li.runman", 10, True),
    ("st.calf", 20, True), ("st.bridge", 20, True), ("st.sitstand", 20, True),
    ("st.abd", 20, True), ("pf.fast", 10, False), ("pf.strong", 8, False), ("pf.endure", 60, False),
]  # fmt: skip


def test_the_items_are_those_of_the_reference() -> None:
    found = [(one.id, one.threshold, one.is_sided) for one in ITEMS.values()]
    assert found == TABLE
    assert [battery.id for battery in BATTERIES] == ["li", "st", "pf"]


@pytest.mark.parametrize("item", ITEMS)
def test_the_threshold_passes_and_one_less_fails(item: str) -> None:
    assert result_of(ITEMS[item], done(item)) == "pass"
    assert result_of(ITEMS[item], done(item, less=1)) == "fail"
    assert result_of(ITEMS[item], None) == "not_tested"


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({"pain": 1}, "borderline"),
        ({"pain": 3}, "borderline"),
        ({"pain": 4}, "fail"),
        ({"leak": True}, "fail"),
        ({"heaviness": True}, "fail"),
        ({"limp": True}, "fail"),
        ({"pain": None}, "not_tested"),
        ({"left": None}, "not_tested"),
        ({"right": None}, "not_tested"),
        ({"right": 9}, "fail"),
    ],
)
def test_symptoms_and_gaps(seen: dict[str, Any], expected: Result) -> None:
    assert result_of(ITEMS["li.hop"], done("li.hop", **seen)) == expected


def test_a_patient_who_passes_everything_is_ready() -> None:
    assert codes(ALL_PASS) == []


@pytest.mark.parametrize("item", [one for one in ITEMS if one.startswith("li.")])
def test_each_load_item_failed_or_not_tested_blocks(item: str) -> None:
    assert codes({**ALL_PASS, item: done(item, less=1)}) == ["failed"]
    assert codes({key: one for key, one in ALL_PASS.items() if key != item}) == ["not_tested"]


def test_two_borderline_results_are_allowed_and_three_are_not() -> None:
    def borderline(*items: str) -> dict[str, Recorded]:
        return {**ALL_PASS, **{item: done(item, pain=2) for item in items}}

    assert codes(borderline("li.hop", "li.jog")) == []
    assert codes(borderline("li.hop", "li.jog", "li.bound")) == ["borderline"]
    assert codes(borderline("li.hop", "li.jog", "st.calf", "st.abd")) == []


@pytest.mark.parametrize("item", [one for one in ITEMS if one.startswith("st.")])
def test_strength_of_15_to_19_does_not_block_and_14_does(item: str) -> None:
    assert codes({**ALL_PASS, item: done(item, less=5)}) == []
    assert codes({**ALL_PASS, item: done(item, less=6)}) == ["weak"]
    assert codes({**ALL_PASS, item: replace(done(item), right=14)}) == ["weak"]
    assert codes({**ALL_PASS, item: done(item, pain=3)}) == []
    assert codes({**ALL_PASS, item: done(item, pain=4)}) == ["symptom"]
    assert codes({**ALL_PASS, item: done(item, leak=True)}) == ["symptom"]
    assert codes({**ALL_PASS, item: done(item, less=6, limp=True)}) == ["weak", "symptom"]
    assert codes({key: one for key, one in ALL_PASS.items() if key != item}) == ["not_tested"]


def test_the_pelvic_floor_never_blocks() -> None:
    without = {key: one for key, one in ALL_PASS.items() if not key.startswith("pf.")}
    assert codes(without) == []
    assert codes({**ALL_PASS, "pf.fast": done("pf.fast", less=9, leak=True)}) == []


@pytest.mark.parametrize(
    ("change", "early", "expected"),
    [
        ({}, "", []),
        ({"impact_from": ON + DAY}, "", ["before_day_84"]),
        ({"impact_from": ON + DAY}, "Ran all through", []),
        ({"impact_from": None}, "Ran all through", ["no_birth_date"]),
        ({"has_open_flag": True}, "Ran all through", ["open_flag"]),
        ({"has_impact_step": False}, "Ran all through", ["no_impact_step"]),
        ({"last_completed_on": ON - 42 * DAY}, "", []),
        ({"last_completed_on": ON - 43 * DAY}, "", ["intake_missing"]),
        ({"last_completed_on": ON - 43 * DAY, "intake_sent_on": ON - 44 * DAY}, "x",
         ["intake_missing"]),
        # Sent on the day of the last visit, in the waiting room: not between the two.
        ({"last_completed_on": ON - 43 * DAY, "intake_sent_on": ON - 43 * DAY}, "",
         ["intake_missing"]),
        ({"last_completed_on": ON - 43 * DAY, "intake_sent_on": ON - 42 * DAY}, "", []),
        ({"last_completed_on": ON - 43 * DAY, "intake_sent_on": ON}, "", []),
    ],
)  # fmt: skip
def test_what_blocks_impact_whatever_the_tests_say(
    change: dict[str, Any], early: str, expected: list[str]
) -> None:
    facts = replace(READY, **change)
    assert [one.code for one in reasons_against_impact(facts, early_reason=early)] == expected
    assert codes(ALL_PASS, facts, early_reason=early) == expected


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        # A follow-up is no step.
        (None, []),
        (1, ["li.walk30", "li.balance", "pf.fast", "pf.strong", "pf.endure"]),
        (2, ["st.calf", "st.bridge", "st.sitstand", "st.abd"]),
        (5, ["li.hop", "st.calf"]),
    ],
)
def test_what_is_due_at_a_step(step: int | None, expected: list[str]) -> None:
    assert list(items_due(step, {})) == expected


def test_steps_three_and_four_ask_again_for_what_has_not_passed() -> None:
    earlier: dict[str, Result] = {"st.calf": "pass", "st.abd": "fail", "li.hop": "pass"}
    third = items_due(3, earlier)
    assert "st.calf" not in third
    assert {"st.abd", "st.bridge", "li.hop"} <= set(third)
    fourth = items_due(4, earlier)
    assert "li.hop" not in fourth
    assert all(one.startswith("li.") for one in fourth)
    assert len(items_due(6, earlier)) == 11


amounts = st.none() | st.integers(0, 40)
records = st.builds(
    Recorded,
    left=amounts,
    right=amounts,
    overall=amounts,
    leak=st.booleans(),
    heaviness=st.booleans(),
    limp=st.booleans(),
    pain=st.none() | st.integers(0, 10),
)
ORDER = ["fail", "borderline", "pass"]


@given(st.sampled_from(sorted(ITEMS)), records, st.sampled_from(["leak", "heaviness", "limp"]))
def test_one_more_symptom_never_improves_a_result(item: str, seen: Recorded, symptom: str) -> None:
    before = result_of(ITEMS[item], replace(seen, **{symptom: False}))
    after = result_of(ITEMS[item], replace(seen, **{symptom: True}))
    assert (before == "not_tested") == (after == "not_tested")
    assert before == "not_tested" or ORDER.index(after) <= ORDER.index(before)


@given(st.dictionaries(st.sampled_from(sorted(ITEMS)), records), st.sampled_from(sorted(ITEMS)))
def test_one_more_passed_test_never_adds_a_reason(seen: dict[str, Recorded], item: str) -> None:
    before = reasons_not_ready(seen, READY)
    after = reasons_not_ready({**seen, item: done(item)}, READY)
    assert len(after) <= len(before)
