"""Red rules: a clinician reviews the answers before any impact."""

# mypy: disallow-any-explicit

from functools import partial

from intake.questionnaire.conditions import (
    SentBehindMissing,
    any_of,
    at_least,
    between,
    has,
    missing,
    weeks,
)
from intake.questionnaire.definition import INTAKE, msg
from intake.triage.rules.phrases import LEAKS_URINE, NO_PERIOD, RUNS
from intake.triage.rules.rule import RED, Rule

_safety = partial(Rule, level=RED, domain="safety")
_background = partial(Rule, level=RED, domain="background")
_leak = partial(Rule, level=RED, domain="leak")
_heaviness = partial(Rule, level=RED, domain="heaviness")
_pain = partial(Rule, level=RED, domain="pain")
_readiness = partial(Rule, level=RED, domain="readiness")

# (question, follow-up): every question that decides whether another one is shown.
FOLLOW_UPS = tuple(
    (first, follow_up.id) for follow_up in INTAKE.questions for first in follow_up.shown.reads
)

RULES = (
    _safety(
        "R-MIND-SKIP",
        has("safety.mind", "prefer_not"),
        told=msg(
            "That is OK. A clinician will check in with you in private. You can call or text 988, "
            "or 1-833-TLC-MAMA (1-833-852-6262), at any time."
        ),
        why=msg("Non-answer to a self-harm screen is not a ‘no’"),
        sources=("OWN", "S17"),
    ),
    _safety(
        "R-DATA-SAFETY",
        missing("safety.emergency", "safety.body", "safety.mind"),
        told=msg("We still need your safety answers. Please finish them, or call us."),
        why=msg("No safety screen means no automatic result"),
        sources=("OWN",),
    ),
    _background(
        "R-DATA-HIDDEN",
        SentBehindMissing(FOLLOW_UPS),
        told=msg("Some answers are missing. We will go over them with you before any impact."),
        why=msg("A danger answer may lie behind the question that was not answered"),
        sources=("OWN",),
    ),
    _background(
        "R-DATA-BIRTH",
        missing("bg.birth_date")
        & (RUNS | has("bg.now", "unhealed") | has("bg.bleeding", "lochia")),
        told=msg(
            "We need the date you gave birth to know what is safe. Please hold off on running "
            "until we have it."
        ),
        why=msg("The time rules cannot run without a date, and here they matter"),
        sources=("OWN",),
    ),
    _background(
        "R-TIME-RUN",
        weeks(0, 6) & RUNS,
        told=msg(
            "Your body is still in early healing. Please stick to walking and rest until we have "
            "seen you."
        ),
        why=msg(
            "Before 6 weeks: tissue healing, bleeding, no check-up yet. Delphi asks for at least 3 "
            "weeks of rest first"
        ),
        sources=("S1", "S2", "S6"),
    ),
    _background(
        "R-CLEAR-WAIT",
        has("bg.clearance", "wait"),
        told=msg(
            "Your provider asked you to wait. We will follow their plan and talk with them if you "
            "say yes."
        ),
        why=msg("Another provider has restricted exercise"),
        sources=("S6", "S7"),
    ),
    _background(
        "R-TEAR-SEVERE",
        has("bg.tear", "severe"),
        told=msg(
            "A tear like this goes into the muscle that holds poop and gas. We check that it has "
            "healed and works well. Then we talk about running."
        ),
        why=msg("Anal sphincter injury: higher risk of bowel leaks"),
        sources=("S24", "S1"),
    ),
    _background(
        "R-UNHEALED",
        has("bg.now", "unhealed") & weeks(6),
        told=msg(
            "We want your cut or stitches to heal before you run or jump. Please also tell your OB "
            "or midwife."
        ),
        why=msg("Delayed healing past 6 weeks"),
        sources=("S6", "S10"),
    ),
    _background(
        "R-BLEED-8WK",
        has("bg.bleeding", "lochia") & weeks(8),
        told=msg(
            "Bleeding from birth that lasts 8 weeks or more needs a check. Please call your OB or "
            "midwife this week, and hold off on impact."
        ),
        why=msg("Ongoing loss past 8 weeks is a key sign"),
        sources=("S1", "S12"),
    ),
    _background(
        "R-BLEED-BACK",
        has("bg.bleeding", "returned"),
        told=msg(
            "Bleeding that comes back or gets heavier with activity needs a check. Please call "
            "your OB or midwife today, and rest from impact."
        ),
        why=msg("Too much load, retained tissue, infection"),
        sources=("S1", "S6", "S7", "S12"),
    ),
    _background(
        "R-HEART-KIDNEY",
        has("bg.history", "heart_kidney"),
        told=msg("We need your heart or kidney doctor to say hard exercise is safe for you."),
        why=msg("Medical contraindication until cleared"),
        sources=("S7",),
    ),
    _background(
        "R-CLOT-HX",
        has("bg.history", "clot"),
        told=msg(
            "Because of your blood clot history, a clinician will review your plan with you first."
        ),
        why=msg("Clot risk; blood thinners"),
        sources=("S7", "S14"),
    ),
    _background(
        "R-PREGNANT",
        has("bg.now", "pregnant"),
        told=msg(
            "Thank you for telling us. This plan is made for after birth, so a clinician will "
            "tailor next steps with you."
        ),
        why=msg("Postpartum tests and package do not fit pregnancy"),
        sources=("OWN", "S8"),
    ),
    _background(
        "R-LUMP",
        has("bg.now", "lump"),
        told=msg(
            "A hard or sore lump in the belly or groin needs a check before you train. If it turns "
            "very painful or you throw up, go to the emergency room."
        ),
        why=msg("Possible hernia"),
        sources=("OWN",),
    ),
    _leak(
        "R-URINE-BLOOD",
        has("bg.now", "blood_urine"),
        told=msg("Blood in your pee needs a check. Please call your OB, midwife, or doctor today."),
        why=msg("Infection, stone, other bladder cause"),
        sources=("S25", "OWN"),
    ),
    _leak(
        "R-LEAK-STOOL",
        has("leak.when", "stool"),
        told=msg(
            "Leaking poop is more common than people say, and it can be treated. We check this "
            "before any impact."
        ),
        why=msg("Bowel leakage: key sign; possible sphincter injury"),
        sources=("S1", "S24"),
    ),
    _leak(
        "R-LEAK-CONSTANT",
        has("leak.when", "no_reason"),
        told=msg("Leaking for no clear reason needs a closer look before you run."),
        why=msg("Overflow, nerve problem, rarely fistula"),
        sources=("S26", "S11", "OWN"),
    ),
    _leak(
        "R-LEAK-HEAVY",
        LEAKS_URINE & any_of("leak.frequency", "daily", "many_daily") & has("leak.amount", "soak"),
        told=msg(
            "You are leaking a lot each day. Let’s treat that first so running feels good again."
        ),
        why=msg("High severity: daily and large"),
        sources=("S1", "S30", "OWN"),
    ),
    _heaviness(
        "R-HEAVY-DAILY",
        any_of("heavy.frequency", "daily", "constant"),
        told=msg(
            "Daily heaviness tells us your support needs care before impact. Easy walking is fine "
            "if it feels OK."
        ),
        why=msg("Possible prolapse that impact may worsen"),
        sources=("S1", "S4", "S32"),
    ),
    _heaviness(
        "R-HEAVY-OUTSIDE",
        has("heavy.bulge", "outside"),
        told=msg(
            "A bulge at or past the opening is often prolapse. There are good options, such as a "
            "pessary. We check this before impact."
        ),
        why=msg("Prolapse at or beyond the opening"),
        sources=("S1", "S23", "S32"),
    ),
    _heaviness(
        "R-PROLAPSE-SX",
        has("bg.history", "prolapse")
        & any_of("heavy.frequency", "weekly", "several_weekly", "daily", "constant"),
        told=msg(
            "You have prolapse and feel it weekly or more. Let’s get you support before impact."
        ),
        why=msg("Known prolapse with symptoms"),
        sources=("S1", "S23"),
    ),
    _heaviness(
        "R-PESSARY-PROBLEM",
        has("bg.history", "pessary_problem"),
        told=msg("Your pessary needs a check before you run. Our clinicians can help with fit."),
        why=msg("Poor fit, erosion, infection"),
        sources=("S32", "S23"),
    ),
    _pain(
        "R-PAIN-SEVERE",
        between("pain.worst", 7, 10),
        told=msg("Your pain is strong. Please hold off on running until we find the cause."),
        why=msg("Severe pain"),
        sources=("S19", "S1"),
    ),
    _pain(
        "R-PAIN-REST",
        has("pain.signs", "rest"),
        told=msg("Pain that does not ease with rest needs a closer look before any impact."),
        why=msg("Bone stress, infection, other serious cause"),
        sources=("S18", "OWN"),
    ),
    _pain(
        "R-PAIN-NERVE",
        has("pain.signs", "nerve"),
        told=msg(
            "Tingling, numbness, or weakness in one leg needs a check first. If it spreads to both "
            "legs or between your legs, go to the emergency room."
        ),
        why=msg("Nerve symptoms are a reason to be cleared first"),
        sources=("S7", "S11"),
    ),
    _pain(
        "R-PAIN-BONE",
        any_of("pain.areas", "pubic", "hip_groin", "sacrum", "lower_leg", "other")
        & (
            has("pain.signs", "pinpoint")
            | (has("pain.signs", "impact") & has("pain.signs", "limp"))
            | (
                has("bg.history", "stress_fracture")
                & any_of("pain.signs", "impact", "limp", "rest")
            )
        ),
        told=msg(
            "This pattern can be a bone stress injury. Please stop running and jumping until you "
            "are checked. You may need a scan."
        ),
        why=msg("Bone stress injury, including the sacrum, after birth and while breastfeeding"),
        sources=("S18",),
    ),
    _readiness(
        "R-ENERGY",
        at_least(
            2,
            any_of("ready.energy", "skip_meals", "weight_loss"),
            has("bg.history", "eating_disorder"),
            has("bg.history", "stress_fracture"),
            NO_PERIOD,
        ),
        told=msg(
            "Your answers suggest your body may not be getting enough fuel. Let’s look at that "
            "with you before adding impact."
        ),
        why=msg("Low energy availability (REDs): two or more markers"),
        sources=("S21", "S1", "S3", "S7"),
    ),
    _readiness(
        "R-MOOD-DAILY",
        has("ready.mood", "every_day"),
        told=msg(
            "You have been feeling very low. You deserve help. A clinician will reach out. You can "
            "call or text 1-833-TLC-MAMA (1-833-852-6262) any time, or 988 in a crisis."
        ),
        why=msg("Possible depression: prompt follow-up and referral"),
        sources=("S2", "S3", "S17", "S29"),
    ),
    _readiness(
        "R-RUN-LASTS",
        has("ready.run_response", "lasts"),
        told=msg(
            "Your body is telling us the load is too high. Please pause running until we see you."
        ),
        why=msg("Symptoms beyond 24 hours, or getting worse"),
        sources=("S19", "S1", "S3"),
    ),
)
