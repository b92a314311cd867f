"""The rules of the check-in before a visit."""

# mypy: disallow-any-explicit

from functools import partial

from intake.questionnaire.conditions import Rise, any_of, between, has, missing
from intake.questionnaire.definition import msg
from intake.triage.rules.rule import CAUTION, RED, URGENT, Rule

_urgent = partial(Rule, level=URGENT)
_red = partial(Rule, level=RED)
_caution = partial(Rule, level=CAUTION)

# 20 points. Source: docs/clinical.md, "Scores".
LEAK_ROSE = Rise("leak", 20, made_of=("ci.leak_frequency", "ci.leak_bother"))
HEAVINESS_ROSE = Rise("heaviness", 20, made_of=("ci.heavy_frequency", "ci.heavy_bother"))
PAIN_ROSE = Rise("pain", 20, made_of=("ci.pain_worst",))

RULES = (
    _urgent(
        "CU-CHEST",
        has("ci.warning", "chest_breath"),
        action="call_911",
        told=msg(
            "Chest, breathing, heart, fainting, seizure, or stroke signs can be an emergency. Call "
            "911 now."
        ),
        sources=("S9", "S10", "S14"),
    ),
    _urgent(
        "CU-PSYCHOSIS",
        has("ci.warning", "psychosis"),
        action="call_911",
        told=msg(
            "This can be a medical emergency, and it can be treated. Call 911 now, or ask someone "
            "you trust to call and stay with you."
        ),
        sources=("S16",),
    ),
    _urgent(
        "CU-BLEED",
        has("ci.warning", "heavy_bleeding"),
        action="go_er",
        told=msg(
            "Bleeding this heavy needs care now. Go to the emergency room. Call 911 if you feel "
            "faint."
        ),
        sources=("S9", "S10", "S12"),
    ),
    _urgent(
        "CU-BELLY",
        has("ci.warning", "belly"),
        action="go_er",
        told=msg("This needs care now. Go to the emergency room."),
        sources=("S9", "S7"),
    ),
    _urgent(
        "CU-LEG",
        has("ci.warning", "leg"),
        action="go_er",
        told=msg("This can mean a blood clot. Go to the emergency room now. Don’t rub it."),
        sources=("S9", "S10", "S14"),
    ),
    _urgent(
        "CU-SADDLE",
        has("ci.warning", "saddle"),
        action="go_er",
        told=msg(
            "This can mean pressure on the nerves of your spine. Go to the emergency room now."
        ),
        sources=("S11",),
    ),
    _urgent(
        "CU-CAUDA",
        has("ci.warning", "nerve") & has("ci.warning", "stool"),
        action="go_er",
        told=msg(
            "Leg numbness or weakness along with leaking poop can mean pressure on the nerves of "
            "your spine. Go to the emergency room now."
        ),
        sources=("S11",),
    ),
    _urgent(
        "CU-BULGE",
        has("ci.warning", "bulge_stuck"),
        action="go_er",
        told=msg(
            "A bulge that hurts, bleeds, or will not go back needs care now. Go to the emergency "
            "room."
        ),
        sources=("S23", "OWN"),
    ),
    _urgent(
        "CU-MIND",
        has("ci.warning", "self_harm"),
        action="crisis_988",
        told=msg(
            "We are really glad you told us. Call or text 988 now. If you might act on these "
            "thoughts, call 911."
        ),
        sources=("S9", "S10", "S17"),
    ),
    _urgent(
        "CU-HEAD",
        has("ci.warning", "head_vision"),
        action="go_er",
        told=msg(
            "These can mean dangerous blood pressure. Go to the emergency room and say you gave "
            "birth recently."
        ),
        sources=("S9", "S10", "S13"),
    ),
    _urgent(
        "CU-INFECT",
        has("ci.warning", "infection"),
        action="call_provider_now",
        told=msg(
            "This can be an infection that needs care today. Call your OB or midwife right now."
        ),
        sources=("S9", "S10", "S12", "S15"),
    ),
    _urgent(
        "CU-WEAK",
        has("ci.warning", "weak"),
        action="call_provider_now",
        told=msg(
            "Sudden, extreme weakness is not normal new-parent tiredness. Please get checked today."
        ),
        sources=("S9",),
    ),
    _urgent(
        "CU-PREG",
        has("ci.warning", "preg_sign"),
        action="call_provider_now",
        told=msg(
            "Bleeding, leaking fluid, or less movement in pregnancy needs a check right now. Call "
            "your OB or midwife."
        ),
        sources=("S9",),
    ),
    _red(
        "CR-BULGE",
        has("ci.warning", "bulge_out"),
        told=msg("No impact until we check it."),
        sources=("S1", "S23"),
    ),
    _red(
        "CR-STOOL",
        has("ci.warning", "stool"),
        told=msg("No impact until we check it."),
        sources=("S1", "S24"),
    ),
    _red(
        "CR-NERVE",
        has("ci.warning", "nerve"),
        told=msg(
            "No impact until we check it. If it spreads to both legs or between your legs, go to "
            "the emergency room."
        ),
        sources=("S7", "S11"),
    ),
    _red(
        "CR-BONE",
        has("ci.warning", "bone"),
        told=msg("Stop running. You may need a scan."),
        sources=("S18",),
    ),
    _red(
        "CR-LINGER",
        has("ci.warning", "linger"),
        told=msg("Rest from impact until your visit."),
        sources=("S19", "S1"),
    ),
    _red(
        "CR-BLEED",
        has("ci.warning", "bleeding_back"),
        told=msg("Call your OB or midwife today. No impact."),
        sources=("S1", "S6", "S7", "S12"),
    ),
    _red(
        "CR-MOOD",
        has("ci.warning", "low_mood"),
        told=msg("A clinician will reach out. Call or text 1-833-852-6262 any time."),
        sources=("S2", "S17", "S29"),
    ),
    _red(
        "CR-PREGNANT",
        has("ci.warning", "pregnant"),
        told=msg("No impact tests. A clinician will adjust your plan."),
        sources=("OWN", "S8"),
    ),
    _red(
        "CR-PAIN",
        between("ci.pain_worst", 6, 10),
        told=msg("No impact. We will find the cause first."),
        sources=("S19", "OWN"),
    ),
    _red(
        "CR-HEAVY",
        any_of("ci.heavy_frequency", "daily", "constant"),
        told=msg("No impact until we check your support."),
        sources=("S1", "S4"),
    ),
    _red(
        "CR-LEAK",
        has("ci.leak_frequency", "many_daily"),
        told=msg("You are leaking many times a day. No impact until we check why."),
        sources=("S1", "OWN"),
    ),
    _red(
        "CR-LOAD",
        has("ci.load", "walk_symptoms"),
        told=msg("Let’s make walking feel good again first. No impact until we check why."),
        sources=("S1", "OWN"),
    ),
    _red(
        "CR-DATA",
        missing("ci.warning"),
        told=msg("We will ask your safety questions at the start of your visit."),
        sources=("OWN",),
    ),
    _caution(
        "CC-PAIN",
        between("ci.pain_worst", 4, 5),
        told=msg("Repeat your stage."),
        sources=("S19",),
    ),
    _caution(
        "CC-HEAVY",
        any_of("ci.heavy_frequency", "weekly", "several_weekly"),
        told=msg("Repeat your stage."),
        sources=("S1", "S4"),
    ),
    _caution(
        "CC-LEAK",
        any_of("ci.leak_frequency", "weekly", "several_weekly", "daily"),
        told=msg("Repeat your stage."),
        sources=("S1", "OWN"),
    ),
    _caution(
        "CC-RISE",
        LEAK_ROSE | HEAVINESS_ROSE | PAIN_ROSE,
        told=msg("Something got worse. Repeat your stage and we will look at why."),
        sources=("OWN",),
    ),
    _caution(
        "CC-LOAD",
        has("ci.load", "impact_symptoms"),
        told=msg("Repeat your stage."),
        sources=("S1",),
    ),
    _caution(
        "CC-WORRY",
        between("ci.worry", 7, 10),
        told=msg("We will talk it through and go at your pace."),
        sources=("S4",),
    ),
    _caution(
        "CC-DATA",
        # Without ci.warning, which has a rule of its own: a missing answer about danger is red.
        missing(
            "ci.leak_frequency",
            "ci.leak_bother",
            "ci.heavy_frequency",
            "ci.heavy_bother",
            "ci.pain_worst",
            "ci.load",
            "ci.worry",
        ),
        told=msg("We will finish your check-in at the visit."),
        sources=("OWN",),
    ),
)
