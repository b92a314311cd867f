"""Conditions over a patient's answers: when a question is shown, and when a rule fires.

A condition is data. It names the questions it reads, says whether it holds, and returns the answers
that made it hold. A clinician can then see why a flag was raised, and an export can say when a
question is shown.

A missing answer satisfies nothing: a condition about a hidden or unanswered question is false,
except the two that ask for exactly that (`Missing` and `SentBehindMissing`).
"""

# mypy: disallow-any-explicit

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

Value = str | int | tuple[str, ...]
Pair = tuple[str, str | int | None]
Evidence = tuple[Pair, ...]

BIRTH_DATE = "bg.birth_date"

_NOTHING: frozenset[str] = frozenset()

T = TypeVar("T")


@dataclass(frozen=True)
class Facts:
    """Everything a condition may look at, worked out once per evaluation.

    `values` holds the cleaned answers of visible questions, `chosen` the choices picked among
    them. `unanswered` names the visible required questions without an answer; it is empty in
    partial mode. `dropped` holds what was sent for hidden questions, read as if they were shown
    (None where it cannot be read). `rises` is, per score, the larger of its two rises in points.
    """

    values: Mapping[str, Value]
    chosen: Mapping[str, frozenset[str]]
    weeks_since_birth: int | None = None
    unanswered: frozenset[str] = frozenset()
    dropped: Mapping[str, Value | None] = field(default_factory=dict)
    rises: Mapping[str, int] = field(default_factory=dict)


class Condition:
    """A statement about the answers; `a & b` and `a | b` combine two of them."""

    @property
    def reads(self) -> tuple[str, ...]:
        """Return the ids of the questions this condition looks at, each once."""
        raise NotImplementedError

    def holds(self, facts: Facts) -> bool:
        """Return whether the condition is true."""
        raise NotImplementedError

    def evidence(self, facts: Facts) -> Evidence:
        """Return the (question id, answer) pairs that made this condition hold.

        Call it only when the condition holds.

        An answer is one choice id, a whole number or an ISO date; None stands for no answer.
        Several choices of one question are several pairs.
        """
        raise NotImplementedError

    def __and__(self, other: "Condition") -> "All":
        # Flat, so that `a & b & c` is one group of three, also in docs/clinical.md.
        mine = self.parts if isinstance(self, All) else (self,)
        return All((*mine, other))

    def __or__(self, other: "Condition") -> "Either":
        mine = self.parts if isinstance(self, Either) else (self,)
        return Either((*mine, other))


@dataclass(frozen=True)
class Always(Condition):
    """True whatever was answered."""

    @property
    def reads(self) -> tuple[str, ...]:
        return ()

    def holds(self, facts: Facts) -> bool:
        return True

    def evidence(self, facts: Facts) -> Evidence:
        return ()


@dataclass(frozen=True)
class _OneQuestion(Condition):
    question: str

    @property
    def reads(self) -> tuple[str, ...]:
        return (self.question,)


@dataclass(frozen=True)
class AnyOf(_OneQuestion):
    """The answer is, or includes, at least one of these choices."""

    choices: tuple[str, ...]

    def holds(self, facts: Facts) -> bool:
        return not facts.chosen.get(self.question, _NOTHING).isdisjoint(self.choices)

    def evidence(self, facts: Facts) -> Evidence:
        chosen = facts.chosen[self.question]
        return tuple((self.question, choice) for choice in self.choices if choice in chosen)


@dataclass(frozen=True)
class Lacks(_OneQuestion):
    """The question is answered, and this choice is not in the answer."""

    choice: str

    def holds(self, facts: Facts) -> bool:
        chosen = facts.chosen.get(self.question)
        return chosen is not None and self.choice not in chosen

    def evidence(self, facts: Facts) -> Evidence:
        return _pairs(self.question, facts.values[self.question])


@dataclass(frozen=True)
class Between(_OneQuestion):
    """The number answered is at least `low` and at most `high`."""

    low: int
    high: int

    def holds(self, facts: Facts) -> bool:
        number = facts.values.get(self.question)
        return isinstance(number, int) and self.low <= number <= self.high

    def evidence(self, facts: Facts) -> Evidence:
        return _pairs(self.question, facts.values[self.question])


@dataclass(frozen=True)
class WeeksSinceBirth(Condition):
    """Whole weeks since birth are known, at least `start` and below `end` (None: no limit)."""

    start: int
    end: int | None = None

    @property
    def reads(self) -> tuple[str, ...]:
        return (BIRTH_DATE,)

    def holds(self, facts: Facts) -> bool:
        weeks = facts.weeks_since_birth
        return weeks is not None and self.start <= weeks and (self.end is None or weeks < self.end)

    def evidence(self, facts: Facts) -> Evidence:
        return _pairs(BIRTH_DATE, facts.values[BIRTH_DATE])


@dataclass(frozen=True)
class Missing(Condition):
    """At least one of these questions is visible, required and unanswered (never when partial)."""

    questions: tuple[str, ...]

    @property
    def reads(self) -> tuple[str, ...]:
        return self.questions

    def holds(self, facts: Facts) -> bool:
        return not facts.unanswered.isdisjoint(self.questions)

    def evidence(self, facts: Facts) -> Evidence:
        return tuple(
            (question, None) for question in self.questions if question in facts.unanswered
        )


@dataclass(frozen=True)
class SentBehindMissing(Condition):
    """A follow-up was sent although it is hidden and the question before it has no answer.

    `links` are (question, follow-up). A follow-up that is visible through another answer is read
    as usual and does not count.
    """

    links: tuple[tuple[str, str], ...]

    @property
    def reads(self) -> tuple[str, ...]:
        return _distinct(question for link in self.links for question in link)

    def holds(self, facts: Facts) -> bool:
        return bool(facts.dropped and facts.unanswered and self._broken(facts))

    def evidence(self, facts: Facts) -> Evidence:
        broken = self._broken(facts)
        unanswered = [(question, None) for question, _ in broken]
        sent = [pair for _, follow_up in broken for pair in _sent(follow_up, facts)]
        return _distinct([*unanswered, *sent])

    def _broken(self, facts: Facts) -> list[tuple[str, str]]:
        return [
            (question, follow_up)
            for question, follow_up in self.links
            if question in facts.unanswered and follow_up in facts.dropped
        ]


@dataclass(frozen=True)
class Rise(Condition):
    """A score has risen by this many points or more.

    `made_of` names the questions the score is made of: they are its evidence.
    """

    domain: str
    points: int
    made_of: tuple[str, ...]

    @property
    def reads(self) -> tuple[str, ...]:
        return self.made_of

    def holds(self, facts: Facts) -> bool:
        rise = facts.rises.get(self.domain)
        return rise is not None and rise >= self.points

    def evidence(self, facts: Facts) -> Evidence:
        answered = [question for question in self.made_of if question in facts.values]
        return tuple(pair for q in answered for pair in _pairs(q, facts.values[q]))


@dataclass(frozen=True)
class _Group(Condition):
    parts: tuple[Condition, ...]

    @property
    def reads(self) -> tuple[str, ...]:
        return _distinct(question for part in self.parts for question in part.reads)

    def evidence(self, facts: Facts) -> Evidence:
        # In an Either or a Count some parts may be false: they made nothing hold.
        true = (part for part in self.parts if part.holds(facts))
        return _distinct(pair for part in true for pair in part.evidence(facts))


@dataclass(frozen=True)
class All(_Group):
    """Every part holds."""

    def holds(self, facts: Facts) -> bool:
        # A loop, because all() with a generator costs a quarter of the time of a judgment.
        for part in self.parts:  # noqa: SIM110
            if not part.holds(facts):
                return False
        return True


@dataclass(frozen=True)
class Either(_Group):
    """At least one part holds."""

    def holds(self, facts: Facts) -> bool:
        for part in self.parts:  # noqa: SIM110 - as in All
            if part.holds(facts):
                return True
        return False


@dataclass(frozen=True)
class Count(_Group):
    """At least `wanted` of the parts hold."""

    wanted: int

    def holds(self, facts: Facts) -> bool:
        return sum(part.holds(facts) for part in self.parts) >= self.wanted


ALWAYS = Always()

# Short names in which questions and rules are written.
lacks = Lacks
between = Between
weeks = WeeksSinceBirth


def has(question: str, choice: str) -> AnyOf:
    """Return the condition that the answer is, or includes, the choice."""
    return AnyOf(question, (choice,))


def any_of(question: str, *choices: str) -> AnyOf:
    """Return the condition that the answer is, or includes, at least one of the choices."""
    return AnyOf(question, choices)


def missing(*questions: str) -> Missing:
    """Return the condition that one of the questions is visible, required and unanswered."""
    return Missing(questions)


def at_least(wanted: int, *parts: Condition) -> Count:
    """Return the condition that at least `wanted` of the parts hold."""
    return Count(parts, wanted)


def _pairs(question: str, value: Value | None) -> Evidence:
    """Return the answer as evidence: a pair for each choice of a question with several."""
    if isinstance(value, tuple):
        return tuple((question, choice) for choice in value)
    return ((question, value),)


def _sent(follow_up: str, facts: Facts) -> Evidence:
    return _pairs(follow_up, facts.dropped[follow_up])


def _distinct(items: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(items))  # unlike a set, a dict keeps the order
