"""The rules that judge an intake or a check-in.

Each rule raises a concern; none says "safe". They are all listed in docs/clinical.md and are not
signed off by a licensed clinician yet.
"""

# mypy: disallow-any-explicit

from intake.triage.rules import caution_background, caution_readiness, caution_symptoms, red, urgent
from intake.triage.rules.checkin import RULES as CHECKIN_RULES
from intake.triage.rules.names import danger, rule_name
from intake.triage.rules.rule import (
    ACTIONS,
    CAUTION,
    CLEAR,
    DOMAINS,
    LEVELS,
    RED,
    URGENT,
    Action,
    FiredRule,
    Level,
    Rule,
    judge,
)

__all__ = [
    "ACTIONS",
    "CAUTION",
    "CHECKIN_RULES",
    "CLEAR",
    "DOMAINS",
    "INTAKE_RULES",
    "LEVELS",
    "RED",
    "RULES_VERSION",
    "URGENT",
    "Action",
    "FiredRule",
    "Level",
    "Rule",
    "danger",
    "judge",
    "rule",
    "rule_name",
]

# A stored result names the version it was judged by: whoever changes a rule raises the version.
RULES_VERSION = "1.1"

INTAKE_RULES = (
    *urgent.RULES,
    *red.RULES,
    *caution_background.RULES,
    *caution_symptoms.RULES,
    *caution_readiness.RULES,
)

_BY_ID = {rule.id: rule for rule in (*INTAKE_RULES, *CHECKIN_RULES)}


def rule(rule_id: str) -> Rule:
    """Return the rule with this id, of either form, or raise KeyError."""
    return _BY_ID[rule_id]
