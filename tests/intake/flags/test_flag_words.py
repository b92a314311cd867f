"""The words of flags: their names in a row, and what each of a check-in is about."""

from intake.flags.labels import DOMAIN_WORDS, domains_of, flag_words
from tests.intake.triage.rule_table import CHECKIN_TABLE, INTAKE_TABLE


def test_a_row_names_the_three_most_dangerous_flags_and_counts_the_rest() -> None:
    flags = [
        ("R-TIME-RUN", "red", "background"),
        ("C-PAIN-MILD", "caution", "pain"),
        ("R-UNHEALED", "red", "background"),
        ("C-DATA-MISSING", "caution", "background"),
        ("R-PAIN-BONE", "red", "pain"),
    ]
    found = flag_words(flags, "red")
    assert (found.names, found.more) == (
        ["Possible bone stress", "Wound not healed by 6 weeks", "Running before 6 weeks"],
        2,
    )


def test_a_name_says_its_level_where_it_is_not_that_of_the_row() -> None:
    flags = [("C-PAIN-MILD", "caution", "pain"), ("U-FEVER", "urgent", "safety")]
    found = flag_words(flags, "urgent")
    assert (found.names, found.more) == (["Fever after birth", "Mild pain (caution)"], 0)
    assert flag_words(flags[:1], "caution").names == ["Mild pain"]
    assert flag_words([], "clear").names == []


def test_what_no_rule_judged_and_what_a_clinician_added_comes_first_in_its_level() -> None:
    flags = [
        ("R-TEAR-SEVERE", "red", "background"),
        ("R-NOT-JUDGED", "red", "readiness"),
        ("HAND-1", "red", "pain"),
    ]
    assert flag_words(flags, "red").names == [
        "Pain, added by hand",
        "Not judged",
        "Tear into the anal sphincter",
    ]


def test_every_rule_of_the_intake_has_a_word_for_what_it_is_about() -> None:
    for rule_id, row in INTAKE_TABLE.items():
        assert domains_of(rule_id, row.domain) == [row.domain]
        assert row.domain in DOMAIN_WORDS


def test_a_check_ins_rule_is_about_what_it_asks_and_a_warning_sign_about_its_part() -> None:
    about = {
        "CR-LEAK": ["leak"], "CC-LEAK": ["leak"], "CR-STOOL": ["leak"],
        "CR-HEAVY": ["heaviness"], "CC-HEAVY": ["heaviness"],
        "CR-BULGE": ["heaviness"], "CU-BULGE": ["heaviness"],
        "CR-PAIN": ["pain"], "CC-PAIN": ["pain"], "CR-NERVE": ["pain"], "CR-BONE": ["pain"],
        "CU-CAUDA": ["pain"],
        "CR-LOAD": ["readiness"], "CC-LOAD": ["readiness"], "CC-WORRY": ["readiness"],
        "CR-LINGER": ["readiness"], "CR-MOOD": ["readiness"],
        "CR-BLEED": ["background"], "CR-PREGNANT": ["background"],
        "CC-RISE": ["leak", "heaviness", "pain"],
        "CC-DATA": ["leak", "heaviness", "pain", "readiness"],
    }  # fmt: skip
    found = {rule_id: domains_of(rule_id, row.domain) for rule_id, row in CHECKIN_TABLE.items()}
    assert found == {rule_id: ["safety"] for rule_id in CHECKIN_TABLE} | about


def test_a_rise_is_about_what_rose() -> None:
    assert domains_of("CC-RISE", "", ["ci.pain_worst"]) == ["pain"]
    assert domains_of("CC-RISE", "", ["ci.heavy_bother", "ci.pain_worst"]) == ["heaviness", "pain"]


def test_nothing_is_called_readiness_where_a_higher_number_is_worse() -> None:
    assert "Readiness" not in {str(words) for words in DOMAIN_WORDS.values()}
