"""Every check-in rule: answers with which it fires and near ones with which it does not."""

import pytest

from tests.intake.samples import Raw, checked_in
from tests.intake.triage.rule_cases import Cases, all_but, picks
from tests.intake.triage.rule_table import TABLE, raised

WARNING = "ci.warning"
OUTCOMES = {
    "urgent": "stop",
    "red": "hold_impact",
    "caution": "repeat_stage",
    "clear": "progress",
}


def warned(*signs: str) -> Raw:
    """Return a check-in's answer with these warning signs."""
    return {WARNING: list(signs)}


def leaks(frequency: str, bother: int = 0) -> Raw:
    """Return a check-in's answers about leaking."""
    return {"ci.leak_frequency": frequency, "ci.leak_bother": bother}


def feels_heavy(frequency: str, bother: int = 0) -> Raw:
    """Return a check-in's answers about heaviness."""
    return {"ci.heavy_frequency": frequency, "ci.heavy_bother": bother}


def sign(one: str, *near: str) -> Cases:
    """Return the cases of a rule that one warning sign fires alone."""
    return Cases([warned(one)], [warned("none"), *(warned(other) for other in near)])


CASES = {
    "CU-CHEST": sign("chest_breath", "head_vision"),
    "CU-PSYCHOSIS": sign("psychosis", "self_harm", "low_mood"),
    "CU-BLEED": sign("heavy_bleeding", "bleeding_back"),
    "CU-BELLY": sign("belly", "infection"),
    "CU-LEG": sign("leg", "nerve"),
    "CU-SADDLE": sign("saddle", "nerve"),
    "CU-CAUDA": Cases(
        [warned("nerve", "stool")], [all_but(WARNING, "nerve"), all_but(WARNING, "stool")]
    ),
    "CU-BULGE": sign("bulge_stuck", "bulge_out"),
    "CU-MIND": sign("self_harm", "psychosis", "low_mood"),
    "CU-HEAD": sign("head_vision", "chest_breath"),
    "CU-INFECT": sign("infection", "belly"),
    "CU-WEAK": sign("weak", "leg"),
    "CU-PREG": sign("preg_sign", "pregnant"),
    "CR-BULGE": sign("bulge_out", "bulge_stuck"),
    "CR-STOOL": sign("stool", "nerve"),
    "CR-NERVE": sign("nerve", "stool"),
    "CR-BONE": sign("bone", "linger"),
    "CR-LINGER": sign("linger", "bone"),
    "CR-BLEED": sign("bleeding_back", "heavy_bleeding"),
    "CR-MOOD": sign("low_mood", "self_harm"),
    "CR-PREGNANT": sign("pregnant", "preg_sign"),
    "CR-PAIN": Cases(picks("ci.pain_worst", 6, 10), picks("ci.pain_worst", 0, 5)),
    "CR-HEAVY": Cases(
        [feels_heavy("daily"), feels_heavy("constant")],
        [feels_heavy("several_weekly"), feels_heavy("never")],
    ),
    "CR-LEAK": Cases([leaks("many_daily")], [leaks("daily"), leaks("never")]),
    "CR-LOAD": Cases(
        picks("ci.load", "walk_symptoms"), picks("ci.load", "short_walk", "impact_symptoms")
    ),
    "CR-DATA": Cases([{WARNING: None}], [{}, {"ci.worry": None}]),
    "CC-PAIN": Cases(picks("ci.pain_worst", 4, 5), picks("ci.pain_worst", 3, 6)),
    "CC-HEAVY": Cases(
        [feels_heavy("weekly"), feels_heavy("several_weekly")],
        [feels_heavy("monthly"), feels_heavy("daily")],
    ),
    "CC-LEAK": Cases(
        [leaks("weekly"), leaks("several_weekly"), leaks("daily")],
        [leaks("monthly"), leaks("many_daily")],
    ),
    "CC-LOAD": Cases(
        picks("ci.load", "impact_symptoms"), picks("ci.load", "walk30", "walk_symptoms")
    ),
    "CC-WORRY": Cases(picks("ci.worry", 7, 10), picks("ci.worry", 0, 6)),
    "CC-DATA": Cases(
        fires=[
            {"ci.leak_frequency": None},
            {"ci.leak_frequency": "monthly", "ci.leak_bother": None},
            {"ci.heavy_frequency": None},
            {"ci.heavy_frequency": "monthly", "ci.heavy_bother": None},
            {"ci.pain_worst": None},
            {"ci.load": None},
            {"ci.worry": None},
        ],
        quiet=[{}, {WARNING: None}, leaks("monthly")],
    ),
}

FIRES = [(rule_id, change) for rule_id, cases in CASES.items() for change in cases.fires]
QUIET = [(rule_id, change) for rule_id, cases in CASES.items() for change in cases.quiet]


@pytest.mark.parametrize(("rule_id", "change"), FIRES)
def test_it_fires(rule_id: str, change: Raw) -> None:
    result = checked_in(change)
    assert raised(result, rule_id) == TABLE[rule_id]
    assert result.outcome == OUTCOMES[TABLE[rule_id].level]


@pytest.mark.parametrize(("rule_id", "change"), QUIET)
def test_it_does_not_fire(rule_id: str, change: Raw) -> None:
    assert rule_id not in checked_in(change).flag_ids


def test_a_quiet_check_in_lets_her_go_on() -> None:
    result = checked_in()
    assert (result.level, result.outcome, result.flags) == ("clear", "progress", ())


# --- CC-RISE --------------------------------------------------------------------------------------

HEAVY_40 = feels_heavy("weekly", 4)  # 10 x 2 + 5 x 4


def test_a_rise_repeats_the_stage() -> None:
    result = checked_in(HEAVY_40, previous_scores={"heaviness": 20})
    assert raised(result, "CC-RISE") == TABLE["CC-RISE"]
    assert result.outcome == "repeat_stage"


def test_exactly_twenty_points_more_is_a_rise() -> None:
    assert "CC-RISE" in checked_in(HEAVY_40, previous_scores={"heaviness": 20}).flag_ids
    assert "CC-RISE" not in checked_in(HEAVY_40, previous_scores={"heaviness": 21}).flag_ids


def test_a_slow_climb_is_seen_against_the_first_score() -> None:
    before = {"heaviness": 25}
    assert "CC-RISE" not in checked_in(HEAVY_40, previous_scores=before).flag_ids
    first = {"heaviness": 10}
    climb = checked_in(HEAVY_40, previous_scores=before, first_scores=first)
    assert "CC-RISE" in climb.flag_ids


@pytest.mark.parametrize(
    ("change", "domain", "score"),
    [
        (leaks("monthly", 3), "leak", 20),
        (HEAVY_40, "heaviness", 40),
        ({"ci.pain_worst": 2}, "pain", 20),
    ],
)
def test_each_score_may_rise_by_itself(change: Raw, domain: str, score: int) -> None:
    result = checked_in(change, previous_scores={domain: score - 20})
    assert result.scores is not None
    assert result.scores[domain] == score
    assert "CC-RISE" in result.flag_ids
    assert "CC-RISE" not in checked_in(change, previous_scores={domain: score - 19}).flag_ids


def test_readiness_is_no_rise() -> None:
    result = checked_in({"ci.worry": 6}, previous_scores={"readiness": 0})
    assert result.scores is not None
    assert result.scores["readiness"] == 39
    assert "CC-RISE" not in result.flag_ids


@pytest.mark.parametrize("earlier", [None, {}, {"pain": None}, {"leak": 0}])
def test_without_a_score_on_both_sides_there_is_no_comparison(earlier: object) -> None:
    severe = {"ci.pain_worst": 10}
    result = checked_in(severe, previous_scores=earlier, first_scores=earlier)
    assert "CC-RISE" not in result.flag_ids
    missing = checked_in({"ci.pain_worst": None}, previous_scores={"pain": 0})
    assert "CC-RISE" not in missing.flag_ids


def test_a_rise_names_the_answers_the_score_is_made_of() -> None:
    result = checked_in(HEAVY_40, previous_scores={"heaviness": 0, "pain": 0})
    (flag,) = [flag for flag in result.flags if flag.rule_id == "CC-RISE"]
    assert flag.evidence == (("ci.heavy_frequency", "weekly"), ("ci.heavy_bother", 4))
