"""What each choice fires alone, on a form that is quiet otherwise."""

import pytest

from intake.questionnaire.definition import CHECKIN, INTAKE
from tests.intake.samples import Raw, checked_in, final, heavy, hurting, leaking, running

# Hidden on a quiet form; read when a choice shows them.
FOLLOW_UPS: Raw = {
    "leak.frequency": "weekly",
    "leak.amount": "drops",
    "leak.bother": 3,
    "heavy.bulge": "no",
    "heavy.bother": 3,
    "pain.worst": 0,
    "pain.signs": ["none"],
    "ready.run_response": "fine",
    "ci.leak_bother": 0,
    "ci.heavy_bother": 0,
}

# What must be there for a follow-up to be asked.
SHOWN_BY: dict[str, Raw] = {
    "leak.frequency": leaking(),
    "leak.amount": leaking(),
    "heavy.bulge": heavy(),
    "pain.signs": hurting(worst=0),
    "ready.run_response": running(),
}

FIRES_ALONE = {
    "safety.emergency": {
        "chest_pain": "U-CHEST",
        "breathing": "U-BREATH",
        "seizure": "U-SEIZURE",
        "stroke": "U-STROKE",
        "faint": "U-FAINT",
        "headache": "U-HEADACHE",
        "vision": "U-VISION",
        "saddle": "U-CAUDA",
        "cannot_pee": "U-RETENTION",
        "legs_weak": "U-CAUDA",
        "none": "",
    },
    "safety.body": {
        "fever": "U-FEVER",
        "heavy_bleeding": "U-BLEED",
        "bad_discharge": "U-DISCHARGE",
        "belly_pain": "U-BELLY",
        "vomiting": "U-VOMIT",
        "swelling": "U-SWELLING",
        "leg": "U-CLOT",
        "wound": "U-WOUND",
        "breast": "U-BREAST",
        "very_tired": "U-TIRED",
        "pregnancy_sign": "U-PREGNANCY",
        "none": "",
    },
    "safety.mind": {
        "self_harm": "U-SELF-HARM",
        "baby_harm": "U-BABY-HARM",
        "psychosis": "U-PSYCHOSIS",
        "none": "",
        "prefer_not": "R-MIND-SKIP",
    },
    "bg.delivery": {
        "vaginal": "",
        "assisted": "C-ASSISTED",
        "cesarean": "",
        "prefer_not": "",
    },
    "bg.tear": {
        "none": "",
        "minor": "",
        "severe": "R-TEAR-SEVERE",
        "unsure": "C-TEAR-UNKNOWN",
        "prefer_not": "C-TEAR-UNKNOWN",
    },
    "bg.clearance": {
        "yes": "",
        "limits": "C-CLEAR-LIMITS",
        "wait": "R-CLEAR-WAIT",
        "no_visit": "C-CLEAR-NONE",
    },
    "bg.bleeding": {
        "none": "C-NO-PERIOD",
        "period": "",
        "hormonal": "",
        "lochia": "R-BLEED-8WK",
        "returned": "R-BLEED-BACK",
        "prefer_not": "C-BLEED-UNKNOWN",
    },
    "bg.history": {
        "prolapse": "C-PROLAPSE-QUIET",
        "pessary_ok": "C-PESSARY",
        "pessary_problem": "R-PESSARY-PROBLEM",
        "pelvic_surgery": "C-HX-SURGERY",
        "heart_kidney": "R-HEART-KIDNEY",
        "clot": "R-CLOT-HX",
        "high_bp": "C-HX-BP",
        "stress_fracture": "C-HX-BONE",
        "run_injury": "",
        "eating_disorder": "C-HX-EATING",
        "none": "",
    },
    "bg.now": {
        "breastfeeding": "",
        "unhealed": "R-UNHEALED",
        "doming": "C-DOMING",
        "core": "C-CORE",
        "lump": "R-LUMP",
        "burning": "C-URINE-BURN",
        "blood_urine": "R-URINE-BLOOD",
        "hard_empty": "C-URINE-EMPTY",
        "anemia": "C-ANEMIA",
        "pregnant": "R-PREGNANT",
        "none": "",
    },
    "bg.running": {
        "new": "",
        "paused": "",
        "walk_run": "",
        "running": "",
    },
    "bg.goal": {
        "comfort": "",
        "regular": "",
        "race_soon": "C-RACE-SOON",
        "race_later": "",
        "other_sport": "",
        "unsure": "",
    },
    "leak.when": {
        "cough": "C-LEAK-MILD",
        "impact": "C-LEAK-MILD",
        "lift": "C-LEAK-MILD",
        "urge": "C-LEAK-MILD",
        "no_reason": "C-LEAK-MILD R-LEAK-CONSTANT",
        "gas": "C-LEAK-GAS",
        "stool": "R-LEAK-STOOL",
        "none": "",
    },
    "leak.frequency": {
        "monthly": "C-LEAK-MILD",
        "weekly": "C-LEAK-MILD",
        "several_weekly": "C-LEAK-MILD",
        "daily": "C-LEAK-MOD",
        "many_daily": "C-LEAK-MOD",
    },
    "leak.amount": {
        "drops": "C-LEAK-MILD",
        "wet": "C-LEAK-MILD",
        "soak": "C-LEAK-MOD",
    },
    "heavy.frequency": {
        "never": "",
        "monthly": "C-HEAVY-RARE",
        "weekly": "C-HEAVY-WEEKLY",
        "several_weekly": "C-HEAVY-WEEKLY",
        "daily": "R-HEAVY-DAILY",
        "constant": "R-HEAVY-DAILY",
    },
    "heavy.bulge": {
        "no": "C-HEAVY-RARE",
        "inside": "C-HEAVY-INSIDE C-HEAVY-RARE",
        "outside": "C-HEAVY-RARE R-HEAVY-OUTSIDE",
        "stuck": "C-HEAVY-RARE U-BULGE-STUCK",
        "unsure": "C-HEAVY-RARE C-HEAVY-UNSURE",
    },
    "pain.areas": {
        "low_back": "",
        "pubic": "",
        "hip_groin": "",
        "sacrum": "",
        "scar": "C-PAIN-SCAR",
        "vagina": "C-PAIN-PELVIC",
        "knee": "",
        "lower_leg": "",
        "other": "",
        "none": "",
    },
    "pain.signs": {
        "pinpoint": "C-PAIN-PINPOINT",
        "impact": "C-PAIN-IMPACT",
        "limp": "C-PAIN-LIMP",
        "rest": "R-PAIN-REST",
        "nerve": "R-PAIN-NERVE",
        "linger": "C-PAIN-LINGER",
        "none": "",
    },
    "ready.load": {
        "walk_symptoms": "C-LOAD-WALK",
        "short_walk": "C-LOAD-SHORT",
        "walk30": "",
        "impact_symptoms": "C-LOAD-IMPACT",
        "impact_ok": "",
    },
    "ready.run_response": {
        "fine": "",
        "settles": "C-RUN-SETTLES",
        "lasts": "R-RUN-LASTS",
    },
    "ready.energy": {
        "worn_out": "C-TIRED",
        "skip_meals": "C-FUEL",
        "weight_loss": "C-FUEL",
        "milk_drop": "C-MILK",
        "none": "",
    },
    "ready.mood": {
        "never": "",
        "some_days": "",
        "most_days": "C-MOOD",
        "every_day": "R-MOOD-DAILY",
        "prefer_not": "C-MOOD-SKIP",
    },
    "ci.warning": {
        "chest_breath": "CU-CHEST",
        "head_vision": "CU-HEAD",
        "heavy_bleeding": "CU-BLEED",
        "infection": "CU-INFECT",
        "belly": "CU-BELLY",
        "leg": "CU-LEG",
        "saddle": "CU-SADDLE",
        "weak": "CU-WEAK",
        "self_harm": "CU-MIND",
        "psychosis": "CU-PSYCHOSIS",
        "bulge_stuck": "CU-BULGE",
        "preg_sign": "CU-PREG",
        "bulge_out": "CR-BULGE",
        "stool": "CR-STOOL",
        "nerve": "CR-NERVE",
        "bone": "CR-BONE",
        "linger": "CR-LINGER",
        "bleeding_back": "CR-BLEED",
        "low_mood": "CR-MOOD",
        "pregnant": "CR-PREGNANT",
        "none": "",
    },
    "ci.leak_frequency": {
        "never": "",
        "monthly": "",
        "weekly": "CC-LEAK",
        "several_weekly": "CC-LEAK",
        "daily": "CC-LEAK",
        "many_daily": "CR-LEAK",
    },
    "ci.heavy_frequency": {
        "never": "",
        "monthly": "",
        "weekly": "CC-HEAVY",
        "several_weekly": "CC-HEAVY",
        "daily": "CR-HEAVY",
        "constant": "CR-HEAVY",
    },
    "ci.load": {
        "walk_symptoms": "CR-LOAD",
        "short_walk": "",
        "walk30": "",
        "impact_symptoms": "CC-LOAD",
        "impact_ok": "",
    },
}


def test_the_table_names_every_choice() -> None:
    asked = [question for form in (INTAKE, CHECKIN) for question in form.questions]
    every = {question.id: list(question.choice_ids) for question in asked if question.choices}
    assert {question: list(fires) for question, fires in FIRES_ALONE.items()} == every


@pytest.mark.parametrize(
    ("question", "choice", "rule_ids"),
    [
        (question, choice, rule_ids)
        for question, choices in FIRES_ALONE.items()
        for choice, rule_ids in choices.items()
    ],
)
def test_what_a_choice_fires_alone(question: str, choice: str, rule_ids: str) -> None:
    form = CHECKIN if question.startswith("ci.") else INTAKE
    answer = [choice] if form.question(question).kind == "multi" else choice
    changes = (FOLLOW_UPS, SHOWN_BY.get(question, {}), {question: answer})
    result = checked_in(*changes) if form is CHECKIN else final(*changes)
    assert " ".join(result.flag_ids) == rule_ids
