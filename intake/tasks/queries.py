"""Tasks as staff see them: whom to reach, what she was told, what was tried. Never an answer."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Q, QuerySet, TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.identity.phones import is_dialable
from clinic.known_patients.queries import LikelyMatch, likely_matches
from clinic.models.people import Patient, User
from clinic.web.paging import PAGE_SIZE, beyond
from intake.concerns import history
from intake.concerns.task_kinds import KINDS, TaskOutcome, may_close, outcome_of, place_of
from intake.concerns.tasks import outcomes_for, roles_of
from intake.emergency_contact.actions import saved_at
from intake.episodes.undo_window import can_be_undone
from intake.flags.labels import action_words, due_words
from intake.models import Attempt, Decision, Task, TaskEvent
from intake.triage.rules import rule

# What a task that follows from a decision is about.
BY_DECISION = "decision:"
CLOSED_ORDER = ("-closed_at", "pk")
# What is written on these is for everybody at the desk; on others a clinician wrote it.
_FOR_THE_DESK = (
    Task.Kind.REBOOK,
    Task.Kind.DESK_NOTE,
    Task.Kind.FIX_CONTACT,
    Task.Kind.HAND_OVER,
    Task.Kind.COMPARE,
)
_OWNED_BY_ROLE = {
    frozenset({"clinician", "manager"}): gettext_lazy("Clinician or manager"),
    frozenset({"clinician"}): gettext_lazy("Clinician"),
    # Comparing ends it, and both do that.
    frozenset(): gettext_lazy("Clinician or manager"),
}


class TaskTab(TextChoices):
    """The lists of tasks. `TaskTab("")` is everything that is open."""

    OPEN = "", gettext_lazy("To do")
    CALLS = "calls", gettext_lazy("Calls to make")
    WAITING = "waiting", gettext_lazy("Waiting for patients")
    MINE = "mine", gettext_lazy("Mine")
    CLOSED = "closed", gettext_lazy("Closed")


@dataclass(frozen=True)
class TaskView:
    """One task as the list and its own page show it. Texts are "" where there is none."""

    task: Task
    kind: str
    actions: Sequence[str]
    told: Sequence[str]
    question: str
    due: str
    is_overdue: bool
    owner: str
    outcome: str
    attempts: int
    may_be: Sequence[str] = ()

    @property
    def is_unreached(self) -> bool:
        """Whether it was tried too often without contact."""
        return self.task.status == Task.Status.UNREACHED


@dataclass(frozen=True)
class TaskPage:
    """Up to fifty tasks, the size of each list, and after which id the next page begins."""

    rows: Sequence[TaskView]
    counts: dict[TaskTab, int]
    next_after: UUID | None


def task_page(tab: TaskTab, *, reader: User, now: datetime, after: UUID | None = None) -> TaskPage:
    """Return a page of one list as `reader` sees it, beginning after the task `after`.

    What is open stands in the order of danger, then due time, then arrival; what is closed has the
    latest outcome first. Raises Task.DoesNotExist if the list cannot begin after `after`.
    """
    if tab == TaskTab.CLOSED:
        closed = _rows().filter(status=Task.Status.DONE)
        wanted = closed.filter(beyond(CLOSED_ORDER, Task.objects.filter(status="done"), after))
        found = list(wanted.order_by(*CLOSED_ORDER)[: PAGE_SIZE + 1])
    else:
        found = _after(sorted(_rows().filter(pk__in=_open(tab, reader)), key=danger_first), after)
    shown = found[:PAGE_SIZE]
    matches = likely_matches(one.patient for one in shown)
    told = _told_by_decisions(shown)
    return TaskPage(
        rows=[
            _view(one, reader, now, matches[one.patient_id], told.get(one.about, []))
            for one in shown
        ],
        counts=_counts(reader),
        next_after=shown[-1].pk if len(found) > PAGE_SIZE else None,
    )


def _open(tab: TaskTab, reader: User) -> QuerySet[Task]:
    rows = Task.objects.open()
    if tab == TaskTab.CALLS:
        return rows.to_call_now()
    if tab == TaskTab.WAITING:
        return rows.waiting_for_patient()
    return rows.filter(owner=reader) if tab == TaskTab.MINE else rows


def danger_first(task: Task) -> tuple[int, int, datetime, datetime, str]:
    """Return the sort key of an open task. It opens what the patient was told to do.

    The order of actions is that of docs/clinical.md, "What follows from the flags".
    """
    return task.danger, place_of(task.actions), task.due_at, task.created_at, str(task.pk)


def _after(tasks: list[Task], after: UUID | None) -> list[Task]:
    if after is None:
        return tasks
    for place, task in enumerate(tasks):
        if task.pk == after:
            return tasks[place + 1 :]
    # It was closed since: the page before may have moved, so begin anew.
    Task.objects.get(pk=after)
    return tasks


def _rows() -> QuerySet[Task]:
    rows = Task.objects.select_related("patient", "owner", "closed_by")
    # The tries of a task that this one stands for are tries at her, too.
    tried = Count("attempts", distinct=True) + Count("merged_rows__attempts", distinct=True)
    return rows.annotate(tried=tried)


def _counts(reader: User) -> dict[TaskTab, int]:
    closed = Q(status=Task.Status.DONE)
    lists = {
        tab: closed if tab == TaskTab.CLOSED else Q(pk__in=_open(tab, reader)) for tab in TaskTab
    }
    found = Task.objects.aggregate(
        **{tab.name: Count("pk", filter=which) for tab, which in lists.items()}
    )
    return {tab: found[tab.name] for tab in TaskTab}


def _told_by_rules(task: Task) -> list[str]:
    return [rule(one).told for one in task.rules]


def _told_by_decisions(tasks: Iterable[Task]) -> dict[str, list[str]]:
    """Return what she read of the decision behind each task, by what the task is about.

    Whoever calls has to know it. One statement, none where no decision is behind a task.
    """
    behind = {
        one.about.removeprefix(BY_DECISION): one.about
        for one in tasks
        if one.about.startswith(BY_DECISION)
    }
    if not behind:
        return {}
    rows = Decision.objects.filter(pk__in=behind).only("content")
    return {behind[str(one.pk)]: one.content.get("told", []) for one in rows}


def _view(
    task: Task,
    reader: User,
    now: datetime,
    matches: Collection[LikelyMatch],
    told_by_decision: Sequence[str],
) -> TaskView:
    is_for_reader = reader.is_clinician or task.kind in _FOR_THE_DESK
    return TaskView(
        task=task,
        kind=str(Task.Kind(task.kind).label),
        actions=action_words(task.rules),
        told=[_(text) for text in dict.fromkeys([*_told_by_rules(task), *told_by_decision])],
        question=task.question if task.question and is_for_reader else "",
        due=due_words(task.due_at, now),
        is_overdue=task.is_open and task.due_at <= now,
        owner=_owner_words(task),
        outcome=_(outcome_of(task.kind, task.outcome).words) if task.outcome else "",
        attempts=getattr(task, "tried", 0),
        may_be=[match.patient.name for match in matches],
    )


def _owner_words(task: Task) -> str:
    if task.owner is not None:
        return task.owner.get_full_name()
    closers = frozenset({"clinician"}) if task.is_sensitive else KINDS[task.kind].closers
    return str(_OWNED_BY_ROLE[closers])


@dataclass(frozen=True)
class TaskEntry:
    """One line of a task's history: when, who, what, and the words beside it."""

    at: datetime
    by: str
    what: str
    words: str
    next_at: datetime | None = None


@dataclass(frozen=True)
class TaskDetail:
    """One task with its history, the latest entry last, and what the reader may do with it.

    The last two are for a task in which nobody reached her: other numbers of hers, and when she
    gave an emergency contact. None of it is read for other tasks.
    """

    view: TaskView
    entries: Sequence[TaskEntry]
    outcomes: Sequence[TaskOutcome]
    may_close: bool
    may_undo: bool
    undo_until: datetime | None
    may_reopen: bool
    other_phones: Sequence[str] = ()
    contact_saved_at: datetime | None = None


def task_detail(task_id: UUID, *, reader: User, now: datetime) -> TaskDetail:
    """Return one task as its page shows it to `reader`. Raises Task.DoesNotExist.

    Opens sealed words: the caller records the reading.
    """
    task = _rows().get(pk=task_id)
    matches, told = likely_matches([task.patient]), _told_by_decisions([task])
    closes = may_close(task.kind, is_sensitive=task.is_sensitive, roles=roles_of(reader))
    is_hers = task.closed_by_id == reader.pk and bool(KINDS[task.kind].closers)
    until = task.closed_at and task.closed_at + timedelta(seconds=60)
    is_unreached = task.status == Task.Status.UNREACHED
    return TaskDetail(
        view=_view(task, reader, now, matches[task.patient_id], told.get(task.about, [])),
        entries=_entries(task, reader),
        outcomes=outcomes_for(task),
        may_close=closes and task.is_open,
        may_undo=task.closed_at is not None and is_hers and can_be_undone(task.closed_at, now),
        undo_until=until,
        may_reopen=closes and task.status == Task.Status.DONE,
        other_phones=_other_phones(task.patient) if is_unreached else (),
        contact_saved_at=saved_at(task.patient_id) if is_unreached else None,
    )


def _other_phones(patient: Patient) -> list[str]:
    """Return the numbers of rows that were merged into hers, where they are others than hers."""
    rows = Patient.objects.filter(merged_into=patient).exclude(phone_key=patient.phone_key)
    numbers = dict(rows.order_by("-created_at").values_list("phone_key", "phone"))
    return [one for one in numbers.values() if is_dialable(one)]


def _entries(task: Task, reader: User) -> list[TaskEntry]:
    """Return the history of the task and of those it stands for, in order of time."""
    covered = Q(task=task) | Q(task__merged_into=task)
    tries = Attempt.objects.filter(covered).select_related("words", "by")
    events = TaskEvent.objects.filter(covered).select_related("words", "by", "task")
    found = [
        TaskEntry(
            at=one.at,
            by=one.by.get_full_name() if one.by else "",
            what=str(Attempt.Result(one.result).label),
            words=_said(one, reader),
            next_at=one.next_at,
        )
        for one in tries
    ]
    found += [
        TaskEntry(
            at=one.at,
            by=one.by.get_full_name() if one.by else "",
            what=_what(one),
            words=_said(one, reader),
        )
        for one in events
    ]
    return sorted(found, key=lambda entry: entry.at)


def _what(event: TaskEvent) -> str:
    kind = str(TaskEvent.Kind(event.kind).label)
    if event.kind != TaskEvent.Kind.CLOSED:
        return kind
    return f"{kind}: {_(outcome_of(event.task.kind, event.outcome).words)}"


def _said(row: Attempt | TaskEvent, reader: User) -> str:
    """Return the note of an entry: a try's for everybody, an outcome's for clinicians."""
    if isinstance(row, TaskEvent) and not reader.is_clinician:
        return ""
    return str(history.words_of(row).get("note", ""))
