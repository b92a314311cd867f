"""A patient's answers in words, for the pages on which they are read back.

Only the questions that applied are listed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from clinic.templatetags.look import day
from intake.questionnaire.answers import Answers
from intake.questionnaire.definition import Question, Section
from intake.questionnaire.progress import shown
from intake.questionnaire.section import field_name


@dataclass(frozen=True)
class AnswerRow:
    """One question with its answer in words; `lines` is empty without an answer.

    `anchor` is the name of the form field, for a link to the question on its page.
    """

    question: str
    lines: tuple[str, ...]
    anchor: str


def answer_groups(answers: Answers) -> list[tuple[Section, list[AnswerRow]]]:
    """Return every section with the questions that apply and the answer to each."""
    return [(section, _rows(section, answers)) for section in answers.questionnaire.sections]


def _rows(section: Section, answers: Answers) -> list[AnswerRow]:
    return [
        AnswerRow(_(question.text), tuple(_lines(question, answers)), field_name(question.id))
        for question in shown(section, answers)
    ]


def _lines(question: Question, answers: Answers) -> Iterator[str]:
    value: Any = answers.values.get(question.id)
    if value is None:
        return
    words = {choice.id: _(choice.text) for choice in question.choices}
    if question.kind == "date":  # the only one is the birth, hence the weeks
        weeks = answers.weeks_since_birth
        yield _("%(day)s (%(weeks)s weeks ago)") % {
            "day": day(date.fromisoformat(value)),
            "weeks": weeks,
        }
    elif question.kind == "scale":
        yield _("%(number)s out of 10") % {"number": value}
    elif question.kind == "integer":  # the only one is about sleep
        yield _("%(number)s hours") % {"number": value}
    elif isinstance(value, tuple):
        yield from (words[one] for one in value)
    else:
        # A text is no choice: it stands for itself.
        yield words.get(value, str(value))
