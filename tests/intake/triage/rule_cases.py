"""Helpers that write down with which answers a rule fires and with which it does not."""

from dataclasses import dataclass

from intake.questionnaire.definition import CHECKIN, INTAKE
from tests.intake.samples import Raw


@dataclass(frozen=True)
class Cases:
    """Changes to the quiet form with which a rule fires, and near ones with which it does not."""

    fires: list[Raw]
    quiet: list[Raw]


def ticks(question: str, *choices: str) -> list[Raw]:
    """Return one change for each choice, with only that choice ticked."""
    return [{question: [choice]} for choice in choices]


def picks(question: str, *choices: object) -> list[Raw]:
    """Return one change for each of these answers to a single choice or a number."""
    return [{question: choice} for choice in choices]


def on_top_of(base: Raw, changes: list[Raw]) -> list[Raw]:
    """Return each change on top of the same base."""
    return [base | change for change in changes]


def all_but(question: str, *left_out: str) -> Raw:
    """Return the change that ticks every choice except these and the exclusive ones."""
    form = CHECKIN if question.startswith("ci.") else INTAKE
    asked = form.question(question)
    return {question: [c for c in asked.choice_ids if c not in (*left_out, *asked.exclusive_ids)]}
