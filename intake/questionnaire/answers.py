"""Clean raw answers: from whatever was sent to the effective answers.

Pages, rules, review and export all read the same effective answers. A missing answer is missing,
never "no", and an answer to a hidden question does not exist. `Answers.raw` is what was sent.
"""

# mypy: disallow-any-explicit

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from intake.questionnaire.conditions import BIRTH_DATE, Facts, Value
from intake.questionnaire.definition import Question, Questionnaire

Mode = Literal["partial", "final"]
PARTIAL: Mode = "partial"
FINAL: Mode = "final"
MODES = (PARTIAL, FINAL)

OLDEST_DATE_DAYS = 7305  # 20 years

# `date.fromisoformat` alone would also read 20250526 and 2025-W22-1.
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# A tuple, not a set: raw values may be lists, which have no hash.
_EMPTY: tuple[object, ...] = (None, "", [], {})


@dataclass(frozen=True)
class Answers:
    """One patient's effective answers on one day.

    `values` holds them by question id, in question order: a choice id, a tuple of choice ids, a
    whole number, an ISO date or a text. `chosen` holds the same choices as sets, for questions with
    choices only. `visible` lists the questions shown. `dropped` holds what was sent for hidden
    questions, read as if they were shown (None where it cannot be read).
    """

    questionnaire: Questionnaire
    raw: Mapping[str, object]
    as_of: date
    values: Mapping[str, Value]
    chosen: Mapping[str, frozenset[str]]
    visible: tuple[str, ...]
    dropped: Mapping[str, Value | None]

    def has(self, question: str, choice: str) -> bool:
        """Return whether the answer is, or includes, the choice."""
        return choice in self.chosen.get(question, ())

    def any(self, question: str, *choices: str) -> bool:
        """Return whether the answer is, or includes, at least one of the choices."""
        return any(self.has(question, choice) for choice in choices)

    def lacks(self, question: str, choice: str) -> bool:
        """Return whether the question is answered, but not with the choice."""
        return question in self.chosen and choice not in self.chosen[question]

    def num(self, question: str) -> int | None:
        """Return the number answered, or None."""
        value = self.values.get(question)
        return value if isinstance(value, int) else None

    def missing(self, question: str, mode: Mode) -> bool:
        """Return whether a visible, required question has no answer; never in partial mode."""
        if mode == PARTIAL or question not in self.visible or question in self.values:
            return False
        return self.questionnaire.question(question).required

    def sent(self, question: str) -> bool:
        """Return whether anything that is not empty was sent for the question, readable or not."""
        return is_sent(self.raw.get(question))

    @property
    def birth_date(self) -> date | None:
        """Return the day of the last birth, or None without a valid one."""
        value = self.values.get(BIRTH_DATE)
        return date.fromisoformat(value) if isinstance(value, str) else None

    @property
    def weeks_since_birth(self) -> int | None:
        """Return the whole weeks from the birth to `as_of` (83 days: 11, 84 days: 12), or None."""
        born = self.birth_date
        return None if born is None else (self.as_of - born).days // 7

    def facts(self, mode: Mode, rises: Mapping[str, int] | None = None) -> Facts:
        """Return what the rules look at.

        `rises` maps scores to points, for a check-in.
        """
        unanswered = (question for question in self.visible if self.missing(question, mode))
        return Facts(
            values=self.values,
            chosen=self.chosen,
            weeks_since_birth=self.weeks_since_birth,
            unanswered=frozenset(unanswered),
            dropped=self.dropped,
            rises=rises or {},
        )


def clean(questionnaire: Questionnaire, raw: Mapping[str, object], as_of: date) -> Answers:
    """Return the effective answers: what was sent for visible questions and can be read.

    `raw` maps question ids to JSON values; ids that are not in the questionnaire are ignored.
    `as_of` is the clinic's date of the evaluation. Never raises, whatever the values are, and
    cleaning the resulting `values` again gives the same. Source:
    docs/clinical.md, "How answers are read".
    """
    values: dict[str, Value] = {}
    chosen: dict[str, frozenset[str]] = {}
    dropped: dict[str, Value | None] = {}
    visible: list[str] = []
    # Holds the dicts themselves, so that each question's condition sees the answers before it.
    so_far = Facts(values=values, chosen=chosen)
    for question in questionnaire.questions:
        sent = raw.get(question.id)
        value = _READERS[question.kind](question, sent, as_of)
        if not question.shown.holds(so_far):
            # A red rule looks at these: see SentBehindMissing.
            if is_sent(sent):
                dropped[question.id] = value
            continue
        visible.append(question.id)
        if value is None:
            continue
        values[question.id] = value
        if question.choices:  # a single choice becomes a set of one
            chosen[question.id] = frozenset(value if isinstance(value, tuple) else (str(value),))
    return Answers(questionnaire, raw, as_of, values, chosen, tuple(visible), dropped)


def is_sent(value: object) -> bool:
    """Return whether a raw value is anything but empty (0, false and " " are not empty)."""
    return value not in _EMPTY


def parse_date(text: object) -> date | None:
    """Return the date written as `YYYY-MM-DD`, or None for anything else, other ISO forms too."""
    if not isinstance(text, str) or not _DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _read_multi(question: Question, sent: object, as_of: date) -> Value | None:
    # One choice may come without its list.
    members = [sent] if isinstance(sent, str) else sent
    if not isinstance(members, (list, tuple)):
        return None
    texts = {member for member in members if isinstance(member, str)}
    # In the order of the question, whatever order they were sent in.
    listed = [choice for choice in question.choice_ids if choice in texts]
    chosen = _without_exclusives(question, listed)
    # ["chest_pains", "none"] must not read as "none of these".
    if question.asks_danger_signs and chosen == ["none"] and not _all_listed(question, members):
        return None
    return tuple(chosen) or None


def _without_exclusives(question: Question, listed: list[str]) -> list[str]:
    """Return the choices that count: a symptom wins over "prefer not", and that over "none"."""
    others = [choice for choice in listed if choice not in question.exclusive_ids]
    if others:
        return others
    return ["prefer_not"] if "prefer_not" in listed else listed


def _all_listed(question: Question, members: list[object] | tuple[object, ...]) -> bool:
    return all(member in question.choice_ids for member in members)


def _read_single(question: Question, sent: object, as_of: date) -> Value | None:
    if isinstance(sent, (list, tuple)) and len(sent) == 1:
        sent = sent[0]
    return sent if isinstance(sent, str) and sent in question.choice_ids else None


def _read_number(question: Question, sent: object, as_of: date) -> Value | None:
    # True is an int to Python; 7.0 and "7" are not whole numbers here.
    if type(sent) is not int or question.minimum is None or question.maximum is None:
        return None
    return sent if question.minimum <= sent <= question.maximum else None


def _read_date(question: Question, sent: object, as_of: date) -> Value | None:
    day = parse_date(sent)
    if day is None or not 0 <= (as_of - day).days <= OLDEST_DATE_DAYS:
        return None
    return day.isoformat()


def _read_text(question: Question, sent: object, as_of: date) -> Value | None:
    return (sent.strip() or None) if isinstance(sent, str) else None


_READERS: dict[str, Callable[[Question, object, date], Value | None]] = {
    "multi": _read_multi,
    "single": _read_single,
    "scale": _read_number,
    "integer": _read_number,
    "date": _read_date,
    "text": _read_text,
}


def merged(raw: Mapping[str, object], posted: Mapping[str, object]) -> dict[str, object]:
    """Return what was sent so far with this page's answers in place of its earlier ones.

    A question of which the page says None is left out.
    """
    both = {**raw, **posted}
    return {question: value for question, value in both.items() if value is not None}
