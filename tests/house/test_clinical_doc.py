"""docs/clinical.md agrees with the questions and rules."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from intake.clinical_doc import clinical_doc
from intake.questionnaire.condition_words import QUESTIONS, in_words
from intake.questionnaire.conditions import Condition, between, weeks
from intake.triage.rules import CHECKIN_RULES, INTAKE_RULES, rule_name
from intake.triage.sources import SOURCES
from tests.intake.triage.rule_table import TABLE, Row


def test_the_committed_document_is_up_to_date() -> None:
    call_command("clinical_doc", check=True)


def test_an_edited_document_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SOURCES, "S99", SOURCES["S1"])  # type: ignore[arg-type]
    with pytest.raises(CommandError):
        call_command("clinical_doc", check=True)


def test_it_contains_every_question_choice_and_rule() -> None:
    text = clinical_doc()
    for question in QUESTIONS.values():
        assert f"`{question.id}`**" in text
        assert question.text in text
        for choice in question.choices:
            assert f"- `{choice.id}` {choice.text}" in text
    for rule in (*INTAKE_RULES, *CHECKIN_RULES):
        (row,) = [line for line in text.splitlines() if line.startswith(f"| `{rule.id}`")]
        assert in_words(rule.condition) in row
        assert rule.told in row
        assert rule.why in row
        assert row.endswith("| not signed off |")


def test_each_rule_is_listed_under_its_level_with_its_domain_and_action() -> None:
    level, found = "", {}
    for line in clinical_doc().splitlines():
        if line.startswith("### "):
            level = line.removeprefix("### ").partition(" (")[0].lower()
        elif line.startswith(("| `U-", "| `R-", "| `C")):
            rule_id, _, under_it = line.split(" | ")[0].removeprefix("| `").partition("`")
            name, _, parts = under_it.removeprefix("<br>").partition("<br>")
            assert name == rule_name(rule_id)
            found[rule_id] = (level, parts)
    expected = {rule_id: (row.level, about(row)) for rule_id, row in TABLE.items()}
    assert {rule_id: found.get(rule_id) for rule_id in TABLE} == expected


def about(row: Row) -> str:
    """Return what is written under the id and the name of a rule."""
    first = "evaluation first" if row.eval_first else ""
    return ", ".join(filter(None, (row.domain, row.action, first)))


def test_every_source_that_a_rule_names_is_listed() -> None:
    named = {code for rule in (*INTAKE_RULES, *CHECKIN_RULES) for code in rule.sources}
    assert named <= {*SOURCES, "OWN"}


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (between("pain.worst", 7, 10), "`pain.worst` is 7 or more"),
        (between("ready.sleep", 0, 5), "`ready.sleep` is 5 or less"),
        (between("pain.worst", 4, 6), "`pain.worst` is 4 to 6"),
        (weeks(6), "6 whole weeks or more since the birth"),
        (weeks(0, 6), "fewer than 6 whole weeks since the birth"),
        (weeks(6, 12), "at least 6 and fewer than 12 whole weeks since the birth"),
    ],
)
def test_ranges_are_written_with_their_limits(condition: Condition, words: str) -> None:
    assert in_words(condition) == words


def test_a_condition_without_words_is_an_error() -> None:
    with pytest.raises(TypeError):
        in_words(Condition())
