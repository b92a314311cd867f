"""No version of a form or of the rules changes its meaning or its wording."""

import re
import tomllib
from dataclasses import replace
from typing import Any

import pytest

from intake.questionnaire.conditions import between, has
from intake.questionnaire.definition import CHECKIN, INTAKE, Choice, Question, Section
from intake.triage.rules import RULES_VERSION, Rule
from tests.intake.triage.fingerprints import VERSIONED, complaint, fingerprint, gaps, listed, main

QUESTION = Question(
    "a.one", "single", "Which?", hint="Pick one.", why="To know.",
    choices=(Choice("yes", "Yes"), Choice("no", "No")), shown=has("a.zero", "yes"),
)  # fmt: skip
RULE = Rule(
    "R-ONE", has("a.one", "yes") & has("a.two", "yes"), "red", "We look.", ("S1",), why="Because",
    domain="leak",
)  # fmt: skip


@pytest.mark.parametrize("name", ["intake", "checkin", "rules"])
def test_each_version_is_what_it_was(name: str) -> None:
    version, where, content = VERSIONED[name]
    what_to_do = complaint(name, version, where, fingerprint(content), listed()[name])
    assert not what_to_do, what_to_do


@pytest.mark.parametrize(
    ("name", "version"),
    [("intake", INTAKE.version), ("checkin", CHECKIN.version), ("rules", RULES_VERSION)],
)
def test_every_version_stays_listed_and_the_one_in_force_is_the_last(
    name: str, version: str
) -> None:
    versions = list(listed()[name])
    assert gaps(versions) == []
    assert versions[-1] == version


@pytest.mark.parametrize(
    ("versions", "found"),
    [
        (["1.1"], []),
        (["1.1", "1.2", "1.3", "2.0", "2.1"], []),
        (["1.2"], ["1.2"]),
        (["1.1", "1.3"], ["1.3"]),
        (["1.1", "2.1"], ["2.1"]),
        (["1.2", "1.1"], ["1.2", "1.1"]),
    ],
)
def test_a_version_that_was_taken_out_is_noticed(versions: list[str], found: list[str]) -> None:
    assert gaps(versions) == found


def test_a_changed_version_is_answered_with_what_to_do() -> None:
    known = {"1.0": "aaaa", "1.1": "bbbb"}
    assert complaint("rules", "1.1", "RULES_VERSION", "bbbb", known) == ""
    changed = complaint("rules", "1.1", "RULES_VERSION", "cccc", known)
    assert "raise RULES_VERSION to 1.2" in changed
    assert changed.endswith('"1.2" = "cccc"')
    raised = complaint("rules", "1.2", "RULES_VERSION", "cccc", known)
    assert "Add this line to the end of [rules]" in raised
    assert raised.endswith('"1.2" = "cccc"')


@pytest.mark.parametrize(
    "change",
    [
        {"text": "Which one?"},
        {"hint": ""},
        {"why": "To help."},
        {"kind": "multi"},
        {"required": False},
        {"shown": has("a.zero", "no")},
        {"choices": (Choice("yes", "Yes!"), Choice("no", "No"))},
        {"choices": (Choice("no", "No"), Choice("yes", "Yes"))},
        {"choices": (Choice("yes", "Yes"), Choice("no", "No", exclusive=True))},
        {"minimum": 1},
    ],
    ids=str,
)
def test_any_change_of_a_question_is_seen(change: dict[str, Any]) -> None:
    before = [Section(1, "a", "A", (QUESTION,))]
    after = [Section(1, "a", "A", (replace(QUESTION, **change),))]
    assert fingerprint(before) != fingerprint(after)


@pytest.mark.parametrize(
    "change",
    [
        {"told": "We look soon."},
        {"why": ""},
        {"level": "caution"},
        {"domain": "pain"},
        {"action": "go_er"},
        {"eval_first": True},
        {"sources": ("S1", "OWN")},
        {"condition": has("a.one", "yes") | has("a.two", "yes")},
        {"condition": has("a.one", "yes") & has("a.two", "no")},
        {"condition": between("a.one", 1, 2)},
    ],
    ids=str,
)
def test_any_change_of_a_rule_is_seen(change: dict[str, Any]) -> None:
    assert fingerprint(RULE) != fingerprint(replace(RULE, **change))


@pytest.mark.parametrize("content", [QUESTION, RULE])
def test_what_is_the_same_has_the_same(content: Any) -> None:
    assert fingerprint(content) == fingerprint(replace(content))


def test_the_command_prints_a_table_for_each_with_its_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main()
    tables = tomllib.loads(capsys.readouterr().out)
    assert list(tables) == ["intake", "checkin", "rules"]
    for name, lines in tables.items():
        (version,) = lines
        assert version == VERSIONED[name][0]
        assert re.fullmatch("[0-9a-f]{16}", lines[version])
