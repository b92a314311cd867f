"""All rules together: none is left out, each is complete, and flags say what made them fire."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.questionnaire.conditions import Condition
from intake.questionnaire.definition import CHECKIN, INTAKE, Question
from intake.triage.evaluate import evaluate_checkin, evaluate_intake
from intake.triage.rules import CHECKIN_RULES, INTAKE_RULES, FiredRule, Rule, rule
from tests.intake.samples import AS_OF, Raw, final, heavy, hurting, leaking, weeks_ago
from tests.intake.strategies import UNTIMED, complete_intake, raw_answers
from tests.intake.triage import (
    test_rules_caution,
    test_rules_checkin,
    test_rules_red,
    test_rules_urgent,
)

# CC-RISE needs earlier scores and has tests of its own beside the table.
HAS_OWN_TESTS = {"CC-RISE"}

DEPENDENT = [question for question in INTAKE.questions if question.shown.reads]
PARENTS = sorted({parent for question in DEPENDENT for parent in question.shown.reads})


def flag(rule_id: str, *changes: Raw) -> FiredRule:
    """Return the one flag of this rule on the changed quiet intake."""
    (found,) = [flag for flag in final(*changes).flags if flag.rule_id == rule_id]
    return found


def atoms(condition: Condition) -> list[Condition]:
    """Return the conditions without parts that a condition is made of."""
    parts = getattr(condition, "parts", None)
    return [condition] if parts is None else [atom for part in parts for atom in atoms(part)]


def test_every_rule_has_a_case_that_fires_and_one_that_does_not() -> None:
    tables = (test_rules_urgent, test_rules_red, test_rules_caution, test_rules_checkin)
    cases = {rule_id: case for table in tables for rule_id, case in table.CASES.items()}
    every_rule = {rule.id for rule in (*INTAKE_RULES, *CHECKIN_RULES)}
    assert set(cases) == every_rule - HAS_OWN_TESTS
    assert [rule_id for rule_id, case in cases.items() if not case.fires or not case.quiet] == []


@pytest.mark.parametrize("rule", [*INTAKE_RULES, *CHECKIN_RULES], ids=lambda rule: rule.id)
def test_each_rule_is_complete(rule: Rule) -> None:
    form = CHECKIN if rule in CHECKIN_RULES else INTAKE
    assert rule.told
    assert rule.sources
    assert bool(rule.why) == (form is INTAKE)
    assert set(rule.condition.reads) <= {question.id for question in form.questions}


@pytest.mark.parametrize("rule", [*INTAKE_RULES, *CHECKIN_RULES], ids=lambda rule: rule.id)
def test_each_rule_names_choices_that_exist(rule: Rule) -> None:
    form = CHECKIN if rule in CHECKIN_RULES else INTAKE
    for atom in atoms(rule.condition):
        named = {*getattr(atom, "choices", ()), getattr(atom, "choice", None)} - {None}
        assert not named or named <= set(form.question(atom.reads[0]).choice_ids)


def test_ids_are_unique_and_found() -> None:
    ids = [rule.id for rule in (*INTAKE_RULES, *CHECKIN_RULES)]
    assert len(set(ids)) == len(ids)
    assert rule("CC-RISE").level == "caution"
    with pytest.raises(KeyError):
        rule("R-UNKNOWN")


def test_no_rule_reads_the_note() -> None:
    assert not [rule.id for rule in INTAKE_RULES if "care.note" in rule.condition.reads]


# --- R-DATA-HIDDEN --------------------------------------------------------------------------------


def test_the_pairs_of_question_and_follow_up() -> None:
    links = set(rule("R-DATA-HIDDEN").condition.links)  # type: ignore[attr-defined]
    assert links == {
        ("bg.delivery", "bg.tear"),
        ("leak.when", "leak.frequency"),
        ("leak.when", "leak.amount"),
        ("leak.when", "leak.bother"),
        ("heavy.frequency", "heavy.bulge"),
        ("heavy.frequency", "heavy.bother"),
        ("bg.history", "heavy.bulge"),
        ("pain.areas", "pain.worst"),
        ("pain.areas", "pain.signs"),
        ("bg.running", "ready.run_response"),
    }


@pytest.mark.parametrize("sent", [0, False, " ", "stick", [None], {"a": 1}])
def test_even_an_unreadable_follow_up_is_noticed(sent: object) -> None:
    result = final({"pain.areas": None, "pain.worst": sent})
    assert "R-DATA-HIDDEN" in result.flag_ids


@pytest.mark.parametrize("empty", [None, "", [], {}])
def test_an_empty_follow_up_is_not(empty: object) -> None:
    assert "R-DATA-HIDDEN" not in final({"pain.areas": None} | {"pain.worst": empty}).flag_ids


def test_a_parent_that_was_sent_but_cannot_be_read_counts_as_unanswered() -> None:
    result = final({"heavy.frequency": "often", "heavy.bulge": "stuck"})
    assert {"R-DATA-HIDDEN", "C-DATA-MISSING"} <= set(result.flag_ids)
    assert "U-BULGE-STUCK" not in result.flag_ids


def test_its_evidence_names_the_gap_and_what_was_sent() -> None:
    both = {"heavy.frequency": None, "heavy.bulge": "stuck", "heavy.bother": "much"}
    assert flag("R-DATA-HIDDEN", both).evidence == (
        ("heavy.frequency", None),
        ("heavy.bulge", "stuck"),
        ("heavy.bother", None),
    )
    signs = {"pain.areas": None, "pain.signs": ["rest", "nerve", "??"]}
    assert flag("R-DATA-HIDDEN", signs).evidence == (
        ("pain.areas", None),
        ("pain.signs", "rest"),
        ("pain.signs", "nerve"),
    )


# --- Evidence -------------------------------------------------------------------------------------


def test_evidence_is_the_choice_that_fired_not_the_whole_answer() -> None:
    many = {"safety.emergency": ["headache", "chest_pain", "vision"]}
    assert flag("U-CHEST", many).evidence == (("safety.emergency", "chest_pain"),)
    assert flag("U-PREECLAMPSIA", many, {"safety.body": ["swelling", "fever"]}).evidence == (
        ("safety.emergency", "headache"),
        ("safety.emergency", "vision"),
        ("safety.body", "swelling"),
    )


def test_evidence_holds_the_true_parts_of_a_count_only() -> None:
    risks = {"bg.running": "new", "ready.energy": ["worn_out"], "ready.sleep": 6}
    assert flag("C-RISK4", risks).evidence == (
        ("bg.running", "new"),
        ("ready.energy", "worn_out"),
        ("bg.delivery", "vaginal"),
        ("ready.sleep", 6),
    )


def test_evidence_of_numbers_dates_gaps_and_absent_choices() -> None:
    assert flag("R-PAIN-SEVERE", hurting(worst=8)).evidence == (("pain.worst", 8),)
    early = weeks_ago(5)
    assert flag("C-TIME-LT6", early).evidence == (
        ("bg.birth_date", early["bg.birth_date"]),
        ("bg.running", "paused"),
    )
    assert flag("C-DATA-MISSING", {"ready.mood": None}).evidence == (("ready.mood", None),)
    assert flag("C-LEAK-GAS", leaking(["gas", "cough"])).evidence == (
        ("leak.when", "gas"),
        ("leak.when", "cough"),
    )


@UNTIMED
@given(raw_answers())
def test_evidence_is_never_empty_and_comes_from_what_the_rule_reads(raw: Raw) -> None:
    result = evaluate_intake(raw, as_of=AS_OF, mode="final")
    for found in result.flags:
        named = {question for question, _ in found.evidence}
        assert named
        assert named <= set(rule(found.rule_id).condition.reads)
        assert found.rule_id == "R-DATA-HIDDEN" or named <= set(result.visible)


@UNTIMED
@given(raw_answers(CHECKIN))
def test_evidence_of_a_check_in(raw: Raw) -> None:
    result = evaluate_checkin(raw, as_of=AS_OF, previous_scores={"pain": 0, "leak": 0})
    for found in result.flags:
        named = {question for question, _ in found.evidence}
        assert named
        assert named <= set(rule(found.rule_id).condition.reads) & set(result.visible)


# --- Hidden answers raise no flag -----------------------------------------------------------------


@settings(UNTIMED, max_examples=150)
@given(raw=complete_intake(), parent=st.sampled_from(PARENTS), data=st.data())
def test_flipping_a_question_takes_its_follow_ups_flags_along(
    raw: Raw, parent: str, data: st.DataObject
) -> None:
    changed = raw | {parent: data.draw(st.sampled_from(flips(INTAKE.question(parent))))}
    result = evaluate_intake(changed, as_of=AS_OF, mode="final")
    hidden = {question.id for question in DEPENDENT} - set(result.visible)
    # As if the hidden answers had never been sent.
    kept = {question: sent for question, sent in changed.items() if question not in hidden}
    assert result.flags == evaluate_intake(kept, as_of=AS_OF, mode="final").flags
    assert not hidden & {question for found in result.flags for question, _ in found.evidence}


def flips(question: Question) -> list[object]:
    """Return every answer to a question, each choice alone."""
    return [[choice] for choice in question.choice_ids]


def test_a_stuck_bulge_is_gone_with_the_heaviness() -> None:
    stuck = heavy(bulge="stuck")
    assert "U-BULGE-STUCK" in final(stuck).flag_ids
    assert final(stuck | {"heavy.frequency": "never"}).flags == ()
