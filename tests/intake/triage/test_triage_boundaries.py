"""Each boundary of the rules, on both sides, and the choices that never flag on their own."""

import pytest

from intake.triage.evaluate import Result
from tests.intake.samples import (
    Raw,
    born,
    checked_in,
    final,
    heavy,
    hurting,
    leaking,
    running,
    weeks_ago,
)

BOTH = ("evaluation", "run_ready")
ONLY_EVALUATION = ("evaluation",)


def fires(result: Result, rule_id: str) -> bool:
    """Say whether the rule fired."""
    return rule_id in result.flag_ids


# --- Intake ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "rule_ids"),
    [
        (0, {"C-TIME-LT6"}),
        (41, {"C-TIME-LT6"}),
        (42, {"C-TIME-LT12"}),
        (83, {"C-TIME-LT12"}),
        (84, set()),
        (7305, set()),
        (7306, {"C-DATA-MISSING"}),
        (-1, {"C-DATA-MISSING"}),
    ],
)
def test_days_since_birth_when_not_running(days: int, rule_ids: set[str]) -> None:
    assert set(final({"bg.birth_date": born(days)}).flag_ids) == rule_ids


@pytest.mark.parametrize(
    ("days", "rule_ids"),
    [(41, {"R-TIME-RUN"}), (42, {"C-TIME-RUN"}), (83, {"C-TIME-RUN"}), (84, set())],
)
def test_days_since_birth_when_running(days: int, rule_ids: set[str]) -> None:
    assert set(final(running(), {"bg.birth_date": born(days)}).flag_ids) == rule_ids


@pytest.mark.parametrize(
    ("change", "rule_id", "last_without", "first_with"),
    [
        ({"bg.bleeding": "lochia"}, "R-BLEED-8WK", 55, 56),
        ({"bg.now": ["unhealed"]}, "R-UNHEALED", 41, 42),
        ({"bg.clearance": "no_visit"}, "C-CLEAR-NONE", 41, 42),
        ({"bg.bleeding": "none"}, "C-NO-PERIOD", 83, 84),
        ({"bg.bleeding": "none", "bg.history": ["eating_disorder"]}, "R-ENERGY", 83, 84),
    ],
)
def test_the_day_a_rule_begins(
    change: Raw, rule_id: str, last_without: int, first_with: int
) -> None:
    assert not fires(final(change, {"bg.birth_date": born(last_without)}), rule_id)
    assert fires(final(change, {"bg.birth_date": born(first_with)}), rule_id)


@pytest.mark.parametrize(("days", "open_then"), [(41, ONLY_EVALUATION), (42, BOTH)])
def test_the_day_the_package_opens(days: int, open_then: tuple[str, ...]) -> None:
    assert final({"bg.birth_date": born(days)}).bookable == open_then


PAIN_BANDS = [(), *[("C-PAIN-MILD",)] * 3, *[("C-PAIN-MOD",)] * 3, *[("R-PAIN-SEVERE",)] * 4]


@pytest.mark.parametrize(("worst", "rule_ids"), list(enumerate(PAIN_BANDS)))
def test_pain_bands(worst: int, rule_ids: tuple[str, ...]) -> None:
    assert final(hurting(worst=worst)).flag_ids == rule_ids


def test_no_pain_at_its_worst_still_lets_the_other_pain_rules_fire() -> None:
    assert final(hurting("limp", worst=0)).flag_ids == ("C-PAIN-LIMP",)


@pytest.mark.parametrize("worry", range(11))
def test_worry_from_seven(worry: int) -> None:
    assert final({"ready.worry": worry}).flag_ids == (("C-WORRY",) if worry >= 7 else ())


@pytest.mark.parametrize(
    ("sleep", "short", "factor"),
    [(0, True, True), (5, True, True), (6, False, True), (7, False, False)],
)
def test_sleep(sleep: int, short: bool, factor: bool) -> None:
    three = {"bg.running": "new", "ready.energy": ["worn_out"], "bg.history": ["run_injury"]}
    result = final(three, {"bg.delivery": "cesarean", "ready.sleep": sleep})
    assert fires(result, "C-SLEEP") == short
    assert fires(result, "C-RISK4") == factor


def test_bother_moves_only_scores() -> None:
    calm, upset = leaking() | {"leak.bother": 0}, leaking() | {"leak.bother": 10}
    assert final(calm).flag_ids == final(upset).flag_ids
    calm, upset = heavy() | {"heavy.bother": 0}, heavy() | {"heavy.bother": 10}
    assert final(calm).flag_ids == final(upset).flag_ids


# --- Check-in -------------------------------------------------------------------------------------


def outcome_of(**changes: object) -> str:
    """Return a check-in's outcome with these ci.* answers."""
    return checked_in({f"ci.{name}": value for name, value in changes.items()}).outcome


@pytest.mark.parametrize("worst", range(11))
def test_check_in_pain_bands(worst: int) -> None:
    expected = "progress" if worst <= 3 else "repeat_stage" if worst <= 5 else "hold_impact"
    assert outcome_of(pain_worst=worst) == expected


@pytest.mark.parametrize(
    ("often", "outcome"),
    [
        *(("never", "progress"), ("monthly", "progress"), ("weekly", "repeat_stage")),
        *(("several_weekly", "repeat_stage"), ("daily", "repeat_stage")),
        ("many_daily", "hold_impact"),
    ],
)
def test_check_in_leak_bands(often: str, outcome: str) -> None:
    assert outcome_of(leak_frequency=often, leak_bother=0) == outcome


@pytest.mark.parametrize(
    ("often", "outcome"),
    [
        *(("never", "progress"), ("monthly", "progress"), ("weekly", "repeat_stage")),
        *(
            ("several_weekly", "repeat_stage"),
            ("daily", "hold_impact"),
            ("constant", "hold_impact"),
        ),
    ],
)
def test_check_in_heaviness_bands(often: str, outcome: str) -> None:
    assert outcome_of(heavy_frequency=often, heavy_bother=0) == outcome


@pytest.mark.parametrize(
    ("rise", "outcome"), [(19, "progress"), (20, "repeat_stage"), (21, "repeat_stage")]
)
def test_a_rise_of_twenty_fires(rise: int, outcome: str) -> None:
    # A rare leak with bother 9: 4 x 1 x 1 + 36 = 40.
    rare = {"ci.leak_frequency": "monthly", "ci.leak_bother": 9}
    for name in ("previous_scores", "first_scores"):
        earlier = {name: {"leak": 40 - rise}, "last_leak_amount": "drops"}
        assert checked_in(rare, **earlier).outcome == outcome


# --- Choices that never flag on their own ---------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        *({"bg.delivery": how} for how in ("vaginal", "cesarean", "prefer_not")),
        *({"bg.tear": tear} for tear in ("none", "minor")),
        *({"bg.bleeding": now} for now in ("period", "hormonal")),
        {"bg.bleeding": "none", "bg.now": ["breastfeeding"]},
        {"bg.history": ["run_injury"]},
        {"bg.now": ["breastfeeding"]},
        *({"bg.running": how} for how in ("new", "paused")),
        *(running(how) for how in ("walk_run", "running")),
        *({"bg.goal": goal} for goal in ("regular", "race_later", "other_sport", "unsure", None)),
        running() | {"bg.goal": "race_soon"},
        *(hurting(area=area, worst=0) for area in ("low_back", "pubic", "hip_groin", "sacrum")),
        *(hurting(area=area, worst=0) for area in ("knee", "lower_leg", "other")),
        *({"ready.load": load} for load in ("walk30", "impact_ok")),
        *({"ready.mood": mood} for mood in ("never", "some_days")),
        {"care.note": "Chest pain and dark thoughts are never read here by a rule."},
    ],
)
def test_choices_that_never_flag_on_their_own(change: Raw) -> None:
    result = final(change)
    assert (result.level, result.flags) == ("clear", ())


@pytest.mark.parametrize(
    "change",
    [{"bg.clearance": "no_visit"}, {"bg.now": ["unhealed"]}, {"bg.bleeding": "lochia"}],
)
def test_some_choices_are_fine_before_six_weeks(change: Raw) -> None:
    assert final(weeks_ago(5), change).flag_ids == ("C-TIME-LT6",)
