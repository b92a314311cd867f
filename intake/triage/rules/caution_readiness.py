"""Caution rules on readiness: load, recovery, food, mood and goals."""

# mypy: disallow-any-explicit

from functools import partial

from intake.questionnaire.conditions import any_of, between, has
from intake.questionnaire.definition import msg
from intake.triage.rules.phrases import DOES_NOT_RUN, NO_PERIOD
from intake.triage.rules.rule import CAUTION, Rule

_caution = partial(Rule, level=CAUTION, domain="readiness")

RULES = (
    _caution(
        "C-NO-PERIOD",
        NO_PERIOD,
        eval_first=True,
        told=msg(
            "By 12 weeks most people who don’t breastfeed have a period. It is worth asking your "
            "doctor, and taking a pregnancy test if it fits."
        ),
        why=msg("Pregnancy, hormones, low energy"),
        sources=("S22", "S21"),
    ),
    _caution(
        "C-HX-EATING",
        has("bg.history", "eating_disorder"),
        eval_first=True,
        told=msg(
            "Thank you for telling us. We will plan in a way that feels safe, with no focus on "
            "weight."
        ),
        why=msg("Eating disorder: check in before hard exercise"),
        sources=("S7", "S21"),
    ),
    _caution(
        "C-LOAD-WALK",
        has("ready.load", "walk_symptoms"),
        eval_first=True,
        told=msg("Let’s make walking feel good first. Running comes next."),
        why=msg("30-minute symptom-free walk is the first test"),
        sources=("S1",),
    ),
    _caution(
        "C-LOAD-SHORT",
        has("ready.load", "short_walk"),
        told=msg("Build up to a 30-minute walk. That is the first step."),
        why=msg("First test not yet reached"),
        sources=("S1",),
    ),
    _caution(
        "C-LOAD-IMPACT",
        has("ready.load", "impact_symptoms"),
        told=msg(
            "Symptoms with impact are what this program is made for. Hold off on running for now."
        ),
        why=msg("Impact not yet tolerated"),
        sources=("S1",),
    ),
    _caution(
        "C-RUN-SETTLES",
        has("ready.run_response", "settles"),
        told=msg("Stay at this level, or drop back a little, until runs feel clear."),
        why=msg("Amber response"),
        sources=("S19", "S3"),
    ),
    _caution(
        "C-SLEEP",
        between("ready.sleep", 0, 5),
        told=msg(
            "Short sleep slows healing. We will keep hard days light and look for small wins."
        ),
        why=msg("Under 6 hours"),
        sources=("S5", "S3", "S6"),
    ),
    _caution(
        "C-TIRED",
        has("ready.energy", "worn_out"),
        told=msg("Feeling worn out is a reason to go slower. We will plan with that in mind."),
        why=msg("Fatigue raises pain risk"),
        sources=("S5",),
    ),
    _caution(
        "C-FUEL",
        any_of("ready.energy", "skip_meals", "weight_loss"),
        eval_first=True,
        told=msg("Your body needs enough food to heal, feed, and run. Let’s talk about it."),
        why=msg("Low energy availability"),
        sources=("S21", "S3"),
    ),
    _caution(
        "C-MILK",
        has("ready.energy", "milk_drop"),
        told=msg(
            "Eat and drink more on active days, and feed or pump first. We can refer you to a "
            "lactation pro."
        ),
        why=msg("Energy or fluid shortfall"),
        sources=("S1", "S3"),
    ),
    _caution(
        "C-MOOD",
        has("ready.mood", "most_days"),
        told=msg(
            "You have been having a hard time. Free support: call or text 1-833-TLC-MAMA "
            "(1-833-852-6262), day or night."
        ),
        why=msg("Possible depression"),
        sources=("S2", "S3", "S17"),
    ),
    _caution(
        "C-MOOD-SKIP",
        has("ready.mood", "prefer_not"),
        told=msg("That is OK. Support is there if you want it: 1-833-TLC-MAMA (1-833-852-6262)."),
        why=msg("Mood not known"),
        sources=("OWN", "S17"),
    ),
    _caution(
        "C-WORRY",
        between("ready.worry", 7, 10),
        told=msg(
            "It makes sense to be worried. We will build trust in your body one step at a time."
        ),
        why=msg("Fear of movement lowers odds of return"),
        sources=("S4",),
    ),
    _caution(
        "C-RACE-SOON",
        has("bg.goal", "race_soon") & DOES_NOT_RUN,
        told=msg("That is a tight timeline. We will give you an honest plan."),
        why=msg("Race inside 12 weeks with no base"),
        sources=("S3", "OWN"),
    ),
    _caution(
        "C-CONFLICT",
        has("ready.load", "impact_ok") & (has("leak.when", "impact") | has("pain.signs", "impact")),
        told=msg("Two of your answers don’t quite match. We will ask you about it."),
        why=msg("Says impact is fine but reports impact symptoms"),
        sources=("OWN",),
    ),
)
