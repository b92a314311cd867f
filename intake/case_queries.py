"""One intake as its clinician reads it: what fired, what was changed, every answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

from django.conf import settings
from django.utils.translation import gettext as _

from booking.wall_time import clinic_date
from intake.answers import Answers, clean
from intake.models import Decision, Flag, Intake, UrgentCall
from intake.questionnaire import INTAKE, Question
from intake.review_preview import MUST_BE_MARKED
from intake.review_words import DOMAIN_WORDS, answer_words, years_between
from intake.rules import LEVELS, Level, rule
from intake.scores import SCORES, band
from intake.triage import IMPACT_DAYS

NOTE = "care.note"


@dataclass(frozen=True)
class AnswerView:
    """One question and what became of it; without `answers` it was skipped or did not apply."""

    number: int
    asked: str
    answers: Sequence[str]
    applies: bool
    is_required: bool


@dataclass(frozen=True)
class FlagView:
    """A rule that fired, with its evidence in words: (question, answers) pairs."""

    row: Flag
    name: str
    evidence: Sequence[tuple[str, Sequence[str]]]
    told: str
    why: str
    sources: str


@dataclass(frozen=True)
class ChangeView:
    """An urgent answer as first given and as changed: (question, before, after) in words."""

    call: UrgentCall
    answers: Sequence[tuple[str, Sequence[str], Sequence[str]]]


@dataclass(frozen=True)
class CaseView:
    """Everything the case page shows. Dates are the clinic's."""

    intake: Intake
    age: int | None
    weeks_today: int | None
    birth_date: date | None
    impact_from: date | None
    to_mark: Sequence[FlagView]
    to_know: Sequence[FlagView]
    changes: Sequence[ChangeView]
    calls: Sequence[UrgentCall]
    note: str
    sections: Sequence[tuple[str, Sequence[AnswerView]]]
    scores: Sequence[tuple[str, int | None, str]]
    decisions: Sequence[Decision]
    has_open_call: bool


def effective_answers(intake: Intake, *, now: datetime) -> Answers:
    """Return the answers everybody works with: those of the result, or a draft's as they stand."""
    as_of = intake.as_of or clinic_date(now, settings.CLINIC_TIME_ZONE)
    return clean(INTAKE, intake.answers or intake.raw, as_of)


def case_of(intake: Intake, *, now: datetime) -> CaseView:
    """Gather the case page. It opens sealed answers: the reading is recorded first (open_case)."""
    today = clinic_date(now, settings.CLINIC_TIME_ZONE)
    answers = effective_answers(intake, now=now)
    born = answers.birth_date
    flags = sorted(intake.flags.select_related("marked_by"), key=_pressing)
    calls = list(intake.urgent_calls.select_related("outcome_by").order_by("raised_at"))
    decisions = list(intake.decisions.select_related("decided_by").order_by("-decided_at"))
    return CaseView(
        intake=intake,
        age=years_between(intake.patient.born_on, today),
        weeks_today=born and (today - born).days // 7,
        birth_date=born,
        impact_from=born and born + timedelta(days=IMPACT_DAYS),
        to_mark=[_flag_view(flag) for flag in flags if flag.level in MUST_BE_MARKED],
        to_know=[_flag_view(flag) for flag in flags if flag.level not in MUST_BE_MARKED],
        changes=[_change_view(call) for call in calls if call.changed_at],
        calls=calls,
        note=str(answers.values.get(NOTE, "")),
        sections=_sections(answers),
        scores=_scores(intake.scores or {}),
        decisions=decisions,
        has_open_call=any(call.outcome_at is None for call in calls),
    )


def _pressing(flag: Flag) -> tuple[int, str]:
    return LEVELS.index(cast(Level, flag.level)), flag.rule


def _flag_view(flag: Flag) -> FlagView:
    fired = rule(flag.rule)
    found: dict[str, list[str]] = {}
    for question_id, value in flag.evidence:
        found.setdefault(question_id, []).extend(_in_words(INTAKE.question(question_id), value))
    return FlagView(
        row=flag,
        name=str(DOMAIN_WORDS[flag.domain]),
        evidence=[(_(INTAKE.question(asked).text), words) for asked, words in found.items()],
        told=_(fired.told),
        why=_(fired.why) if fired.why else "",
        sources=", ".join(fired.sources),
    )


def _change_view(call: UrgentCall) -> ChangeView:
    changed: Mapping[str, Any] = call.changed_answers or {}
    return ChangeView(
        call=call,
        answers=[
            (
                _(INTAKE.question(asked).text),
                _in_words(INTAKE.question(asked), value),
                _in_words(INTAKE.question(asked), changed.get(asked)),
            )
            for asked, value in call.answers.items()
        ],
    )


def _in_words(question: Question, value: object) -> list[str]:
    return [_("Not provided")] if value is None else answer_words(question, value)


def _sections(answers: Answers) -> list[tuple[str, list[AnswerView]]]:
    numbers = {question.id: n for n, question in enumerate(INTAKE.questions, start=1)}
    return [
        (
            _(section.title),
            [
                _answer_view(question, numbers[question.id], answers)
                for question in section.questions
            ],
        )
        for section in INTAKE.sections
    ]


def _answer_view(question: Question, number: int, answers: Answers) -> AnswerView:
    value = answers.values.get(question.id)
    return AnswerView(
        number=number,
        asked=_(question.text),
        answers=[] if value is None else answer_words(question, value),
        applies=question.id in answers.visible,
        is_required=question.required,
    )


def _scores(scores: Mapping[str, int | None]) -> list[tuple[str, int | None, str]]:
    found = [(name, scores.get(name)) for name in SCORES if name in scores]
    return [
        (str(DOMAIN_WORDS[name]), score, "" if score is None else _(band(score)))
        for name, score in found
    ]
