"""Whether a patient is ready for walk-run stage 1, and every reason why not.

Source: docs/clinical.md, "Tests of a visit" (the combination is OWN) and "The six steps".
"""

# mypy: disallow-any-explicit

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from booking.packages.spacing import needs_new_intake
from booking.reasons import Reason, msg
from intake.visit_records.batteries import (
    BORDERLINE,
    FAIL,
    ITEMS,
    LOAD,
    MOST_PAIN_AT_BORDERLINE,
    NOT_TESTED,
    STRENGTH,
    Item,
    Recorded,
    result_of,
)

# The strength tests pass at 20. From 15 on they do not stand against running.
LEAST_STRENGTH = 15
MOST_BORDERLINE = 2

NO_BIRTH_DATE = Reason("no_birth_date", msg("The birth date is not known."))
NO_IMPACT_STEP = Reason(
    "no_impact_step", msg("This package has no visit that tries jumps and running.")
)
OPEN_FLAG = Reason("open_flag", msg("An urgent or red flag is not marked reviewed."))
DECLINED = Reason("declined_for_now", msg("A clinician declined the patient for now."))
OPEN_ELSEWHERE = Reason(
    "open_elsewhere",
    msg("Something is open on another record that may be hers, and nobody has compared the two."),
)
INTAKE_MISSING = Reason(
    "intake_missing",
    msg("More than 42 days after the last visit, and no full intake was sent in between."),
)


@dataclass(frozen=True)
class VisitDayFacts:
    """What counts on the day of a visit besides the tests. All dates are clinic dates.

    `impact_from` is 84 days after the birth, None if the birth date is not known.
    `last_completed_on` and `intake_sent_on` are None if there was no such visit or intake.
    `has_impact_step` is False for a visit of a package without step 3, where she jumps first.
    `is_open_elsewhere` says that something is open on another row that may be hers.
    """

    on: date
    impact_from: date | None
    has_open_flag: bool
    last_completed_on: date | None = None
    intake_sent_on: date | None = None
    has_impact_step: bool = True
    is_declined: bool = False
    is_open_elsewhere: bool = False


def reasons_against_impact(facts: VisitDayFacts, *, early_reason: str = "") -> list[Reason]:
    """Return the reasons against impact tests and running on that day; empty when both may be.

    `early_reason` is why the clinician goes ahead before day 84. It lifts that condition alone.
    """
    reasons = [] if facts.has_impact_step else [NO_IMPACT_STEP]
    if facts.impact_from is None:
        reasons.append(NO_BIRTH_DATE)
    elif facts.on < facts.impact_from and not early_reason:
        text = msg("Before day 84 after the birth. Impact tests from %(opens)s.")
        reasons.append(Reason("before_day_84", text, {"opens": facts.impact_from}))
    if facts.has_open_flag:
        reasons.append(OPEN_FLAG)
    if facts.is_declined:
        reasons.append(DECLINED)
    if facts.is_open_elsewhere:
        reasons.append(OPEN_ELSEWHERE)
    is_due = needs_new_intake(
        on=facts.on,
        last_completed_on=facts.last_completed_on,
        intake_sent_on=facts.intake_sent_on,
    )
    if is_due:
        reasons.append(INTAKE_MISSING)
    return reasons


def reasons_not_ready(
    recorded: Mapping[str, Recorded], facts: VisitDayFacts, *, early_reason: str = ""
) -> list[Reason]:
    """Return every reason against walk-run stage 1; empty when the patient is ready.

    `recorded` holds by id the latest of each item in the episode. Pelvic floor items guide
    treatment and never block.
    """
    reasons = reasons_against_impact(facts, early_reason=early_reason)
    load = [item for item in ITEMS.values() if item.battery == LOAD]
    results = {item.id: result_of(item, recorded.get(item.id)) for item in load}
    # Every item gives a reason of its own, so that the page can list all that is missing.
    for item in load:
        if results[item.id] == FAIL:
            reasons.append(Reason("failed", msg("%(item)s: not passed."), {"item": item.name}))
        elif results[item.id] == NOT_TESTED:
            reasons.append(_not_tested(item))
    if _count(results.values(), BORDERLINE) > MOST_BORDERLINE:
        text = msg("More than %(most)s borderline results in load and impact.")
        reasons.append(Reason("borderline", text, {"most": MOST_BORDERLINE}))
    for item in ITEMS.values():
        if item.battery == STRENGTH:
            reasons += _strength_reasons(item, recorded.get(item.id))
    return reasons


def _strength_reasons(item: Item, recorded: Recorded | None) -> list[Reason]:
    """Return the reasons of one strength test: 15 on each side are enough, short of passing."""
    if recorded is None or result_of(item, recorded) == NOT_TESTED:
        return [_not_tested(item)]
    reasons = []
    # Never None here: a test without an amount or a pain is not tested, see above.
    if (recorded.least(item) or 0) < LEAST_STRENGTH:
        text = msg("%(item)s: fewer than %(least)s on a side.")
        reasons.append(Reason("weak", text, {"item": item.name, "least": LEAST_STRENGTH}))
    if recorded.has_symptom or (recorded.pain or 0) > MOST_PAIN_AT_BORDERLINE:
        text = msg("%(item)s: leak, heaviness, limp or pain of 4 or more.")
        reasons.append(Reason("symptom", text, {"item": item.name}))
    return reasons


def _not_tested(item: Item) -> Reason:
    return Reason("not_tested", msg("%(item)s: not tested."), {"item": item.name})


def _count(results: Collection[str], wanted: str) -> int:
    return sum(one == wanted for one in results)
