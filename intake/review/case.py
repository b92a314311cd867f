"""One intake as the case page shows it: flags, changed answers, calls, answers and decisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from clinic.practice.wall_time import clinic_date
from intake.concerns.actions import concerns_to_mark, may_be_resolved, unflagged_concerns
from intake.episodes.open_concerns import is_declined
from intake.flags.labels import (
    DOMAIN_WORDS,
    MARK_WORDS,
    answer_words,
    kind_words,
    level_with,
    years_between,
)
from intake.flags.queries import (
    FlagView,
    flag_view,
    form_of,
    in_words,
    seriousness,
    unflagged_view,
)
from intake.models import Decision, Intake, TakeOver, Task, UrgentCall
from intake.questionnaire.answers import Answers, clean
from intake.questionnaire.definition import Question, Questionnaire
from intake.review.concern_page import ConcernView, concerns_elsewhere
from intake.triage.evaluate import IMPACT_DAYS
from intake.triage.scores import SCORES, band

# The question in which a patient may write a note; the case page shows it by itself.
NOTE = "care.note"


@dataclass(frozen=True)
class AnswerView:
    """One question with its answers in words; empty if it was skipped or did not apply.

    `before` is the answer in the version that this form corrects, None where it is the same.
    """

    number: int
    asked: str
    answers: Sequence[str]
    applies: bool
    is_required: bool
    before: Sequence[str] | None = None


@dataclass(frozen=True)
class DecisionView:
    """A signed decision: (rule, mark in words, reason) of each flag, the note, the message."""

    row: Decision
    marks: Sequence[tuple[str, str, str]]
    note: str
    told: Sequence[str]


@dataclass(frozen=True)
class ChangeView:
    """An urgent answer that was changed. `answers` are (question, before, after) in words."""

    call: UrgentCall
    answers: Sequence[tuple[str, Sequence[str], Sequence[str]]]


@dataclass(frozen=True)
class CaseView:
    """Everything the case page shows. Dates are clinic dates.

    `to_mark` begins with what was answered on the way and has no flag: urgent answers of a form
    that was not sent, or that were taken back. `level` is that of the result, or of a flag added by
    hand where that is more serious. `corrects` is the version that this form replaced,
    `corrected_by` the one that replaced it. `calls` and `changes` include those of the versions
    that this form corrects. `concerns` are what else is open about the patient, from other forms;
    `tasks` what the clinic owes her. `not_yet` are the ids of rules that cannot be resolved before
    a task has an outcome.
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
    to_mark: Sequence[FlagView]
    to_know: Sequence[FlagView]
    changes: Sequence[ChangeView]
    calls: Sequence[UrgentCall]
    note: str
    sections: Sequence[tuple[str, Sequence[AnswerView]]]
    scores: Sequence[tuple[str, int | None, str]]
    decisions: Sequence[DecisionView]
    concerns: Sequence[ConcernView]
    tasks: Sequence[Task]
    not_yet: frozenset[str]
    is_declined: bool

    @property
    def level_word(self) -> str:
        """The level in words, or "" for a form that was not sent."""
        return str(Intake.Level(self.level).label) if self.level else ""


def effective_answers(intake: Intake, *, now: datetime) -> Answers:
    """Return the answers that count: those of the result, or a draft's as they stand."""
    # A draft is judged as if it were sent today.
    as_of = intake.as_of or clinic_date(now, settings.CLINIC_TIME_ZONE)
    return clean(form_of(intake), intake.answers or intake.raw, as_of)


def case_of(intake: Intake, *, now: datetime) -> CaseView:
    """Return what the case page shows at `now`.

    Opens sealed answers: the caller records the reading first (see `open_case`).
    """
    today = clinic_date(now, settings.CLINIC_TIME_ZONE)
    answers = effective_answers(intake, now=now)
    born = answers.birth_date
    form, corrects = form_of(intake), intake.replaces
    earlier = effective_answers(corrects, now=now) if corrects else None
    flags = sorted(intake.flags.select_related("marked_by", "added_by"), key=seriousness)
    trail = UrgentCall.objects.filter(intake__in=_versions(intake))
    calls = list(trail.select_related("task__closed_by").order_by("raised_at"))
    views = [flag_view(flag, form) for flag in flags]
    markable = concerns_to_mark(intake, flags)
    unflagged = [
        unflagged_view(rule, concern, calls, form)
        for rule, concern in unflagged_concerns(intake, flags).items()
    ]
    decisions = intake.decisions.select_related("decided_by").order_by("-decided_at")
    return CaseView(
        intake=intake,
        level=level_with(intake.level, (flag.level for flag in flags)),
        kind=kind_words(intake),
        corrects=corrects,
        # A correction that is only a draft has not replaced this form yet.
        corrected_by=Intake.objects.sent().filter(replaces=intake).first(),
        taken_over=intake.take_overs.select_related("taken_by").last(),
        age=years_between(intake.patient.born_on, today),
        weeks_today=None if born is None else (today - born).days // 7,
        birth_date=born,
        impact_from=born and born + timedelta(days=IMPACT_DAYS),
        to_mark=[*unflagged, *(view for view in views if view.must_be_marked)],
        to_know=[view for view in views if not view.must_be_marked],
        changes=[_change_view(call, form) for call in calls if call.changed_answers is not None],
        calls=calls,
        note=str(answers.values.get(NOTE, "")),
        sections=_sections(form, answers, earlier),
        scores=_scores(intake.scores or {}),
        decisions=[_decision_view(decision) for decision in decisions],
        concerns=concerns_elsewhere(intake, markable),
        tasks=list(Task.objects.open().filter(patient=intake.patient_id).select_related("owner")),
        not_yet=frozenset(rule for rule, one in markable.items() if not may_be_resolved(one)),
        is_declined=is_declined(intake.patient_id),
    )


def _versions(intake: Intake) -> list[Intake]:
    """Return the form and the versions it corrects, the latest first; a query for each."""
    versions = [intake]
    while (earlier := versions[-1].replaces) is not None:
        versions.append(earlier)
    return versions


def _decision_view(decision: Decision) -> DecisionView:
    """Return a decision in words. Opens its sealed content."""
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
    """Return the urgent answers of a call, each with what it was changed to."""
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
    """Return every section of the form with all its questions, answered or not."""
    # Numbered through the whole form: a number stays the same whatever is shown.
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
    # Without an earlier version nothing counts as changed.
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
    """Return (name, score, band in words) of each score; None is not known and has no band."""
    found = [(name, scores.get(name)) for name in SCORES if name in scores]
    return [
        (str(DOMAIN_WORDS[name]), score, "" if score is None else _(band(score)))
        for name, score in found
    ]
