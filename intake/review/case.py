"""One intake as the case page shows it: flags, changed answers, calls, answers and decisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from booking.models import Enrollment
from clinic.known_patients.open_elsewhere import has_open_elsewhere
from clinic.practice.wall_time import clinic_date
from intake.concern_pages.queries import ConcernView, concerns_elsewhere
from intake.concerns.actions import concerns_to_mark, may_be_resolved, unflagged_concerns
from intake.episodes.latest import Episode, episode_of
from intake.episodes.open_concerns import is_declined
from intake.episodes.trend import Sent
from intake.flags.labels import (
    MARK_WORDS,
    answer_words,
    domains_of,
    kind_words,
    level_with,
    name_of,
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
from intake.models import Decision, Flag, Intake, TakeOver, Task, UrgentCall
from intake.patient_facts.queries import (
    Fact,
    facts_of,
    last_visit_words,
    visit_words,
    with_draft,
)
from intake.progress.charts import NAMES
from intake.questionnaire.answers import Answers, clean
from intake.questionnaire.definition import Question, Questionnaire
from intake.triage.evaluate import IMPACT_DAYS
from intake.triage.scores import SCORES, band, compared
from intake.visit_records.queries import course_of

# The rule of a rise: its flag names the scores that rose.
RISE = "CC-RISE"
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
    """A signed decision: (name, rule, mark in words, reason) of each flag, note, message."""

    row: Decision
    marks: Sequence[tuple[str, str, str, str]]
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

    `episode` is that of the form, `facts` are the nine facts about the patient and `course` those
    about her visits so far; `full_intake` is the intake that a check-in belongs to. `has_package`
    is true in the middle of a package.

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
    episode: Episode
    facts: Sequence[Fact]
    course: Sequence[Fact]
    full_intake: Sent | None
    has_package: bool
    age: int | None
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
    is_open_elsewhere: bool

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
    episode = episode_of_case(intake, now)
    known = _with_own_answers(episode, intake, answers, now)
    born = known.birth_date
    form, corrects = form_of(intake), intake.replaces
    earlier = effective_answers(corrects, now=now) if corrects else None
    flags = sorted(intake.flags.select_related("marked_by", "added_by"), key=seriousness)
    trail = UrgentCall.objects.filter(intake__in=_versions(intake))
    calls = list(trail.select_related("task__closed_by").order_by("raised_at"))
    views = [_flag_view(flag, form, intake, episode) for flag in flags]
    markable = concerns_to_mark(intake, flags)
    unflagged = [
        unflagged_view(rule, concern, calls, form)
        for rule, concern in unflagged_concerns(intake, flags).items()
    ]
    is_checkin = intake.kind == Intake.Kind.CHECKIN
    decisions = intake.decisions.select_related("decided_by").order_by("-decided_at")
    return CaseView(
        intake=intake,
        level=level_with(intake.level, (flag.level for flag in flags)),
        kind=kind_words(intake),
        corrects=corrects,
        # A correction that is only a draft has not replaced this form yet.
        corrected_by=Intake.objects.sent().filter(replaces=intake).first(),
        taken_over=intake.take_overs.select_related("taken_by").last(),
        episode=episode,
        facts=facts_of(intake.patient_id, known, today=today, now=now),
        course=_course(intake, now),
        full_intake=episode.latest_intake if is_checkin else None,
        has_package=Enrollment.objects.live().filter(patient=intake.patient_id).exists(),
        age=years_between(intake.patient.born_on, today),
        impact_from=born and born + timedelta(days=IMPACT_DAYS),
        to_mark=[*unflagged, *(view for view in views if view.must_be_marked)],
        to_know=[view for view in views if not view.must_be_marked],
        changes=[_change_view(call, form) for call in calls if call.changed_answers is not None],
        calls=calls,
        note=str(answers.values.get(NOTE, "")),
        sections=_sections(form, answers, earlier),
        scores=_scores(intake.scores or {}),
        decisions=[
            _decision_view(decision, {flag.rule: flag.domain for flag in flags})
            for decision in decisions
        ],
        concerns=concerns_elsewhere(intake, markable),
        tasks=list(Task.objects.open().filter(patient=intake.patient_id).select_related("owner")),
        not_yet=frozenset(rule for rule, one in markable.items() if not may_be_resolved(one)),
        is_declined=is_declined(intake.patient_id),
        is_open_elsewhere=has_open_elsewhere(intake.patient),
    )


def episode_of_case(intake: Intake, now: datetime) -> Episode:
    """Return the episode of this form: the patient's latest, or for an older form the one then."""
    episode = episode_of(intake.patient_id, now)
    keys = {form.key for form in episode.forms}
    if intake.sent_at is None or str(intake.pk) in keys:
        return episode
    return episode_of(intake.patient_id, intake.sent_at)


def _with_own_answers(episode: Episode, intake: Intake, answers: Answers, now: datetime) -> Episode:
    """Return the episode with the answers of a draft, which no episode has."""
    if intake.sent_at is not None:
        return episode
    return with_draft(
        episode,
        answers.values,
        key=str(intake.pk),
        is_full=intake.kind == Intake.Kind.INTAKE,
        now=now,
    )


def _course(intake: Intake, now: datetime) -> list[Fact]:
    """Return the walk-run stage and the last visit; nothing before there was a visit or check-in.

    Opens sealed visit records.
    """
    last = last_visit_words(intake.patient_id)
    is_checkin = intake.kind == Intake.Kind.CHECKIN
    if not last and not is_checkin:
        return []
    stage = course_of(intake.patient_id, now).stage
    facts = [
        Fact(_("Walk-run stage"), _("None set") if stage is None else str(stage)),
        Fact(_("Last visit"), last or _("None completed")),
    ]
    if intake.appointment is not None:
        facts.append(Fact(_("Check-in for"), visit_words(intake.appointment)))
    return facts


def _flag_view(flag: Flag, form: Questionnaire, intake: Intake, episode: Episode) -> FlagView:
    """Return a flag in words; that of a rise names the scores that rose, before and after."""
    view = flag_view(flag, form)
    if flag.rule != RISE:
        return view
    rose = _rose(flag, intake, episode.before(intake))
    return replace(view, name=f"{view.name}: {'; '.join(rose)}") if rose else view


def _rose(flag: Flag, intake: Intake, before: Episode) -> list[str]:
    """Return "Pain 0 → 60" for each score that the evidence of the flag is about."""
    pairs = compared(intake.scores or {}, before.previous_scores, before.first_scores)
    domains = domains_of(flag.rule, flag.domain, [asked for asked, _value in flag.evidence])
    return [f"{_(NAMES[one])} {pairs[one][0]} → {pairs[one][1]}" for one in domains if one in pairs]


def _versions(intake: Intake) -> list[Intake]:
    """Return the form and the versions it corrects, the latest first; a query for each."""
    versions = [intake]
    while (earlier := versions[-1].replaces) is not None:
        versions.append(earlier)
    return versions


def _decision_view(decision: Decision, domains: Mapping[str, str]) -> DecisionView:
    """Return a decision in words; `domains` are those of the flags by rule. Opens its content."""
    content = decision.content
    reasons = content.get("reasons", {})
    return DecisionView(
        row=decision,
        marks=[
            (
                name_of(rule_id, domains.get(rule_id, "")),
                rule_id,
                str(MARK_WORDS[mark]),
                reasons.get(rule_id, ""),
            )
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
        (_(NAMES[name]), score, "" if score is None else _(band(score))) for name, score in found
    ]
