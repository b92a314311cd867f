"""One intake as its clinician reads it: what fired, what was changed, every answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from clinic.practice.wall_time import clinic_date
from intake.flags.labels import (
    DOMAIN_WORDS,
    MARK_WORDS,
    answer_words,
    kind_words,
    level_with,
    years_between,
)
from intake.flags.queries import FlagView, called_for, flag_view, form_of, in_words, pressing
from intake.models import Decision, Intake, TakeOver, UrgentCall
from intake.questionnaire.answers import Answers, clean
from intake.questionnaire.definition import Question, Questionnaire
from intake.triage.evaluate import IMPACT_DAYS
from intake.triage.scores import SCORES, band

NOTE = "care.note"


@dataclass(frozen=True)
class AnswerView:
    """One question and what became of it; without `answers` it was skipped or did not apply.

    `before` is how it stood in the version this form corrects, None where that is the same.
    """

    number: int
    asked: str
    answers: Sequence[str]
    applies: bool
    is_required: bool
    before: Sequence[str] | None = None


@dataclass(frozen=True)
class DecisionView:
    """A signed decision: (rule, mark, reason) in words, the note, and what the patient reads."""

    row: Decision
    marks: Sequence[tuple[str, str, str]]
    note: str
    told: Sequence[str]


@dataclass(frozen=True)
class ChangeView:
    """An urgent answer as first given and as changed: (question, before, after) in words."""

    call: UrgentCall
    answers: Sequence[tuple[str, Sequence[str], Sequence[str]]]


@dataclass(frozen=True)
class CaseView:
    """Everything the case page shows. Dates are the clinic's.

    `unsent` are the urgent rules of a form that was never sent: nothing to mark, a call to make.
    `level` is the result's, or that of a flag added by hand where it is more serious. `corrects` is
    the version this form took the place of, `corrected_by` the one that took its; the calls and
    changes of the versions it corrects are among its own.
    """

    intake: Intake
    level: str
    kind: str
    corrects: Intake | None
    corrected_by: Intake | None
    taken_over: TakeOver | None
    age: int | None
    weeks_today: int | None
    birth_date: date | None
    impact_from: date | None
    unsent: Sequence[FlagView]
    to_mark: Sequence[FlagView]
    to_know: Sequence[FlagView]
    changes: Sequence[ChangeView]
    calls: Sequence[UrgentCall]
    note: str
    sections: Sequence[tuple[str, Sequence[AnswerView]]]
    scores: Sequence[tuple[str, int | None, str]]
    decisions: Sequence[DecisionView]
    has_open_call: bool

    @property
    def level_word(self) -> str:
        """The level as pages say it, or "" for a form that was not sent."""
        return str(Intake.Level(self.level).label) if self.level else ""


def effective_answers(intake: Intake, *, now: datetime) -> Answers:
    """Return the answers everybody works with: those of the result, or a draft's as they stand."""
    as_of = intake.as_of or clinic_date(now, settings.CLINIC_TIME_ZONE)
    return clean(form_of(intake), intake.answers or intake.raw, as_of)


def case_of(intake: Intake, *, now: datetime) -> CaseView:
    """Gather the case page. It opens sealed answers: the reading is recorded first (open_case)."""
    today = clinic_date(now, settings.CLINIC_TIME_ZONE)
    answers = effective_answers(intake, now=now)
    born = answers.birth_date
    form, corrects = form_of(intake), intake.replaces
    earlier = effective_answers(corrects, now=now) if corrects else None
    flags = sorted(intake.flags.select_related("marked_by", "added_by"), key=pressing)
    trail = UrgentCall.objects.filter(intake__in=_versions(intake))
    calls = list(trail.select_related("outcome_by").order_by("raised_at"))
    views = [flag_view(flag, form) for flag in flags]
    decisions = intake.decisions.select_related("decided_by").order_by("-decided_at")
    return CaseView(
        intake=intake,
        level=level_with(intake.level, (flag.level for flag in flags)),
        kind=kind_words(intake),
        corrects=corrects,
        corrected_by=Intake.objects.sent().filter(replaces=intake).first(),
        taken_over=intake.take_overs.select_related("taken_by").last(),
        age=years_between(intake.patient.born_on, today),
        weeks_today=None if born is None else (today - born).days // 7,
        birth_date=born,
        impact_from=born and born + timedelta(days=IMPACT_DAYS),
        unsent=[] if intake.sent_at else [one for call in calls for one in called_for(call, form)],
        to_mark=[view for view in views if view.must_be_marked],
        to_know=[view for view in views if not view.must_be_marked],
        changes=[_change_view(call, form) for call in calls if call.changed_answers is not None],
        calls=calls,
        note=str(answers.values.get(NOTE, "")),
        sections=_sections(form, answers, earlier),
        scores=_scores(intake.scores or {}),
        decisions=[_decision_view(decision) for decision in decisions],
        has_open_call=any(call.outcome_at is None for call in calls if call.intake_id == intake.pk),
    )


def _versions(intake: Intake) -> list[Intake]:
    """Return the form and those it corrects, one after the other: the trail is read on the last."""
    versions = [intake]
    while (earlier := versions[-1].replaces) is not None:
        versions.append(earlier)
    return versions


def _decision_view(decision: Decision) -> DecisionView:
    content = decision.content
    reasons = content.get("reasons", {})
    return DecisionView(
        row=decision,
        marks=[
            (rule_id, str(MARK_WORDS[mark]), reasons.get(rule_id, ""))
            for rule_id, mark in content["marks"].items()
        ],
        note=content.get("note", ""),
        told=content.get("told", []),
    )


def _change_view(call: UrgentCall, form: Questionnaire) -> ChangeView:
    changed: Mapping[str, Any] = call.changed_answers or {}
    return ChangeView(
        call=call,
        answers=[
            (
                _(form.question(asked).text),
                in_words(form.question(asked), value),
                in_words(form.question(asked), changed.get(asked)),
            )
            for asked, value in call.answers.items()
        ],
    )


def _sections(
    form: Questionnaire, answers: Answers, earlier: Answers | None
) -> list[tuple[str, list[AnswerView]]]:
    numbers = {question.id: n for n, question in enumerate(form.questions, start=1)}
    return [
        (
            _(section.title),
            [
                _answer_view(question, numbers[question.id], answers, earlier)
                for question in section.questions
            ],
        )
        for section in form.sections
    ]


def _answer_view(
    question: Question, number: int, answers: Answers, earlier: Answers | None
) -> AnswerView:
    value = answers.values.get(question.id)
    before = earlier.values.get(question.id) if earlier else value
    return AnswerView(
        number=number,
        asked=_(question.text),
        answers=[] if value is None else answer_words(question, value),
        applies=question.id in answers.visible,
        is_required=question.required,
        before=None if before == value else in_words(question, before),
    )


def _scores(scores: Mapping[str, int | None]) -> list[tuple[str, int | None, str]]:
    found = [(name, scores.get(name)) for name in SCORES if name in scores]
    return [
        (str(DOMAIN_WORDS[name]), score, "" if score is None else _(band(score)))
        for name, score in found
    ]
