"""Rules, the flags they raise, and the function that applies rules to a patient's answers."""

# mypy: disallow-any-explicit

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from intake.questionnaire.answers import PARTIAL, Answers, Mode
from intake.questionnaire.conditions import Condition, Evidence, Facts

Level = Literal["urgent", "red", "caution", "clear"]
URGENT: Level = "urgent"
RED: Level = "red"
CAUTION: Level = "caution"
CLEAR: Level = "clear"
LEVELS = (URGENT, RED, CAUTION, CLEAR)  # the most serious first

# In the order of ACTIONS, the most pressing first.
Action = Literal["call_911", "go_er", "crisis_988", "call_provider_now"]
ACTIONS: tuple[Action, ...] = ("call_911", "go_er", "crisis_988", "call_provider_now")

DOMAINS = ("safety", "background", "leak", "heaviness", "pain", "readiness")


@dataclass(frozen=True)
class FiredRule:
    """A rule that fired, with the (question id, answer) pairs that made it fire.

    An answer is one choice id, a whole number or an ISO date; None stands for no answer. `told`
    is the English text for the patient; it is translated where it is shown.
    """

    rule_id: str
    level: Level
    domain: str
    action: Action | None
    eval_first: bool
    told: str
    evidence: Evidence


@dataclass(frozen=True)
class Rule:
    """A condition on the answers, and what follows when it holds.

    `told` is the text for the patient, `why` the clinical reason. `action` is set for urgent rules
    only. `eval_first` makes the evaluation the recommended next step at caution level. `sources`
    are codes of `intake.triage.sources`; OWN means clinical judgment that still needs sign-off.
    Check-in rules have no domain.
    """

    id: str
    condition: Condition
    level: Level
    told: str
    sources: tuple[str, ...]
    why: str = ""
    domain: str = ""
    action: Action | None = None
    eval_first: bool = False

    def evaluate(self, facts: Facts) -> FiredRule | None:
        """Return the flag with its evidence, or None when the condition does not hold."""
        if not self.condition.holds(facts):
            return None
        return FiredRule(
            rule_id=self.id,
            level=self.level,
            domain=self.domain,
            action=self.action,
            eval_first=self.eval_first,
            told=self.told,
            evidence=self.condition.evidence(facts),
        )


def judge(
    rules: Iterable[Rule],
    answers: Answers,
    mode: Mode,
    rises: Mapping[str, int] | None = None,
) -> tuple[FiredRule, ...]:
    """Return the flags of all rules that fire, sorted by rule id. No rule hides another.

    In partial mode only urgent rules are asked. `rises` maps the scores of a check-in to their rise
    in points.
    """
    facts = answers.facts(mode, rises)
    # The others would fire on what has not been asked yet.
    asked = (rule for rule in rules if mode != PARTIAL or rule.level == URGENT)
    flags = [flag for rule in asked if (flag := rule.evaluate(facts))]
    return tuple(sorted(flags, key=lambda flag: flag.rule_id))
