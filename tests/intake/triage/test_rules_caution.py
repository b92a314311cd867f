"""Every caution rule: answers with which it fires and near ones with which it does not."""

import pytest

from intake.questionnaire.definition import INTAKE
from tests.intake.samples import Raw, final, heavy, hurting, leaking, partial, running, weeks_ago
from tests.intake.triage.rule_cases import Cases, all_but, on_top_of, picks, ticks
from tests.intake.triage.rule_table import TABLE, raised

NO_DATE = {"bg.birth_date": None}
HISTORY, NOW, ENERGY = "bg.history", "bg.now", "ready.energy"
URINE = ("cough", "impact", "lift", "urge", "no_reason")
RARELY = ("monthly", "weekly", "several_weekly")
DAILY = ("daily", "many_daily")
NO_PERIOD = {"bg.bleeding": "none"}
PROLAPSE = {HISTORY: ["prolapse"], "heavy.bulge": "no"}

# New, worn out, injured: three of the six; born by C-section, no leak, seven hours of sleep.
THREE_RISKS = {
    "bg.running": "new",
    ENERGY: ["worn_out"],
    HISTORY: ["run_injury"],
    "bg.delivery": "cesarean",
}

BACKGROUND = {
    "C-DATA-MISSING": Cases(
        fires=[
            *(
                {question.id: None}
                for question in INTAKE.questions
                if question.required and not question.id.startswith("safety.")
                # The rest is hidden on the quiet form.
                if not question.shown.reads or question.id == "bg.tear"
            ),
            *(leaking() | {question: None} for question in ("leak.frequency", "leak.amount")),
            leaking() | {"leak.bother": None},
            heavy() | {"heavy.bulge": None},
            heavy() | {"heavy.bother": None},
            hurting() | {"pain.worst": None},
            hurting() | {"pain.signs": None},
            running() | {"ready.run_response": None},
        ],
        quiet=[
            {},
            {"bg.goal": None},
            {"care.note": None},
            {"safety.mind": None},
            {"bg.delivery": "cesarean", "bg.tear": None},
        ],
    ),
    "C-TIME-LT6": Cases(
        on_top_of(weeks_ago(5), picks("bg.running", "new", "paused")),
        [weeks_ago(6), weeks_ago(5) | running(), weeks_ago(5) | running("walk_run"), NO_DATE],
    ),
    "C-TIME-RUN": Cases(
        [
            weeks_ago(6) | running("walk_run"),
            weeks_ago(6) | running("running"),
            weeks_ago(11) | running(),
        ],
        [weeks_ago(5) | running(), weeks_ago(12) | running(), weeks_ago(6), NO_DATE | running()],
    ),
    "C-TIME-LT12": Cases(
        [weeks_ago(6), weeks_ago(11), weeks_ago(6) | {"bg.running": "new"}],
        [weeks_ago(5), weeks_ago(12), weeks_ago(6) | running(), NO_DATE],
    ),
    "C-CLEAR-NONE": Cases(
        [{"bg.clearance": "no_visit"}, weeks_ago(6) | {"bg.clearance": "no_visit"}],
        [
            weeks_ago(5) | {"bg.clearance": "no_visit"},
            NO_DATE | {"bg.clearance": "no_visit"},
            *picks("bg.clearance", "yes", "limits", "wait"),
        ],
    ),
    "C-CLEAR-LIMITS": Cases(
        picks("bg.clearance", "limits"), picks("bg.clearance", "yes", "wait", "no_visit")
    ),
    "C-TEAR-UNKNOWN": Cases(
        picks("bg.tear", "unsure", "prefer_not"),
        [
            *picks("bg.tear", "none", "minor", "severe"),
            {"bg.delivery": "cesarean", "bg.tear": "unsure"},
        ],
    ),
    "C-ASSISTED": Cases(
        picks("bg.delivery", "assisted"), picks("bg.delivery", "vaginal", "cesarean", "prefer_not")
    ),
    "C-BLEED-UNKNOWN": Cases(
        picks("bg.bleeding", "prefer_not"), picks("bg.bleeding", "none", "period", "hormonal")
    ),
    "C-HX-BP": Cases(ticks(HISTORY, "high_bp"), ticks(HISTORY, "heart_kidney", "none")),
    "C-HX-SURGERY": Cases(ticks(HISTORY, "pelvic_surgery"), ticks(HISTORY, "prolapse", "none")),
    "C-ANEMIA": Cases(ticks(NOW, "anemia"), ticks(NOW, "breastfeeding", "none")),
    "C-DOMING": Cases(ticks(NOW, "doming"), ticks(NOW, "core", "none")),
    "C-CORE": Cases(ticks(NOW, "core"), ticks(NOW, "doming", "none")),
}

LEAK_AND_HEAVINESS = {
    "C-URINE-BURN": Cases(ticks(NOW, "burning"), ticks(NOW, "blood_urine", "none")),
    "C-URINE-EMPTY": Cases(ticks(NOW, "hard_empty"), ticks(NOW, "burning", "none")),
    "C-LEAK-GAS": Cases(
        [leaking("gas"), leaking(["gas", "cough"])],
        [leaking(["gas", "stool"]), leaking("cough"), {}],
    ),
    "C-LEAK-MOD": Cases(
        fires=[
            *(leaking(when, "daily", "drops") for when in URINE),
            *(leaking("cough", often, much) for often in DAILY for much in ("drops", "wet")),
            *(leaking("cough", often, "soak") for often in RARELY),
        ],
        quiet=[
            *(leaking("cough", often, "soak") for often in DAILY),
            *(leaking("cough", often, "wet") for often in RARELY),
            leaking("stool", "daily", "wet"),
            leaking("gas", "daily", "wet"),
        ],
    ),
    "C-LEAK-MILD": Cases(
        fires=[
            *(leaking(when, "weekly", "wet") for when in URINE),
            *(leaking("cough", often, much) for often in RARELY for much in ("drops", "wet")),
        ],
        quiet=[
            *(leaking("cough", often, "drops") for often in DAILY),
            *(leaking("cough", often, "soak") for often in RARELY),
            leaking("stool", "weekly", "drops"),
            leaking("gas", "weekly", "drops"),
        ],
    ),
    "C-PESSARY": Cases(ticks(HISTORY, "pessary_ok"), ticks(HISTORY, "pessary_problem", "none")),
    "C-HEAVY-WEEKLY": Cases(
        [heavy("weekly"), heavy("several_weekly")], [heavy("monthly"), heavy("daily"), {}]
    ),
    "C-HEAVY-RARE": Cases([heavy("monthly")], [heavy("weekly"), {}]),
    "C-HEAVY-INSIDE": Cases([heavy(bulge="inside")], [heavy(bulge="outside"), heavy(bulge="no")]),
    "C-HEAVY-UNSURE": Cases([heavy(bulge="unsure")], [heavy(bulge="inside"), heavy(bulge="no")]),
    "C-PROLAPSE-QUIET": Cases(
        [PROLAPSE, PROLAPSE | heavy("monthly")],
        [PROLAPSE | heavy("weekly"), {HISTORY: ["pelvic_surgery"]}, heavy("monthly")],
    ),
}

PAIN = {
    "C-HX-BONE": Cases(ticks(HISTORY, "stress_fracture"), ticks(HISTORY, "run_injury", "none")),
    "C-PAIN-MOD": Cases(
        [hurting(worst=4), hurting(worst=6)], [hurting(worst=3), hurting(worst=7), {}]
    ),
    "C-PAIN-MILD": Cases(
        [hurting(worst=1), hurting(worst=3)], [hurting(worst=0), hurting(worst=4), {}]
    ),
    "C-PAIN-IMPACT": Cases([hurting("impact")], [hurting("limp"), hurting()]),
    "C-PAIN-LIMP": Cases([hurting("limp")], [hurting("impact"), hurting()]),
    "C-PAIN-PINPOINT": Cases([hurting("pinpoint")], [hurting("rest"), hurting()]),
    "C-PAIN-LINGER": Cases([hurting("linger")], [hurting("rest"), hurting()]),
    "C-PAIN-SCAR": Cases([hurting(area="scar")], [hurting(area="low_back"), {}]),
    "C-PAIN-PELVIC": Cases([hurting(area="vagina")], [hurting(area="pubic"), {}]),
    "C-RISK4": Cases(
        fires=[
            THREE_RISKS | {"bg.delivery": "vaginal"},
            THREE_RISKS | {"bg.delivery": "assisted"},
            *(
                THREE_RISKS | leaking(when)
                for when in ("cough", "impact", "lift", "urge", "no_reason", "stool")
            ),
            THREE_RISKS | {"ready.sleep": 6},
            THREE_RISKS | {HISTORY: ["stress_fracture"], "ready.sleep": 0},
            # The other three with one of the first.
            {"bg.running": "new", "ready.sleep": 6} | leaking(),
            {ENERGY: ["worn_out"], "ready.sleep": 6} | leaking(),
            {HISTORY: ["run_injury"], "ready.sleep": 6} | leaking(),
        ],
        quiet=[
            THREE_RISKS,
            THREE_RISKS | leaking("gas"),
            THREE_RISKS | {"ready.sleep": 7},
            THREE_RISKS | {"bg.delivery": "prefer_not"},
            # Injury and fracture are one factor.
            {HISTORY: ["run_injury", "stress_fracture"], ENERGY: ["worn_out"]},
            {"bg.running": "paused", "ready.sleep": 6} | leaking(),
        ],
    ),
}

READINESS = {
    "C-NO-PERIOD": Cases(
        [NO_PERIOD, NO_PERIOD | weeks_ago(12), NO_PERIOD | {NOW: ["doming"]}],
        [
            NO_PERIOD | weeks_ago(11),
            NO_PERIOD | {NOW: ["breastfeeding"]},
            NO_PERIOD | {NOW: ["pregnant"]},
            NO_PERIOD | {NOW: None},
            NO_PERIOD | NO_DATE,
            *picks("bg.bleeding", "period", "hormonal", "lochia", "returned", "prefer_not"),
        ],
    ),
    "C-HX-EATING": Cases(
        ticks(HISTORY, "eating_disorder"), [*ticks(HISTORY, "none"), *ticks(ENERGY, "skip_meals")]
    ),
    "C-LOAD-WALK": Cases(
        picks("ready.load", "walk_symptoms"), picks("ready.load", "short_walk", "impact_symptoms")
    ),
    "C-LOAD-SHORT": Cases(
        picks("ready.load", "short_walk"), picks("ready.load", "walk30", "walk_symptoms")
    ),
    "C-LOAD-IMPACT": Cases(
        picks("ready.load", "impact_symptoms"), picks("ready.load", "impact_ok", "walk30")
    ),
    "C-RUN-SETTLES": Cases(
        [running("running", "settles"), running("walk_run", "settles")],
        [running("running", "fine"), running("running", "lasts"), running("paused", "settles")],
    ),
    "C-SLEEP": Cases(
        picks("ready.sleep", 0, 5), [*picks("ready.sleep", 6, 24), {"ready.sleep": None}]
    ),
    "C-TIRED": Cases(ticks(ENERGY, "worn_out"), ticks(ENERGY, "skip_meals", "none")),
    "C-FUEL": Cases(
        ticks(ENERGY, "skip_meals", "weight_loss"), ticks(ENERGY, "worn_out", "milk_drop", "none")
    ),
    "C-MILK": Cases(ticks(ENERGY, "milk_drop"), ticks(ENERGY, "weight_loss", "none")),
    "C-MOOD": Cases(
        picks("ready.mood", "most_days"), picks("ready.mood", "some_days", "every_day", "never")
    ),
    "C-MOOD-SKIP": Cases(picks("ready.mood", "prefer_not"), picks("ready.mood", "never")),
    "C-WORRY": Cases(
        picks("ready.worry", 7, 10), [*picks("ready.worry", 0, 6), {"ready.worry": None}]
    ),
    "C-RACE-SOON": Cases(
        on_top_of({"bg.goal": "race_soon"}, picks("bg.running", "new", "paused")),
        [
            {"bg.goal": "race_soon"} | running("walk_run"),
            {"bg.goal": "race_soon"} | running("running"),
            {"bg.goal": "race_later"},
        ],
    ),
    "C-CONFLICT": Cases(
        on_top_of({"ready.load": "impact_ok"}, [leaking("impact"), hurting("impact")]),
        [
            {"ready.load": "impact_ok"},
            {"ready.load": "impact_ok"} | leaking() | all_but("leak.when", "impact"),
            {"ready.load": "impact_ok"} | hurting() | all_but("pain.signs", "impact"),
            {"ready.load": "impact_symptoms"} | leaking("impact") | hurting("impact"),
        ],
    ),
}

CASES = BACKGROUND | LEAK_AND_HEAVINESS | PAIN | READINESS
FIRES = [(rule_id, change) for rule_id, cases in CASES.items() for change in cases.fires]
QUIET = [(rule_id, change) for rule_id, cases in CASES.items() for change in cases.quiet]


@pytest.mark.parametrize(("rule_id", "change"), FIRES)
def test_it_fires_on_the_full_form_only(rule_id: str, change: Raw) -> None:
    result = final(change)
    assert raised(result, rule_id) == TABLE[rule_id]
    if TABLE[rule_id].eval_first:
        assert result.next_step in ("evaluation", "emergency")
    assert rule_id not in partial(change).flag_ids


@pytest.mark.parametrize(("rule_id", "change"), QUIET)
def test_it_does_not_fire(rule_id: str, change: Raw) -> None:
    assert rule_id not in final(change).flag_ids
