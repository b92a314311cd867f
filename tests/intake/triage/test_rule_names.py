"""Every rule has a short name, and the names stand in the order of danger."""

from intake.triage.rules.names import NAMES, danger, rule_name
from tests.intake.triage.rule_table import CHECKIN_TABLE, INTAKE_TABLE

TABLE = {**INTAKE_TABLE, **CHECKIN_TABLE}
# The most serious level first; among the urgent ones what the patient is told to do.
LEVELS = ["urgent", "red", "caution"]
ACTIONS = ["call_911", "go_er", "crisis_988", "call_provider_now", None]
# What a row of the queue has place for.
LONGEST = 45


def test_every_rule_of_both_forms_has_a_name_and_no_name_is_without_a_rule() -> None:
    assert set(NAMES) == set(TABLE)


def test_no_two_rules_have_the_same_name_and_each_is_short_words_without_an_id() -> None:
    names = [name.casefold() for name in NAMES.values()]
    assert len(set(names)) == len(names)
    for rule_id, name in NAMES.items():
        assert name == name.strip(), rule_id
        assert 3 < len(name) <= LONGEST, rule_id
        assert name[0].isupper(), rule_id
        assert not name.endswith("."), rule_id
        assert not set(name.split()) & set(TABLE), rule_id


def test_names_say_what_a_clinician_calls_it() -> None:
    typed = {
        "U-SELF-HARM": "Thoughts of self-harm",
        "U-PREECLAMPSIA": "Possible preeclampsia",
        "R-PAIN-BONE": "Possible bone stress",
        "R-UNHEALED": "Wound not healed by 6 weeks",
        "R-TEAR-SEVERE": "Tear into the anal sphincter",
        "R-TIME-RUN": "Running before 6 weeks",
        "CR-BONE": "New signs of bone stress",
        "CC-RISE": "A score rose by 20 or more",
    }
    assert {rule_id: rule_name(rule_id) for rule_id in typed} == typed


def test_the_more_dangerous_rule_comes_first() -> None:
    ordered = sorted(TABLE, key=danger)
    ranks = [(LEVELS.index(TABLE[one].level), ACTIONS.index(TABLE[one].action)) for one in ordered]
    assert ranks == sorted(ranks)
    # What a list of cases once could not tell apart.
    assert danger("R-PAIN-BONE") < danger("R-TIME-RUN")
    assert danger("U-CHEST") < danger("U-SELF-HARM") < danger("U-FEVER")
    assert danger("C-MOOD") < danger("C-PAIN-MILD")


def test_a_rule_of_another_version_keeps_its_id_and_is_read_first() -> None:
    assert rule_name("R-FORMER") == "R-FORMER"
    assert danger("R-FORMER") < danger("U-CHEST")
