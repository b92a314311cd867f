"""Caution rules on birth, healing, history and missing answers."""

# mypy: disallow-any-explicit

from functools import partial

from intake.questionnaire.conditions import any_of, has, missing, weeks
from intake.questionnaire.definition import INTAKE, msg
from intake.triage.rules.phrases import DOES_NOT_RUN, RUNS
from intake.triage.rules.rule import CAUTION, Rule

_caution = partial(Rule, level=CAUTION, domain="background")

# A missing answer about safety is red: see R-DATA-SAFETY.
OTHER_REQUIRED = tuple(
    question.id
    for question in INTAKE.questions
    if question.required and not question.id.startswith("safety.")
)

RULES = (
    _caution(
        "C-DATA-MISSING",
        missing(*OTHER_REQUIRED),
        eval_first=True,
        told=msg("Some answers are missing. We will go over them with you."),
        why=msg("Cannot rule out a concern"),
        sources=("OWN",),
    ),
    _caution(
        "C-TIME-LT6",
        weeks(0, 6) & DOES_NOT_RUN,
        eval_first=True,
        told=msg(
            "You are in early healing. Enjoy rest, easy walks, and gentle pelvic floor work. You "
            "can book an evaluation now; 6 weeks or later is usually best."
        ),
        why=msg("Impact and internal exam are not usual before 6 weeks"),
        sources=("S1", "S2", "S6", "S20"),
    ),
    _caution(
        "C-TIME-RUN",
        weeks(6, 12) & RUNS,
        eval_first=True,
        told=msg(
            "Some people run this early. A check now helps you keep going safely. Until then, keep "
            "it short and easy."
        ),
        why=msg("Most guidance holds running until about 12 weeks; half of runners start earlier"),
        sources=("S1", "S2", "S4"),
    ),
    _caution(
        "C-TIME-LT12",
        weeks(6, 12) & DOES_NOT_RUN,
        told=msg(
            "You can start strength work now. We hold running and jumping tests until 12 weeks."
        ),
        why=msg("3-month minimum (expert opinion)"),
        sources=("S1", "S2", "S20"),
    ),
    _caution(
        "C-CLEAR-NONE",
        has("bg.clearance", "no_visit") & weeks(6),
        eval_first=True,
        told=msg("Please book your check-up with your OB or midwife. We can still see you."),
        why=msg("No medical check yet"),
        sources=("S6", "S8", "S20"),
    ),
    _caution(
        "C-CLEAR-LIMITS",
        has("bg.clearance", "limits"),
        eval_first=True,
        told=msg("We will plan around the limits you were given."),
        why=msg("Partial clearance"),
        sources=("S6", "S7"),
    ),
    _caution(
        "C-TEAR-UNKNOWN",
        any_of("bg.tear", "unsure", "prefer_not"),
        told=msg("No problem. We can talk about it at your visit if you want to."),
        why=msg("Severe tear not ruled out"),
        sources=("S24", "OWN"),
    ),
    _caution(
        "C-ASSISTED",
        has("bg.delivery", "assisted"),
        told=msg(
            "Forceps or vacuum births can strain the pelvic floor. We will check how it is healing."
        ),
        why=msg("Risk factor for pelvic floor muscle injury"),
        sources=("S1",),
    ),
    _caution(
        "C-BLEED-UNKNOWN",
        has("bg.bleeding", "prefer_not"),
        told=msg("That is OK. If bleeding comes back or gets heavier, call your OB or midwife."),
        why=msg("Bleeding not ruled out"),
        sources=("OWN",),
    ),
    _caution(
        "C-HX-BP",
        has("bg.history", "high_bp"),
        eval_first=True,
        told=msg(
            "We will check your blood pressure before exercise. Keep up with your doctor visits."
        ),
        why=msg("Unstable blood pressure must be ruled out"),
        sources=("S7", "S13"),
    ),
    _caution(
        "C-HX-SURGERY",
        has("bg.history", "pelvic_surgery"),
        eval_first=True,
        told=msg("We will look at how your repair is doing before impact."),
        why=msg("Protect prior repair"),
        sources=("OWN",),
    ),
    _caution(
        "C-ANEMIA",
        has("bg.now", "anemia"),
        told=msg("Low iron can make running feel hard. Ask your doctor about a recheck."),
        why=msg("Anemia: medical follow-up"),
        sources=("S7",),
    ),
    _caution(
        "C-DOMING",
        has("bg.now", "doming"),
        told=msg(
            "Doming is common. We will check your belly wall and teach you how to manage pressure."
        ),
        why=msg("Possible diastasis"),
        sources=("S1",),
    ),
    _caution(
        "C-CORE",
        has("bg.now", "core"),
        told=msg(
            "Feeling cut off from your core is common after birth, even without a gap in the belly "
            "wall. We will check how these muscles work and help you find them again."
        ),
        why=msg("Deep core not engaging; load not shared well"),
        sources=("S32", "S1"),
    ),
)
