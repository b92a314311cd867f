"""The rules say what the clinicians decided: none is missing, none is extra, none is weaker."""

from intake.triage.rules import CHECKIN_RULES, INTAKE_RULES, rule
from tests.intake.triage.rule_table import CHECKIN_TABLE, INTAKE_TABLE, TABLE, differences


def test_the_rules_are_those_of_the_table() -> None:
    assert differences((*INTAKE_RULES, *CHECKIN_RULES), TABLE) == []


def test_each_form_has_its_own_rules() -> None:
    assert {rule.id for rule in INTAKE_RULES} == set(INTAKE_TABLE)
    assert {rule.id for rule in CHECKIN_RULES} == set(CHECKIN_TABLE)


def test_a_missing_rule_and_an_extra_one_are_differences() -> None:
    tear, chest = rule("R-TEAR-SEVERE"), rule("U-CHEST")
    (missing,) = differences([tear], {one: TABLE[one] for one in ("R-TEAR-SEVERE", "U-CHEST")})
    assert missing.startswith("U-CHEST: the table has Row(")
    assert missing.endswith("the code has None")
    (extra,) = differences([tear, chest], {"R-TEAR-SEVERE": TABLE["R-TEAR-SEVERE"]})
    assert extra.startswith("U-CHEST: the table has None")
