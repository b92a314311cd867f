"""Every urgent rule: answers with which it fires and near ones with which it does not."""

import pytest

from tests.intake.samples import Raw, final, heavy, hurting, leaking, partial
from tests.intake.triage.rule_cases import Cases, all_but, on_top_of, ticks
from tests.intake.triage.rule_table import TABLE, raised

EMERGENCY, BODY, MIND = "safety.emergency", "safety.body", "safety.mind"

HEADACHE = {EMERGENCY: ["headache"]}
FEVER_AND = [
    {BODY: ["fever", sign]}
    for sign in ("very_tired", "bad_discharge", "belly_pain", "wound", "vomiting")
]
NERVE = hurting("nerve")

CASES = {
    "U-CHEST": Cases(ticks(EMERGENCY, "chest_pain"), ticks(EMERGENCY, "breathing", "none")),
    "U-BREATH": Cases(ticks(EMERGENCY, "breathing"), ticks(EMERGENCY, "chest_pain", "none")),
    "U-SEIZURE": Cases(ticks(EMERGENCY, "seizure"), ticks(EMERGENCY, "stroke", "none")),
    "U-STROKE": Cases(ticks(EMERGENCY, "stroke"), ticks(EMERGENCY, "seizure", "none")),
    "U-FAINT": Cases(ticks(EMERGENCY, "faint"), ticks(EMERGENCY, "headache", "none")),
    "U-PREECLAMPSIA": Cases(
        fires=[
            {EMERGENCY: ["headache", "vision"]},
            *on_top_of(HEADACHE, ticks(BODY, "swelling", "belly_pain", "vomiting")),
        ],
        quiet=[
            HEADACHE,
            {BODY: ["swelling", "belly_pain", "vomiting"], **all_but(EMERGENCY, "headache")},
            all_but(EMERGENCY, "vision") | all_but(BODY, "swelling", "belly_pain", "vomiting"),
        ],
    ),
    "U-HEADACHE": Cases(ticks(EMERGENCY, "headache"), ticks(EMERGENCY, "vision", "none")),
    "U-VISION": Cases(ticks(EMERGENCY, "vision"), ticks(EMERGENCY, "headache", "none")),
    "U-SWELLING": Cases(ticks(BODY, "swelling"), ticks(BODY, "leg", "none")),
    "U-SWELLING-BP": Cases(
        fires=[{BODY: ["swelling"], "bg.history": ["high_bp"]}],
        quiet=[
            {BODY: ["swelling"]} | all_but("bg.history", "high_bp"),
            {"bg.history": ["high_bp"]} | all_but(BODY, "swelling"),
        ],
    ),
    "U-CAUDA": Cases(
        ticks(EMERGENCY, "saddle", "legs_weak"), ticks(EMERGENCY, "cannot_pee", "none")
    ),
    "U-RETENTION": Cases(
        ticks(EMERGENCY, "cannot_pee"), [*ticks(EMERGENCY, "saddle"), {"bg.now": ["hard_empty"]}]
    ),
    "U-FEVER": Cases(ticks(BODY, "fever"), ticks(BODY, "breast", "none")),
    "U-SEPSIS": Cases(
        fires=FEVER_AND,
        quiet=[
            {BODY: ["fever"]},
            {BODY: ["fever", "breast", "swelling", "leg", "heavy_bleeding", "pregnancy_sign"]},
            all_but(BODY, "fever"),
        ],
    ),
    "U-BLEED": Cases(
        ticks(BODY, "heavy_bleeding"), [*ticks(BODY, "none"), {"bg.bleeding": "returned"}]
    ),
    "U-DISCHARGE": Cases(ticks(BODY, "bad_discharge"), ticks(BODY, "heavy_bleeding", "none")),
    "U-BELLY": Cases(ticks(BODY, "belly_pain"), ticks(BODY, "vomiting", "none")),
    "U-VOMIT": Cases(ticks(BODY, "vomiting"), ticks(BODY, "belly_pain", "none")),
    "U-CLOT": Cases(ticks(BODY, "leg"), [*ticks(BODY, "none"), {"bg.history": ["clot"]}]),
    "U-WOUND": Cases(ticks(BODY, "wound"), [*ticks(BODY, "none"), {"bg.now": ["unhealed"]}]),
    "U-BREAST": Cases(ticks(BODY, "breast"), ticks(BODY, "fever", "none")),
    "U-TIRED": Cases(
        ticks(BODY, "very_tired"), [*ticks(BODY, "none"), {"ready.energy": ["worn_out"]}]
    ),
    "U-PREGNANCY": Cases(
        ticks(BODY, "pregnancy_sign"), [*ticks(BODY, "none"), {"bg.now": ["pregnant"]}]
    ),
    "U-SELF-HARM": Cases(ticks(MIND, "self_harm"), ticks(MIND, "baby_harm", "prefer_not", "none")),
    "U-BABY-HARM": Cases(ticks(MIND, "baby_harm"), ticks(MIND, "self_harm", "prefer_not", "none")),
    "U-PSYCHOSIS": Cases(ticks(MIND, "psychosis"), ticks(MIND, "self_harm", "prefer_not", "none")),
    "U-CAUDA-COMBO": Cases(
        fires=[
            NERVE | leaking("no_reason"),
            NERVE | leaking("stool"),
            NERVE | {"bg.now": ["hard_empty"]},
        ],
        quiet=[
            NERVE,
            NERVE | leaking(["cough", "impact", "lift", "urge", "gas"]),
            NERVE | all_but("bg.now", "hard_empty"),
            leaking(["no_reason", "stool"]) | {"bg.now": ["hard_empty"]},
            hurting("pinpoint", "impact", "limp", "rest", "linger") | leaking("stool"),
        ],
    ),
    "U-BULGE-STUCK": Cases(
        fires=[
            heavy(bulge="stuck"),
            {"bg.history": ["prolapse"], "heavy.bulge": "stuck"},
        ],
        quiet=[heavy(bulge="outside"), heavy(bulge="inside"), {"heavy.bulge": "stuck"}],
    ),
}

FIRES = [(rule_id, change) for rule_id, cases in CASES.items() for change in cases.fires]
QUIET = [(rule_id, change) for rule_id, cases in CASES.items() for change in cases.quiet]


@pytest.mark.parametrize(("rule_id", "change"), FIRES)
def test_it_fires_after_a_page_and_on_the_full_form(rule_id: str, change: Raw) -> None:
    for result in (partial(change), final(change)):
        assert raised(result, rule_id) == TABLE[rule_id]
        assert result.level == "urgent"
        assert result.next_step == "emergency"
        assert TABLE[rule_id].action in result.actions
        assert result.bookable == ()


@pytest.mark.parametrize(("rule_id", "change"), QUIET)
def test_it_does_not_fire(rule_id: str, change: Raw) -> None:
    assert rule_id not in final(change).flag_ids
