"""The rules say what the clinicians decided: none is missing, none is extra, none is weaker."""

from intake.triage.rules import CHECKIN_RULES, INTAKE_RULES, rule
from tests.intake.triage.rule_table import CHECKIN_TABLE, INTAKE_TABLE, TABLE, differences


def test_the_intake_has_the_rules_of_the_table_and_no_other() -> None:
    assert differences(INTAKE_RULES, INTAKE_TABLE) == []


def test_the_check_in_has_the_rules_of_the_table_and_no_other() -> None:
    assert differences(CHECKIN_RULES, CHECKIN_TABLE) == []


def test_a_missing_rule_and_an_extra_one_are_differences() -> None:
    tear, chest = rule("R-TEAR-SEVERE"), rule("U-CHEST")
    (missing,) = differences([tear], {one: TABLE[one] for one in ("R-TEAR-SEVERE", "U-CHEST")})
    assert missing.startswith("U-CHEST: the table has Row(")
    assert missing.endswith("the code has None")
    (extra,) = differences([tear, chest], {"R-TEAR-SEVERE": TABLE["R-TEAR-SEVERE"]})
    assert extra.startswith("U-CHEST: the table has None")
