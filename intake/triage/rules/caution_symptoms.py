"""Caution rules on leaking, heaviness and pain."""

# mypy: disallow-any-explicit

from functools import partial

from intake.questionnaire.conditions import any_of, at_least, between, has, lacks
from intake.questionnaire.definition import msg
from intake.triage.rules.phrases import LEAKS_URINE
from intake.triage.rules.rule import CAUTION, Rule

_leak = partial(Rule, level=CAUTION, domain="leak")
_heaviness = partial(Rule, level=CAUTION, domain="heaviness")
_pain = partial(Rule, level=CAUTION, domain="pain")

RULES = (
    _leak(
        "C-URINE-BURN",
        has("bg.now", "burning"),
        told=msg(
            "Burning may be a bladder infection. Call your OB or doctor for a urine test. If you "
            "get a fever or back pain, get care right away."
        ),
        why=msg("Urinary infection"),
        sources=("S25",),
    ),
    _leak(
        "C-URINE-EMPTY",
        has("bg.now", "hard_empty"),
        eval_first=True,
        told=msg(
            "Trouble emptying your bladder is worth a check before impact. If you can’t pee at "
            "all, go to the emergency room."
        ),
        why=msg("Incomplete emptying"),
        sources=("S25", "S11"),
    ),
    _leak(
        "C-LEAK-GAS",
        has("leak.when", "gas") & lacks("leak.when", "stool"),
        eval_first=True,
        told=msg("Trouble holding gas can be helped. We will check the muscles involved."),
        why=msg("Anal incontinence; possible sphincter injury"),
        sources=("S1", "S24"),
    ),
    _leak(
        "C-LEAK-MOD",
        LEAKS_URINE
        & (
            (
                any_of("leak.frequency", "daily", "many_daily")
                & any_of("leak.amount", "drops", "wet")
            )
            | (
                any_of("leak.frequency", "monthly", "weekly", "several_weekly")
                & has("leak.amount", "soak")
            )
        ),
        eval_first=True,
        told=msg(
            "Your leaking is worth treating first. It often gets better within weeks of the right "
            "training."
        ),
        why=msg("Moderate severity"),
        sources=("S1", "S4", "S30"),
    ),
    _leak(
        "C-LEAK-MILD",
        LEAKS_URINE
        & any_of("leak.frequency", "monthly", "weekly", "several_weekly")
        & any_of("leak.amount", "drops", "wet"),
        told=msg(
            "Leaks like this are common and treatable. We will train for them as you build up to "
            "running."
        ),
        why=msg("Mild severity; pause and reassess before progress"),
        sources=("S1", "S4", "S32"),
    ),
    _heaviness(
        "C-PESSARY",
        has("bg.history", "pessary_ok"),
        told=msg("Please bring your pessary. Many people run well with one."),
        why=msg("Support device in use"),
        sources=("S23", "S32"),
    ),
    _heaviness(
        "C-HEAVY-WEEKLY",
        any_of("heavy.frequency", "weekly", "several_weekly"),
        eval_first=True,
        told=msg(
            "Heaviness that shows up each week is a sign to check your support before impact."
        ),
        why=msg("Possible prolapse; vaginal heaviness halves odds of return"),
        sources=("S1", "S4"),
    ),
    _heaviness(
        "C-HEAVY-RARE",
        has("heavy.frequency", "monthly"),
        told=msg("A little heaviness now and then is common. Tell us if it happens more."),
        why=msg("Monitor"),
        sources=("S1",),
    ),
    _heaviness(
        "C-HEAVY-INSIDE",
        has("heavy.bulge", "inside"),
        eval_first=True,
        told=msg("That feeling can come from prolapse or tired muscles. We can sort out which."),
        why=msg("Bulge sensation"),
        sources=("S1", "S23"),
    ),
    _heaviness(
        "C-HEAVY-UNSURE",
        has("heavy.bulge", "unsure"),
        eval_first=True,
        told=msg("That is OK. If you want, we can check this with you. You are in charge."),
        why=msg("Bulge not ruled out"),
        sources=("OWN",),
    ),
    _heaviness(
        "C-PROLAPSE-QUIET",
        has("bg.history", "prolapse") & any_of("heavy.frequency", "never", "monthly"),
        eval_first=True,
        told=msg(
            "You can run with prolapse. We will first check how your support copes with impact."
        ),
        why=msg("Known prolapse, few symptoms"),
        sources=("S23",),
    ),
    _pain(
        "C-HX-BONE",
        has("bg.history", "stress_fracture"),
        eval_first=True,
        told=msg("A past stress fracture means we build up impact with extra care."),
        why=msg("Prior bone stress injury raises risk"),
        sources=("S18",),
    ),
    _pain(
        "C-PAIN-MOD",
        between("pain.worst", 4, 6),
        eval_first=True,
        told=msg("Pain of 4 or more means we adjust before you run."),
        why=msg("Above the 3/10 limit"),
        sources=("S19",),
    ),
    _pain(
        "C-PAIN-MILD",
        between("pain.worst", 1, 3),
        told=msg("Mild pain that settles within a day is usually OK. Track it for us."),
        why=msg("Within the 3/10 limit"),
        sources=("S19",),
    ),
    _pain(
        "C-PAIN-IMPACT",
        has("pain.signs", "impact"),
        eval_first=True,
        told=msg("Pain when you land needs a look before more running."),
        why=msg("Load intolerance"),
        sources=("S1", "S19"),
    ),
    _pain(
        "C-PAIN-LIMP",
        has("pain.signs", "limp"),
        eval_first=True,
        told=msg("If you are limping, please don’t run on it yet."),
        why=msg("Altered gait: do not run"),
        sources=("S19",),
    ),
    _pain(
        "C-PAIN-PINPOINT",
        has("pain.signs", "pinpoint"),
        eval_first=True,
        told=msg("A sore spot on a bone needs a check before running."),
        why=msg("Focal bone tenderness"),
        sources=("S18",),
    ),
    _pain(
        "C-PAIN-LINGER",
        has("pain.signs", "linger"),
        eval_first=True,
        told=msg("Pain that lasts past 24 hours means the load was too much."),
        why=msg("24-hour rule"),
        sources=("S19",),
    ),
    _pain(
        "C-PAIN-SCAR",
        has("pain.areas", "scar"),
        eval_first=True,
        told=msg("Scar pain can be eased with hands-on care. We will check it first."),
        why=msg("C-section with symptoms"),
        sources=("S1", "S7"),
    ),
    _pain(
        "C-PAIN-PELVIC",
        has("pain.areas", "vagina"),
        eval_first=True,
        told=msg("Pain here is common and treatable. Exams are always your choice."),
        why=msg("Perineal or pelvic floor pain"),
        sources=("S1", "S32"),
    ),
    _pain(
        "C-RISK4",
        # Each line is one factor: two injuries, or two kinds of leaking, count once.
        at_least(
            4,
            has("bg.running", "new"),
            has("ready.energy", "worn_out"),
            any_of("bg.history", "run_injury", "stress_fracture"),
            any_of("bg.delivery", "vaginal", "assisted"),
            any_of("leak.when", "cough", "impact", "lift", "urge", "no_reason", "stool"),
            between("ready.sleep", 0, 6),
        ),
        eval_first=True,
        told=msg(
            "A few things together raise your chance of pain with running. A check first can lower "
            "it."
        ),
        why=msg("Four or more of six risk factors (adapted, not the validated tool)"),
        sources=("S5",),
    ),
)
