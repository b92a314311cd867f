"""The parts of a whole record about her care: forms, findings at visits, what the clinic owed her.

Opens sealed answers and findings: callers record it.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from clinic.models.people import Patient
from clinic.templatetags.look import day, in_full
from intake.concerns.task_kinds import COMPARE, DESK_NOTE, outcome_of
from intake.episodes.undo_window import can_be_undone
from intake.flags.labels import ACTION_WORDS, MARK_WORDS, name_of
from intake.flags.queries import Told, form_of, told_by_form
from intake.models import Attempt, Flag, Intake, Task, VisitRecord
from intake.progress.charts import NAMES
from intake.questionnaire.answer_summary import answer_groups
from intake.questionnaire.answers import Answers, clean
from intake.triage.scores import SCORES
from intake.visit_records.queries import findings_of
from intake.visit_records.walk_run import STAGES
from intake.visit_records.words import stage_words, words_of_tests
from intake.whole_record.parts import (
    RecordBlock,
    RecordEntry,
    RecordLine,
    RecordPart,
    filled,
    lines_of,
)

FORMS, TASKS = "answers", "calls"


def forms_part(
    patient: Patient, now: datetime, *, with_team_notes: bool
) -> tuple[RecordPart, set[str]]:
    """Return every sent form with what it meant and what was decided, and the questions shown."""
    beside = ("appointment", "replaced_by", "heard_from", "came_by")
    rows = patient.intakes.sent().select_related(*beside)
    rows = rows.prefetch_related("flags", "decisions__decided_by").order_by("sent_at", "pk")
    seen = set[str]()
    entries = []
    for form in rows:
        answers = answers_of(form)
        seen.update(answers.visible)
        entries.append(_form_entry(form, answers, now, with_team_notes=with_team_notes))
    return RecordPart(FORMS, _("What you answered, and what it meant"), entries), seen


def answers_of(form: Intake) -> Answers:
    """Return the answers of a sent form, in the words in which it was sent."""
    assert form.as_of is not None  # a constraint says so of every sent form
    # A form that could not be judged has no answers stored, only what was sent.
    return clean(form_of(form), form.raw if form.answers is None else form.answers, form.as_of)


def _form_entry(
    form: Intake, answers: Answers, now: datetime, *, with_team_notes: bool
) -> RecordEntry:
    assert form.sent_at is not None  # only sent forms are shown
    title = _("Questions, sent %(when)s")
    if form.kind == Intake.Kind.CHECKIN:
        title = _("Check-in, sent %(when)s")
    sections = [
        RecordBlock(_(section.title), [RecordLine(row.question, row.lines) for row in rows])
        for section, rows in answer_groups(answers)
    ]
    return RecordEntry(
        title % {"when": in_full(form.sent_at)},
        _form_notes(form),
        filled(
            *sections,
            RecordBlock(_("What these answers meant then"), texts=_told(form)),
            RecordBlock(_("Scores, from 0 to 100; lower is better"), _scores(form)),
            RecordBlock(_("What it raised"), _flags(form)),
            *_decisions(form, now, with_team_notes=with_team_notes),
        ),
    )


def _form_notes(form: Intake) -> list[str]:
    notes = []
    if form.sent_for is not None:
        notes.append(_("For the visit on %(when)s.") % {"when": in_full(form.sent_for)})
    if form.entered_by_id is not None:
        notes.append(_("You told us on the telephone, and we filled it in."))
    if form.heard_from is not None:
        notes.append(_("You heard of us here: %(where)s.") % {"where": form.heard_from.name})
    if form.came_by is not None:
        notes.append(_("You came by our link for: %(where)s.") % {"where": form.came_by.name})
    if form.authored:
        notes.append(_("It came as a file, written %(when)s.") % {"when": form.authored})
    if form.replaces_id is not None:
        notes.append(_("You changed a form that you had sent before; this is how it read then."))
    later = getattr(form, "replaced_by", None)
    if later is not None and later.sent_at is not None:
        notes.append(_("You changed it on %(when)s.") % {"when": in_full(later.sent_at)})
    return notes


def _told(form: Intake) -> list[str]:
    try:
        told = told_by_form(form)
    except KeyError:  # a rule that is no longer there: what it said then is not known any more
        told = Told("", may_run=False, texts=())
    return [text for text in (told.running, *(text for _level, text in told.texts)) if text]


def _scores(form: Intake) -> list[RecordLine]:
    found = form.scores or {}
    points = {name: found.get(name) for name in SCORES}
    return [RecordLine(_(NAMES[name]), (str(n),)) for name, n in points.items() if n is not None]


def _flags(form: Intake) -> list[RecordLine]:
    flags = sorted(form.flags.all(), key=lambda flag: flag.rule)
    return [RecordLine(_flag_name(flag), tuple(_flag_words(flag))) for flag in flags]


def _flag_name(flag: Flag) -> str:
    return str(flag.words["text"]) if flag.is_by_hand else name_of(flag.rule, flag.domain)


def _flag_words(flag: Flag) -> Iterator[str]:
    yield str(flag.get_level_display())
    if flag.verdict:
        yield str(MARK_WORDS[flag.verdict])
    if flag.reason:
        yield str(flag.reason)


def _decisions(form: Intake, now: datetime, *, with_team_notes: bool) -> Iterator[RecordBlock]:
    """Yield what clinicians decided, as she was told it; a decline too. None that was undone."""
    for one in form.decisions.all():
        if one.withdrawn_at is not None or can_be_undone(one.decided_at, now):
            continue
        title = _("What %(name)s decided on %(when)s")
        said = [_(sentence) for sentence in one.content.get("told", [])]
        note = one.content.get("note", "") if with_team_notes else ""
        yield RecordBlock(
            title % {"name": one.decided_by.get_full_name(), "when": day(one.decided_at)},
            lines_of((_("Next"), str(one.get_next_act_display())), (_("Note for the team"), note)),
            said,
        )


def findings_blocks(record: VisitRecord, *, with_team_notes: bool) -> list[RecordBlock]:
    """Return what was tested and agreed at a visit, as it was signed."""
    found = findings_of(record)
    tests = [RecordLine(name, (words,)) for name, words in words_of_tests(found.items)]
    stage = ""
    if found.stage is not None:
        stage = f"{found.stage}: {stage_words(STAGES[found.stage])}"
    for_team: Sequence[tuple[str, str]] = ()
    if with_team_notes:
        for_team = [
            (_("Note for the team"), found.note),
            (_("Why tested early"), found.early_reason),
            (_("Why tested with impact"), found.impact_reason),
            (_("Why this stage"), found.stage_reason),
        ]
    signed = _("%(name)s, %(when)s") % {
        "name": record.saved_by.get_full_name(),
        "when": in_full(record.saved_at),
    }
    rest = lines_of(
        (_("Walk-run stage"), stage),
        (_("Until your next visit"), found.home_plan),
        *for_team,
        (_("Signed by"), signed),
    )
    return filled(RecordBlock(_("What was tested"), tests), RecordBlock(_("What was agreed"), rest))


def tasks_part(patient: Patient, *, with_team_notes: bool) -> RecordPart:
    """Return what the clinic owed her, each with its tries and what came of it."""
    # Comparing is about somebody else's record as well: it would tell whom we know, and that
    # something is open about her.
    rows = Task.objects.filter(patient=patient, merged_into=None).exclude(kind=COMPARE)
    if not with_team_notes:
        # What staff wrote to each other about her.
        rows = rows.exclude(kind=DESK_NOTE)
    rows = rows.prefetch_related("attempts").order_by("created_at", "pk")
    return RecordPart(
        TASKS,
        _("Calls, and what else we owed you"),
        [_task_entry(one, with_team_notes=with_team_notes) for one in rows],
    )


def _task_entry(task: Task, *, with_team_notes: bool) -> RecordEntry:
    tries = [
        RecordLine(in_full(one.at), (str(Attempt.Result(one.result).label),))
        for one in task.attempts.all()
    ]
    ended = ""
    if task.closed_at is not None:
        words = {
            "outcome": _(outcome_of(task.kind, task.outcome).words),
            "when": in_full(task.closed_at),
        }
        ended = _("%(outcome)s, %(when)s") % words
    told = "; ".join(str(ACTION_WORDS[one]) for one in task.actions)
    lines = lines_of(
        (_("Since"), in_full(task.created_at)),
        (_("What you were told to do"), told),
        (_("What it is about"), str(task.question or "") if with_team_notes else ""),
        (_("What came of it"), ended or _("It is still open.")),
    )
    return RecordEntry(
        str(task.get_kind_display()),
        blocks=filled(RecordBlock("", lines), RecordBlock(_("Tries"), tries)),
    )
