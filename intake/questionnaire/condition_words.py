"""Conditions in plain English, for docs/clinical.md and the people who check the rules there."""

# mypy: disallow-any-explicit

from collections.abc import Sequence

from intake.questionnaire.conditions import (
    All,
    Always,
    AnyOf,
    Between,
    Condition,
    Count,
    Either,
    Lacks,
    Missing,
    Rise,
    SentBehindMissing,
    WeeksSinceBirth,
)
from intake.questionnaire.definition import CHECKIN, INTAKE, Question

QUESTIONS = {question.id: question for form in (INTAKE, CHECKIN) for question in form.questions}


def in_words(condition: Condition) -> str:
    """Return the condition as part of a sentence. Raises TypeError for an unknown kind."""
    match condition:
        case Always():
            return "always"
        case AnyOf(question=asked, choices=choices):
            return f"`{asked}` {_includes(asked)} {_one_of(QUESTIONS[asked], choices)}"
        case Lacks(question=asked, choice=choice):
            return f"`{asked}` is answered, and not with {_quoted(QUESTIONS[asked], choice)}"
        case Between():
            return _range(condition)
        # Before the general case below, which would say "at least 0" or "fewer than None".
        case WeeksSinceBirth(start=start, end=None):
            return f"{start} whole weeks or more since the birth"
        case WeeksSinceBirth(start=0, end=end):
            return f"fewer than {end} whole weeks since the birth"
        case WeeksSinceBirth(start=start, end=end):
            return f"at least {start} and fewer than {end} whole weeks since the birth"
        case Missing(questions=asked_for):
            return f"no answer to {_listed([f'`{one}`' for one in asked_for], 'or')}"
        case SentBehindMissing(links=links):
            pairs = ", ".join(f"`{first}` → `{then}`" for first, then in links)
            return f"the first is not answered, yet something was sent for the second: {pairs}"
        case Rise(domain=domain, points=points):
            return (
                f"the {domain} score is {points} points or more above the last known or the "
                "first known one of the episode"
            )
        case Count(parts=parts, wanted=wanted):
            numbered = "; ".join(f"({n}) {in_words(one)}" for n, one in enumerate(parts, start=1))
            return f"{wanted} or more of: {numbered}"
        case All(parts=parts):
            return " **and** ".join(_inner(part) for part in parts)
        case Either(parts=parts):
            return " **or** ".join(_inner(part) for part in parts)
    raise TypeError(f"no words for {type(condition).__name__}")


def _inner(part: Condition) -> str:
    """Return a part's words, in parentheses where "and" and "or" could be misread."""
    return f"({in_words(part)})" if isinstance(part, All | Either | Count) else in_words(part)


def _includes(asked: str) -> str:
    return "includes" if QUESTIONS[asked].kind == "multi" else "is"


def _one_of(question: Question, choices: Sequence[str]) -> str:
    return _listed([_quoted(question, choice) for choice in choices], "or")


def _quoted(question: Question, choice: str) -> str:
    words = next(one.text for one in question.choices if one.id == choice)
    return f"“{words}”"


def _range(condition: Between) -> str:
    """Return a range in words, without the end that is the question's own limit."""
    question = QUESTIONS[condition.question]
    if condition.high == question.maximum:
        return f"`{question.id}` is {condition.low} or more"
    if condition.low == question.minimum:
        return f"`{question.id}` is {condition.high} or less"
    return f"`{question.id}` is {condition.low} to {condition.high}"


def _listed(words: Sequence[str], last: str) -> str:
    return " ".join([", ".join(words[:-1]), last, words[-1]]) if len(words) > 1 else words[0]
