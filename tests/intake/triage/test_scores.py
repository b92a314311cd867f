"""The four scores: the formulas, the worked example, gaps, and the rises between two."""

import pytest
from hypothesis import given

from intake.questionnaire.answers import clean
from intake.questionnaire.definition import CHECKIN, INTAKE
from intake.triage.scores import Scores, band, checkin_scores, intake_scores, rises
from tests.intake.samples import AS_OF, Raw, checkin, intake
from tests.intake.strategies import UNTIMED, complete_checkin, complete_intake

LEAK: Raw = {"leak.when": ["cough"], "leak.frequency": "several_weekly", "leak.amount": "wet"}
HEAVY: Raw = {"heavy.frequency": "weekly", "heavy.bulge": "no"}
PAIN: Raw = {"pain.areas": ["knee"], "pain.signs": ["none"]}


def scored(*changes: Raw) -> Scores:
    """Return the scores of the changed quiet intake."""
    return intake_scores(clean(INTAKE, intake(*changes), AS_OF))


def checkin_scored(amount: str | None, *changes: Raw) -> Scores:
    """Return the scores of the changed quiet check-in."""
    return checkin_scores(clean(CHECKIN, checkin(*changes), AS_OF), amount)


def test_the_worked_example() -> None:
    example = scored(
        LEAK | {"leak.bother": 6},
        HEAVY | {"heavy.bother": 4},
        PAIN | {"pain.worst": 6},
        {"ready.load": "impact_symptoms", "ready.worry": 3},
    )
    assert example == {"leak": 48, "heaviness": 40, "pain": 60, "readiness": 42}


def test_nothing_wrong_is_zero() -> None:
    assert scored({"ready.load": "impact_ok", "ready.worry": 0}) == {
        "leak": 0,
        "heaviness": 0,
        "pain": 0,
        "readiness": 0,
    }


def test_the_worst_answers_are_a_hundred() -> None:
    worst = scored(
        LEAK | {"leak.frequency": "many_daily", "leak.amount": "soak", "leak.bother": 10},
        HEAVY | {"heavy.frequency": "constant", "heavy.bother": 10},
        PAIN | {"pain.worst": 10},
        {"ready.load": "walk_symptoms", "ready.worry": 10},
    )
    assert set(worst.values()) == {100}


@pytest.mark.parametrize(
    ("often", "points"),
    [("monthly", 1), ("weekly", 2), ("several_weekly", 3), ("daily", 4), ("many_daily", 5)],
)
@pytest.mark.parametrize(("amount", "times"), [("drops", 1), ("wet", 2), ("soak", 3)])
def test_leak_is_how_often_times_how_much_and_bother(
    often: str, points: int, amount: str, times: int
) -> None:
    change = LEAK | {"leak.frequency": often, "leak.amount": amount, "leak.bother": 1}
    assert scored(change)["leak"] == 4 * points * times + 4
    asked = {"ci.leak_frequency": often, "ci.leak_bother": 1}
    assert checkin_scored(amount, asked)["leak"] == 4 * points * times + 4


@pytest.mark.parametrize(
    ("often", "points"),
    [("monthly", 10), ("weekly", 20), ("several_weekly", 30), ("daily", 40), ("constant", 50)],
)
def test_heaviness_is_how_often_and_bother(often: str, points: int) -> None:
    assert scored(HEAVY | {"heavy.frequency": often, "heavy.bother": 1})["heaviness"] == points + 5
    asked = {"ci.heavy_frequency": often, "ci.heavy_bother": 1}
    assert checkin_scored(None, asked)["heaviness"] == points + 5


@pytest.mark.parametrize(
    ("load", "points"),
    [
        ("impact_ok", 0),
        ("walk30", 15),
        ("impact_symptoms", 30),
        ("short_walk", 45),
        ("walk_symptoms", 60),
    ],
)
def test_readiness_is_load_and_worry(load: str, points: int) -> None:
    assert scored({"ready.load": load, "ready.worry": 1})["readiness"] == points + 4
    assert checkin_scored(None, {"ci.load": load, "ci.worry": 1})["readiness"] == points + 4


def test_gas_alone_counts_as_drops() -> None:
    gas: Raw = {"leak.when": ["gas"], "leak.frequency": "daily", "leak.bother": 2}
    assert scored(gas)["leak"] == 4 * 4 * 1 + 8
    # An amount sent for the hidden question changes nothing.
    assert scored(gas | {"leak.amount": "soak"})["leak"] == 24


@pytest.mark.parametrize(
    ("change", "gap"),
    [
        ({"leak.when": None}, "leak"),
        (LEAK | {"leak.frequency": None, "leak.bother": 1}, "leak"),
        (LEAK | {"leak.amount": None, "leak.bother": 1}, "leak"),
        (LEAK | {"leak.bother": None}, "leak"),
        ({"heavy.frequency": None}, "heaviness"),
        (HEAVY | {"heavy.bother": None}, "heaviness"),
        ({"pain.areas": None}, "pain"),
        ({"pain.areas": None, "pain.worst": 5}, "pain"),
        (PAIN | {"pain.worst": None}, "pain"),
        ({"ready.load": None}, "readiness"),
        ({"ready.worry": None}, "readiness"),
    ],
)
def test_a_missing_part_is_a_gap_in_that_score_alone(change: Raw, gap: str) -> None:
    assert [domain for domain, score in scored(change).items() if score is None] == [gap]


@pytest.mark.parametrize(
    ("change", "gap"),
    [
        ({"ci.leak_frequency": None}, "leak"),
        ({"ci.leak_frequency": "weekly", "ci.leak_bother": None}, "leak"),
        ({"ci.heavy_frequency": None}, "heaviness"),
        ({"ci.heavy_frequency": "weekly", "ci.heavy_bother": None}, "heaviness"),
        ({"ci.pain_worst": None}, "pain"),
        ({"ci.load": None}, "readiness"),
        ({"ci.worry": None}, "readiness"),
    ],
)
def test_a_check_in_has_gaps_too(change: Raw, gap: str) -> None:
    scores = checkin_scored(None, change)
    assert [domain for domain, score in scores.items() if score is None] == [gap]


def test_without_an_earlier_amount_a_check_in_counts_wet() -> None:
    leaks: Raw = {"ci.leak_frequency": "weekly", "ci.leak_bother": 0}
    assert checkin_scored(None, leaks)["leak"] == checkin_scored("wet", leaks)["leak"] == 16
    assert checkin_scored("soak", {})["leak"] == 0


@UNTIMED
@given(complete_intake())
def test_a_complete_intake_has_whole_scores_from_0_to_100(raw: Raw) -> None:
    scores = intake_scores(clean(INTAKE, raw, AS_OF))
    assert all(type(score) is int and 0 <= score <= 100 for score in scores.values())


@UNTIMED
@given(complete_checkin())
def test_a_complete_check_in_has_whole_scores_from_0_to_100(raw: Raw) -> None:
    scores = checkin_scores(clean(CHECKIN, raw, AS_OF))
    assert all(type(score) is int and 0 <= score <= 100 for score in scores.values())


def test_the_larger_rise_counts_and_a_gap_is_no_comparison() -> None:
    now: Scores = {"leak": 48, "heaviness": None, "pain": 60, "readiness": 42}
    previous = {"leak": 40, "heaviness": 0, "pain": None, "readiness": 0}
    first = {"leak": 20}
    assert rises(now, previous, first) == {"leak": 28}
    assert rises(now, None, None) == {}
    assert rises(now, {"pain": 70}) == {"pain": -10}


@pytest.mark.parametrize(
    ("score", "name"),
    [
        *((0, "none"), (1, "low"), (24, "low"), (25, "some"), (49, "some")),
        *((50, "high"), (74, "high"), (75, "very high"), (100, "very high")),
    ],
)
def test_bands(score: int, name: str) -> None:
    assert band(score) == name
