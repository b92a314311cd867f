"""Every red rule: answers with which it fires and near ones with which it does not."""

import pytest

from tests.intake.samples import Raw, final, heavy, hurting, leaking, partial, running, weeks_ago
from tests.intake.triage.rule_cases import Cases, all_but, on_top_of, picks, ticks
from tests.intake.triage.rule_table import TABLE, raised

NO_DATE = {"bg.birth_date": None}
HISTORY, NOW = "bg.history", "bg.now"
BONE_AREAS = ("pubic", "hip_groin", "sacrum", "lower_leg", "other")
OTHER_AREAS = ("low_back", "scar", "vagina", "knee")
FRACTURE = {HISTORY: ["stress_fracture"]}
EATING = {HISTORY: ["eating_disorder"]}
NO_PERIOD = {"bg.bleeding": "none"}

CASES = {
    "R-MIND-SKIP": Cases(
        ticks("safety.mind", "prefer_not"),
        [*ticks("safety.mind", "none", "self_harm"), {"safety.mind": None}],
    ),
    "R-DATA-SAFETY": Cases(
        fires=[{"safety.emergency": None}, {"safety.body": None}, {"safety.mind": None}],
        quiet=[NO_DATE, {"safety.mind": ["prefer_not"]}, {"ready.mood": None}],
    ),
    "R-DATA-HIDDEN": Cases(
        fires=[
            {"bg.delivery": None, "bg.tear": "none"},
            {"leak.when": None, "leak.frequency": "weekly"},
            {"leak.when": None, "leak.amount": "drops"},
            {"leak.when": None, "leak.bother": 0},
            {"heavy.frequency": None, "heavy.bulge": "stuck"},
            {"heavy.frequency": None, "heavy.bother": 3},
            {"bg.history": None, "heavy.bulge": "no"},
            {"pain.areas": None, "pain.worst": 8},
            {"pain.areas": None, "pain.signs": ["none"]},
            {"bg.running": None, "ready.run_response": "fine"},
        ],
        quiet=[
            {"bg.delivery": None, "bg.tear": None},
            {"bg.delivery": "cesarean", "bg.tear": "severe"},
            {"leak.when": None},
            # Visible because of the other answer: read as usual.
            {"heavy.frequency": None, "heavy.bulge": "no", "bg.history": ["prolapse"]},
            {"bg.history": None, **heavy()},
        ],
    ),
    "R-DATA-BIRTH": Cases(
        fires=on_top_of(
            NO_DATE,
            [
                running("walk_run"),
                running("running"),
                {NOW: ["unhealed"]},
                {"bg.bleeding": "lochia"},
            ],
        ),
        quiet=[
            NO_DATE,
            NO_DATE | {"bg.running": "new"} | all_but(NOW, "unhealed"),
            *on_top_of(NO_DATE, picks("bg.bleeding", "none", "hormonal", "returned", "prefer_not")),
            running() | {NOW: ["unhealed"], "bg.bleeding": "lochia"},
        ],
    ),
    "R-TIME-RUN": Cases(
        on_top_of(weeks_ago(5), [running("walk_run"), running("running")]),
        [
            weeks_ago(6) | running(),
            weeks_ago(5),
            weeks_ago(5) | {"bg.running": "new"},
            NO_DATE | running(),
        ],
    ),
    "R-CLEAR-WAIT": Cases(
        picks("bg.clearance", "wait"), picks("bg.clearance", "yes", "limits", "no_visit")
    ),
    "R-TEAR-SEVERE": Cases(
        fires=[{"bg.tear": "severe"}, {"bg.delivery": "assisted", "bg.tear": "severe"}],
        quiet=[
            *picks("bg.tear", "none", "minor", "unsure", "prefer_not"),
            {"bg.delivery": "cesarean", "bg.tear": "severe"},
            {"bg.delivery": "prefer_not", "bg.tear": "severe"},
        ],
    ),
    "R-UNHEALED": Cases(
        [{NOW: ["unhealed"]}, weeks_ago(6) | {NOW: ["unhealed"]}],
        [weeks_ago(5) | {NOW: ["unhealed"]}, NO_DATE | {NOW: ["unhealed"]}, {NOW: ["doming"]}],
    ),
    "R-BLEED-8WK": Cases(
        [weeks_ago(8) | {"bg.bleeding": "lochia"}],
        [
            weeks_ago(7) | {"bg.bleeding": "lochia"},
            NO_DATE | {"bg.bleeding": "lochia"},
            weeks_ago(8),
        ],
    ),
    "R-BLEED-BACK": Cases(
        picks("bg.bleeding", "returned"),
        picks("bg.bleeding", "none", "period", "hormonal", "lochia", "prefer_not"),
    ),
    "R-HEART-KIDNEY": Cases(ticks(HISTORY, "heart_kidney"), ticks(HISTORY, "high_bp", "none")),
    "R-CLOT-HX": Cases(ticks(HISTORY, "clot"), ticks(HISTORY, "heart_kidney", "none")),
    "R-PREGNANT": Cases(ticks(NOW, "pregnant"), ticks(NOW, "breastfeeding", "none")),
    "R-LUMP": Cases(ticks(NOW, "lump"), ticks(NOW, "doming", "none")),
    "R-URINE-BLOOD": Cases(ticks(NOW, "blood_urine"), ticks(NOW, "burning", "none")),
    "R-LEAK-STOOL": Cases([leaking("stool")], [leaking("gas"), leaking("no_reason"), {}]),
    "R-LEAK-CONSTANT": Cases([leaking("no_reason")], [leaking("urge"), leaking("stool"), {}]),
    "R-LEAK-HEAVY": Cases(
        fires=[
            leaking(when, often, "soak")
            for when in ("cough", "impact", "lift", "urge", "no_reason")
            for often in ("daily", "many_daily")
        ],
        quiet=[
            leaking("cough", "several_weekly", "soak"),
            leaking("cough", "daily", "wet"),
            leaking("stool", "daily", "soak"),
            leaking("gas", "daily", "soak"),
        ],
    ),
    "R-HEAVY-DAILY": Cases(
        [heavy("daily"), heavy("constant")], [heavy("several_weekly"), heavy("monthly"), {}]
    ),
    "R-HEAVY-OUTSIDE": Cases(
        [heavy(bulge="outside"), {HISTORY: ["prolapse"], "heavy.bulge": "outside"}],
        [heavy(bulge="inside"), heavy(bulge="stuck"), {"heavy.bulge": "outside"}],
    ),
    "R-PROLAPSE-SX": Cases(
        fires=[
            {HISTORY: ["prolapse"]} | heavy(often)
            for often in ("weekly", "several_weekly", "daily", "constant")
        ],
        quiet=[
            {HISTORY: ["prolapse"]} | heavy("monthly"),
            {HISTORY: ["prolapse"], "heavy.bulge": "no"},
            all_but(HISTORY, "prolapse") | heavy("weekly"),
        ],
    ),
    "R-PESSARY-PROBLEM": Cases(
        ticks(HISTORY, "pessary_problem"), ticks(HISTORY, "pessary_ok", "none")
    ),
    "R-PAIN-SEVERE": Cases([hurting(worst=7), hurting(worst=10)], [hurting(worst=6), {}]),
    "R-PAIN-REST": Cases([hurting("rest")], [hurting("linger"), hurting("limp")]),
    "R-PAIN-NERVE": Cases([hurting("nerve")], [hurting("pinpoint"), hurting()]),
    "R-PAIN-BONE": Cases(
        fires=[
            *(hurting("pinpoint", area=area) for area in BONE_AREAS),
            hurting("impact", "limp", area="sacrum"),
            *(FRACTURE | hurting(sign, area="pubic") for sign in ("impact", "limp", "rest")),
        ],
        quiet=[
            *(hurting("pinpoint", "impact", "limp", "rest", area=area) for area in OTHER_AREAS),
            hurting("impact", "rest", "nerve", "linger", area="sacrum"),
            hurting("limp", "rest", "nerve", "linger", area="sacrum"),
            FRACTURE | hurting("nerve", "linger", area="sacrum"),
            all_but(HISTORY, "stress_fracture") | hurting("rest", "limp", area="sacrum"),
        ],
    ),
    "R-ENERGY": Cases(
        fires=[
            EATING | {"ready.energy": ["skip_meals"]},
            EATING | {"ready.energy": ["weight_loss"]},
            FRACTURE | {"ready.energy": ["weight_loss"]},
            {HISTORY: ["eating_disorder", "stress_fracture"]},
            EATING | NO_PERIOD | weeks_ago(12),
        ],
        quiet=[
            # One point, even if both.
            {"ready.energy": ["skip_meals", "weight_loss"]},
            EATING | {"ready.energy": ["worn_out", "milk_drop"]},
            EATING | NO_PERIOD | weeks_ago(11),
            EATING | NO_PERIOD | {NOW: ["breastfeeding"]},
            EATING | NO_PERIOD | {NOW: ["pregnant"]},
            EATING | NO_PERIOD | {NOW: None},
            EATING | {"bg.bleeding": "hormonal"},
        ],
    ),
    "R-MOOD-DAILY": Cases(
        picks("ready.mood", "every_day"),
        picks("ready.mood", "most_days", "some_days", "never", "prefer_not"),
    ),
    "R-RUN-LASTS": Cases(
        [running("running", "lasts"), running("walk_run", "lasts")],
        [running("running", "settles"), running("running", "fine"), running("paused", "lasts")],
    ),
}

FIRES = [(rule_id, change) for rule_id, cases in CASES.items() for change in cases.fires]
QUIET = [(rule_id, change) for rule_id, cases in CASES.items() for change in cases.quiet]


@pytest.mark.parametrize(("rule_id", "change"), FIRES)
def test_it_fires_on_the_full_form_only(rule_id: str, change: Raw) -> None:
    result = final(change)
    assert raised(result, rule_id) == TABLE[rule_id]
    assert result.level in ("red", "urgent")
    assert "run_ready" not in result.bookable
    assert rule_id not in partial(change).flag_ids


@pytest.mark.parametrize(("rule_id", "change"), QUIET)
def test_it_does_not_fire(rule_id: str, change: Raw) -> None:
    assert rule_id not in final(change).flag_ids
