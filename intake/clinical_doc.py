"""Write the text of docs/clinical.md from the questions and rules the product runs on."""

# mypy: disallow-any-explicit

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from booking.catalog.protocol import IMPACT_STEP, RUN_READY
from booking.packages.spacing import LONG_GAP_DAYS, PackageRules, window
from intake.checkins.window import FIRST_VISIT, OPENS_HOURS
from intake.questionnaire.condition_words import in_words
from intake.questionnaire.conditions import ALWAYS
from intake.questionnaire.definition import CHECKIN, INTAKE, Question, Questionnaire
from intake.triage.evaluate import FIRST_VISIT_DAYS, IMPACT_DAYS, RUN_READY_WEEKS
from intake.triage.rules import (
    CHECKIN_RULES,
    INTAKE_RULES,
    LEVELS,
    RULES_VERSION,
    Rule,
    rule_name,
)
from intake.triage.running_order import (
    LINES,
    ORDERED,
    ORDERS,
    WITHOUT_PROGRAM,
    listed_text,
    order_of,
)
from intake.triage.scores import HEAVINESS_FREQUENCY, LEAK_AMOUNT, LEAK_FREQUENCY, LOAD
from intake.triage.sources import SOURCES
from intake.visit_records.batteries import BATTERIES, MOST_PAIN_AT_BORDERLINE, items_due
from intake.visit_records.readiness import LEAST_STRENGTH, MOST_BORDERLINE
from intake.visit_records.walk_run import STAGES, suggested_plan

SIGN_OFF = "not signed off"

_HEAD = """# Clinical content

Written by `manage.py clinical_doc` from the questions and rules the product runs on; a test fails \
when this file says anything else. Do not edit it.

**Rules version {rules}, questionnaire version {intake}, check-in version {checkin}. Not signed \
off by a licensed clinician**; staff pages say so. What is open for the lead clinician stands in \
[clinical-open-questions.md](clinical-open-questions.md). This is a self-report triage form: it \
does not diagnose, clear anybody to run, or replace an exam. Scales, wording and totals are the \
clinic's own; no licensed instrument is copied.
"""

_AFTER = """## What follows from the flags

The level is the highest among the fired rules: {levels}. Every rule whose condition holds \
fires; none hides another. Urgent opens nothing to book. Red opens the evaluation; \
packages open when a clinician has marked every red flag reviewed. Caution and clear open both, \
packages from {weeks} whole weeks after the birth: visit 1 from day {first}, impact tests \
from day {impact}. The recommended next step is the evaluation for red and for a caution rule \
marked "evaluation first", otherwise Run Ready; for a clear result of somebody who already runs \
well it is to go on by herself. A check-in gives an outcome for the visit: urgent stops it until \
she was seen, red holds impact, caution repeats the stage, clear progresses.

## How answers are read

Question by question, in the order of the form. An answer to a question that is not shown does not \
exist. A choice that is not listed, a number out of range and a date that is no day count as not \
answered; nothing is guessed from them. A choice that stands alone gives way to any other. Where \
danger signs are asked for and something unknown was sent beside "none", the question counts as \
not answered. Reading the outcome again gives the same (OWN).

## The six steps

The visits of Run Ready. The clinic may sell other packages: each of their visits says which of \
these steps it is. They begin with step 1, may repeat a step and never go back, and have days of \
their own; gate, tests and home plan are those of the step. From step 3 on, the gate of step 3 \
holds. A package without step 3 has no jumps and no running. A follow-up is no step.

A proposal of the clinic (OWN), built on S1, S2, S3 and S20. Days count from the visit before, \
completed or booked, for visit 1 from the day the package was bought. Before the earliest day, or \
before its gate, a visit needs a reason by staff; after the latest it is late and may be booked. \
Where the gate comes on or after the latest day, that day is {after_gate} days after the gate. A \
visit more than {gap} days after the last one completed needs the full intake again, sent \
after the day of the one and on the day of the other at the latest; \
without it nobody runs or jumps at the visit, and neither with an open urgent or red flag. Of what \
an earlier visit tested, steps 3 and 4 ask again only for what has not passed.

| Step | Earliest, days | Latest, days | Gate | Tests | At home until the next |
|---|---|---|---|---|---|
{visits}

## Check-ins

Before every visit of a package from visit {first_checkin} on. A check-in opens {opens} hours \
before the visit (OWN) and holds for a visit that is moved by less than that. It never cancels a \
visit by itself.

## Scores

0 to 100, lower is better; for charts only, not validated. A missing part leaves a gap, not a \
zero. They decide no level, except that a rise of 20 points at a check-in is a caution.

| Score | Made of |
|---|---|
| leak | 0 without leaking, else 4 × how often ({often}) × how much ({much}) + 4 × bother |
| heaviness | 0 when never, else 10 × how often ({heavy}) + 5 × bother |
| pain | 0 without pain, else 10 × worst pain |
| readiness (on screen: Running worries) | 15 × load ({load}) + 4 × worry |
"""


def clinical_doc() -> str:
    """Return the whole document as Markdown."""
    parts = [
        _HEAD.format(rules=RULES_VERSION, intake=INTAKE.version, checkin=CHECKIN.version),
        *_form("Questions of the full intake", INTAKE),
        *_form("Questions of the check-in", CHECKIN),
        *_rules("Rules of the full intake", INTAKE_RULES),
        *_rules("Rules of the check-in", CHECKIN_RULES),
        *_running(),
        _AFTER.format(
            levels=", ".join(LEVELS),
            weeks=RUN_READY_WEEKS,
            first=FIRST_VISIT_DAYS,
            impact=IMPACT_DAYS,
            often=_points(LEAK_FREQUENCY),
            much=_points(LEAK_AMOUNT),
            heavy=_points(HEAVINESS_FREQUENCY),
            load=_points(LOAD),
            after_gate=_days_after_gate(),
            gap=LONG_GAP_DAYS,
            visits="\n".join(_visit(number) for number in _FREE.numbers),
            first_checkin=FIRST_VISIT,
            opens=OPENS_HOURS,
        ),
        *_batteries(),
        *_sources(),
    ]
    return "\n".join(parts)


def _form(title: str, form: Questionnaire) -> Iterator[str]:
    yield f"## {title}\n"
    number = 0  # counted through all sections
    for section in form.sections:
        yield f"### {section.number}. {section.title}\n"
        for question in section.questions:
            number += 1
            yield _question(number, question)


def _question(number: int, question: Question) -> str:
    kind = question.kind
    if question.minimum is not None:
        kind += f" {question.minimum} to {question.maximum}"
    needed = "required" if question.required else "optional"
    shown = "always" if question.shown == ALWAYS else f"when {in_words(question.shown)}"
    lines = [f"**{number}. `{question.id}`**, {kind}, {needed}, shown {shown}\n"]
    lines += [f"> {question.text}" + (f"  \n> *{question.hint}*" if question.hint else "") + "\n"]
    for choice in question.choices:
        alone = " (stands alone)" if choice.exclusive else ""
        lines.append(f"- `{choice.id}` {choice.text}{alone}")
    if question.choices:
        lines.append("")
    if question.why:
        lines.append(f"Why: {question.why}\n")
    if question.why_we_ask:
        lines.append(f"She reads behind “Why we ask”: {question.why_we_ask}\n")
    return "\n".join(lines)


def _rules(title: str, rules: Iterable[Rule]) -> Iterator[str]:
    yield f"## {title}\n"
    for level in LEVELS:
        of_level = [rule for rule in rules if rule.level == level]
        if not of_level:
            continue
        yield f"### {level.capitalize()} ({len(of_level)})\n"
        yield "| Rule | Fires when | She is told | Why | Source | Sign-off |"
        yield "|---|---|---|---|---|---|"
        yield from (_row(rule) for rule in of_level)
        yield ""


def _row(rule: Rule) -> str:
    about = [rule.domain, rule.action or "", "evaluation first" if rule.eval_first else ""]
    parts = [f"`{rule.id}`", rule_name(rule.id), ", ".join(filter(None, about))]
    name = "<br>".join(part for part in parts if part)
    cells = (name, in_words(rule.condition), rule.told, rule.why, " ".join(rule.sources), SIGN_OFF)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _running() -> Iterator[str]:
    yield "## One order about running\n"
    yield (
        "A result shows the strictest order of its rules once, above the list, and a check-in has "
        "it as its headline; an urgent result shows none. Every red rule waits. In the list, what "
        "gives an order is left out, and what explains the flag stays; a sentence that begins like "
        "one above it is shown once. Rules that are not listed say nothing about running (OWN).\n"
    )
    yield "| Order, the strictest first | She reads |\n|---|---|"
    yield from (f"| {order} | {LINES[order]} |" for order in ORDERS)
    yield "\n| Order | Rule | In the list below its own order | Below a stricter one |"
    yield "|---|---|---|---|"
    for rule in (*INTAKE_RULES, *CHECKIN_RULES):
        order = order_of(rule)
        if order is not None and rule.id in ORDERED:
            own = listed_text(rule, order, level=rule.level, offers_program=True)
            under = listed_text(rule, None, level="urgent", offers_program=True)
            yield f"| {order} | `{rule.id}` | {own or '–'} | {under or '–'} |"
    yield "\nOn a page that has not offered the program:\n"
    for rule_id, text in WITHOUT_PROGRAM.items():
        yield f"- `{rule_id}` {text}"
    yield ""


def _points(weights: dict[str, int]) -> str:
    return ", ".join(f"{name} {points}" for name, points in weights.items())


# Any date will do: the table shows numbers of days between two dates. _FREE are gates long past.
_DAY = date(2000, 1, 1)
_FREE = PackageRules(date.min, date.min, RUN_READY)


def _visit(number: int) -> str:
    between = window(number, previous_on=_DAY, rules=_FREE)
    latest = between.target_latest
    gate = {1: f"day {FIRST_VISIT_DAYS}", 3: f"day {IMPACT_DAYS}"}.get(number, "–")
    cells = (
        number,
        (between.earliest - _DAY).days,
        "–" if latest is None else (latest - _DAY).days,
        gate,
        " ".join(f"`{item}`" for item in items_due(number, {})),
        _home_plan(number),
    )
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _home_plan(number: int) -> str:
    # With a stage from 1 on, and without where that makes a difference.
    running, walking = suggested_plan(number, 1), suggested_plan(number, None)
    return running if running == walking else f"With a stage: {running} Without: {walking}"


def _days_after_gate() -> int:
    # A gate long after the usual latest day, so that the rule for late gates applies.
    gate = _DAY + timedelta(days=365)
    latest = window(
        IMPACT_STEP, previous_on=_DAY, rules=PackageRules(date.min, gate, RUN_READY)
    ).target_latest
    assert latest is not None
    return (latest - gate).days


def _batteries() -> Iterator[str]:
    yield "## Tests of a visit\n"
    yield (
        "Pass: the threshold on both sides, or overall, with no leak, heaviness, limp or pain. "
        f"Borderline: the same with pain 1 to {MOST_PAIN_AT_BORDERLINE}. Not tested: an amount or "
        "the pain is missing. Anything else fails. Ready for walk-run stage 1: day 84 or a "
        "clinician's reason, no open urgent or red flag, no intake missing after 42 days, every "
        f"load and impact item passed or borderline and at most {MOST_BORDERLINE} borderline, "
        f"every strength item at least {LEAST_STRENGTH} on each side without leak, heaviness, limp "
        f"or pain over {MOST_PAIN_AT_BORDERLINE}. {SIGN_OFF.capitalize()}.\n"
    )
    yield "| Battery | Id | Test | Threshold | Source |\n|---|---|---|---|---|"
    for battery in BATTERIES:
        for item in battery.items:
            sides = " each side" if item.is_sided else ""
            yield (
                f"| {battery.name} | {item.id} | {item.name} | {item.threshold} {item.unit}{sides}"
                f" | {item.source} |"
            )
    yield "\n## Walk-run stages\n"
    yield (
        "Three days a week with a rest day between (OWN, built on S3). A package begins with stage "
        "0 or 1, and at a visit the stage rises by one at most. A stage from 1 on needs readiness. "
        "A larger step needs a clinician's reason, and so does any rise after a last check-in that "
        "says repeat the stage, hold impact or stop.\n"
    )
    yield "| Stage | Run / walk (min) | Repeats | Run min | Total min |\n|---|---|---|---|---|"
    for stage in STAGES:
        yield (
            f"| {stage.number} | {stage.run_minutes} / {stage.walk_minutes} | {stage.repeats} | "
            f"{stage.total_run_minutes} | {stage.total_minutes} |"
        )
    yield ""


def _sources() -> Iterator[str]:
    yield "## Sources\n"
    yield (
        "Certainty: A rests on the source's own abstract or page, B on a secondary page that sums "
        "it up, M is not confirmed. Nothing rests on a full text. OWN is clinical judgement and "
        "needs sign-off.\n"
    )
    yield "| Code | Source | Certainty |"
    yield "|---|---|---|"
    for source in SOURCES.values():
        yield f"| {source.code} | {source.title} | {source.certainty} |"
    yield ""
