"""Judge answers: flags, level, next step and what may be booked.

The two entry points are `evaluate_intake` and `evaluate_checkin`. They read no clock and have no
state; the date of a result never changes. Source:
docs/clinical.md, "What follows from the flags".
"""

# mypy: disallow-any-explicit

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Literal

from intake.questionnaire.answers import FINAL, MODES, PARTIAL, Answers, Mode, clean
from intake.questionnaire.definition import CHECKIN, INTAKE
from intake.triage.rules import (
    ACTIONS,
    CAUTION,
    CHECKIN_RULES,
    CLEAR,
    DOMAINS,
    INTAKE_RULES,
    LEVELS,
    RED,
    URGENT,
    Action,
    FiredRule,
    Level,
    judge,
)
from intake.triage.scores import Scores, checkin_scores, intake_scores, rises

# The rule id of a judgment that failed: a clinician has to read the answers herself.
NOT_JUDGED = "R-NOT-JUDGED"

__all__ = [
    "ACTIONS",
    "CAUTION",
    "CLEAR",
    "FINAL",
    "LEVELS",
    "PARTIAL",
    "RED",
    "URGENT",
    "CheckinResult",
    "Judged",
    "Result",
    "bookable_after",
    "evaluate_checkin",
    "evaluate_intake",
    "highest_level",
    "told_texts",
]

NextStep = Literal["emergency", "continue", "evaluation", "run_ready", "self_guided"]
Outcome = Literal["stop", "hold_impact", "repeat_stage", "progress"]
Bookable = Literal["evaluation", "run_ready"]

# Days and weeks since the birth.
RUN_READY_WEEKS = 6
FIRST_VISIT_DAYS = 7 * RUN_READY_WEEKS
IMPACT_DAYS = 84

_OUTCOMES: dict[Level, Outcome] = {
    URGENT: "stop",
    RED: "hold_impact",
    CAUTION: "repeat_stage",
    CLEAR: "progress",
}


@dataclass(frozen=True)
class Judged:
    """What the results of an intake and of a check-in have in common."""

    answers: Answers
    flags: tuple[FiredRule, ...]
    scores: Scores | None

    @cached_property
    def level(self) -> Level:
        """Return the highest level among the flags; "clear" when no rule fired."""
        return highest_level(self.flags)

    @property
    def flag_ids(self) -> tuple[str, ...]:
        """Return the ids of the rules that fired, sorted by character code."""
        return tuple(flag.rule_id for flag in self.flags)

    @property
    def actions(self) -> tuple[Action, ...]:
        """Return the distinct actions of the urgent flags; the first is the headline."""
        # In the order of ACTIONS, the most pressing first, not in the order of the flags.
        wanted = {flag.action for flag in self.flags}
        return tuple(action for action in ACTIONS if action in wanted)

    @property
    def visible(self) -> tuple[str, ...]:
        """Return the ids of the visible questions, in question order."""
        return self.answers.visible


@dataclass(frozen=True)
class Result(Judged):
    """The judgment of one intake on one day.

    A partial result has urgent flags only: its level "clear" means "nothing urgent so far" and is
    never stored or shown. It has no scores.
    """

    mode: Mode

    @property
    def next_step(self) -> NextStep:
        """Return the recommended next step."""
        if self.level == URGENT:
            return "emergency"
        if self.mode == PARTIAL:
            return "continue"
        if self.level == RED or any(flag.eval_first for flag in self.flags):
            return "evaluation"
        return "self_guided" if self._runs_well else "run_ready"

    @property
    def bookable(self) -> tuple[Bookable, ...]:
        """Return the services open on `as_of`, before any flag is resolved."""
        if self.mode == PARTIAL:
            return ()
        return bookable_after(
            self.flags, resolved=frozenset(), weeks_since_birth=self.weeks_since_birth
        )

    @property
    def weeks_since_birth(self) -> int | None:
        """Return the whole weeks since birth on `as_of`, or None without a valid birth date."""
        return self.answers.weeks_since_birth

    @property
    def domain_levels(self) -> dict[str, Level]:
        """Return the highest level of each domain, "clear" where no rule fired."""
        return {
            domain: highest_level(flag for flag in self.flags if flag.domain == domain)
            for domain in DOMAINS
        }

    @property
    def birth_date(self) -> date | None:
        """Return the day of the last birth, or None without a valid one."""
        return self.answers.birth_date

    @property
    def first_visit_from(self) -> date | None:
        """Return the first day on which Run Ready may begin, or None without a birth date."""
        return self.birth_date and self.birth_date + timedelta(days=FIRST_VISIT_DAYS)

    @property
    def earliest_impact_date(self) -> date | None:
        """Return the first day on which impact may be tested, or None without a birth date."""
        return self.birth_date and self.birth_date + timedelta(days=IMPACT_DAYS)

    @property
    def _runs_well(self) -> bool:
        # Only these three answers together, on a clear result, send somebody off without a visit.
        return (
            self.level == CLEAR
            and self.answers.has("bg.running", "running")
            and self.answers.has("ready.run_response", "fine")
            and self.answers.has("ready.load", "impact_ok")
        )


@dataclass(frozen=True)
class CheckinResult(Judged):
    """The judgment of one check-in. It uses no date and no weeks."""

    @property
    def outcome(self) -> Outcome:
        """Return what the level means for the coming visit and the walk-run stage."""
        return _OUTCOMES[self.level]


def evaluate_intake(raw: Mapping[str, object], *, as_of: date, mode: Mode) -> Result:
    """Return the judgment of the raw answers to an intake.

    `raw` maps question ids to JSON values, `as_of` is the clinic's date of the judgment. The mode
    "partial" is for a form that is still being filled in and asks the urgent rules only; "final"
    asks all rules. Raises ValueError for another mode.
    """
    if mode not in MODES:
        raise ValueError("The mode is partial or final.")
    answers = clean(INTAKE, raw, as_of)
    flags = judge(INTAKE_RULES, answers, mode)
    return Result(answers, flags, intake_scores(answers) if mode == FINAL else None, mode)


def evaluate_checkin(
    raw: Mapping[str, object],
    *,
    as_of: date,
    previous_scores: Mapping[str, int | None] | None = None,
    first_scores: Mapping[str, int | None] | None = None,
    last_leak_amount: str | None = None,
) -> CheckinResult:
    """Return the judgment of the raw answers to a check-in, always by all rules.

    `previous_scores` and `first_scores` hold the latest and the first known value of each score
    earlier in the episode; None means that there is nothing to compare with. `last_leak_amount` is
    "drops", "wet" or "soak", and None counts as "wet".
    """
    answers = clean(CHECKIN, raw, as_of)
    scores = checkin_scores(answers, last_leak_amount)
    flags = judge(CHECKIN_RULES, answers, FINAL, rises(scores, previous_scores, first_scores))
    return CheckinResult(answers, flags, scores)


def bookable_after(
    flags: Iterable[FiredRule], *, resolved: Collection[str], weeks_since_birth: int | None
) -> tuple[Bookable, ...]:
    """Return what may be booked once the flags with the rule ids in `resolved` are resolved.

    An open urgent flag closes everything, an open red one the package. Otherwise the package is
    open from 6 whole weeks after birth; without a birth date it stays closed.
    """
    # Cautions need not be resolved: they close nothing.
    level = highest_level(flag for flag in flags if flag.rule_id not in resolved)
    if level == URGENT:
        return ()
    if level == RED or weeks_since_birth is None or weeks_since_birth < RUN_READY_WEEKS:
        return ("evaluation",)
    return ("evaluation", "run_ready")


def highest_level(flags: Iterable[FiredRule]) -> Level:
    """Return the most serious level among the flags; "clear" when there are none."""
    return min((flag.level for flag in flags), key=LEVELS.index, default=CLEAR)


def told_texts(flags: Iterable[FiredRule]) -> tuple[str, ...]:
    """Return the flags' texts for the patient: urgent, red, then caution, each sorted by rule id.

    A text that several flags share appears once. The texts are English and not yet translated.
    """
    ordered = sorted(flags, key=lambda flag: (LEVELS.index(flag.level), flag.rule_id))
    return tuple(dict.fromkeys(flag.told for flag in ordered))
