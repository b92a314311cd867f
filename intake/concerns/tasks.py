"""Owe tasks, record tries at them, end them. Nothing else writes tasks.

A try never ends a task. Only an outcome of its kind does, and that can be undone for a minute.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import F, OuterRef, Q, Subquery

from booking.models import Appointment
from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried
from clinic.models.people import Patient, User
from intake.concerns import history
from intake.concerns.rows import reopen_concern
from intake.concerns.task_kinds import (
    KINDS,
    SENSITIVE,
    URGENT_CALL,
    WITHDRAWN,
    TaskOutcome,
    danger_of,
    may_close,
    outcome_of,
    tries_until_unreached,
)
from intake.episodes.due_times import call_due, review_due, working_day_end
from intake.episodes.referrals import refer_patient
from intake.episodes.staff_messages import owe_unreached
from intake.episodes.undo_window import can_be_undone
from intake.models import Attempt, Concern, Intake, Task, TaskEvent, UrgentCall
from intake.triage.rules import ACTIONS, RED, rule

# Of these a patient has one that is open: another reason for it is added to that one.
ONE_OPEN = ("urgent_call", "private_check_in", "own_doctor")


class TaskIsOver(Exception):
    """Somebody else ended the task first; `task` is the task with its outcome."""

    def __init__(self, task: Task) -> None:
        super().__init__()
        self.task = task


class MayNotClose(Exception):
    """This person may add tries to the task, but not end it."""


class CannotReopen(Exception):
    """The minute for undoing is over, or the task is not done."""


@retried
def owe_task(
    *,
    patient: Patient,
    kind: str,
    context: Context,
    rules: Collection[str] = (),
    concerns: Iterable[Concern] = (),
    question: str = "",
    due_at: datetime | None = None,
    about: str = "",
    owner: User | None = None,
) -> Task:
    """Owe this task, or add to the one of its kind that is open; return it.

    A task that gets another rule is due at the earlier of the two times, and its tries so far no
    longer count.
    """
    # The lock: of two answers at once the second adds to the task of the first.
    Patient.objects.select_for_update().get(pk=patient.pk)
    due = due_at or task_due(kind, context.now)
    open_one = _open_one(patient, kind)
    if open_one is not None:
        return _added_to(open_one, rules, concerns, due, context)
    actions = _actions_of(rules)
    task = Task.objects.create(
        patient=patient,
        kind=kind,
        about=about,
        danger=danger_of(kind, actions),
        is_sensitive=bool(SENSITIVE & set(rules)),
        rules=sorted(rules),
        actions=actions,
        question=question or None,
        created_at=context.now,
        due_at=due,
        tries_from=context.now,
        owner=owner,
    )
    task.concerns.add(*concerns)
    words = {"rules": sorted(rules), "question": question}
    history.note_task(task, TaskEvent.Kind.OWED, at=context.now, words=words)
    record(context.actor, "owe task", task, patient=patient, reason=kind)
    return task


def task_due(kind: str, now: datetime) -> datetime:
    """Return by when a task of this kind that is owed at `now` is due (UTC)."""
    if kind == URGENT_CALL:
        return call_due(now)
    return working_day_end(now, KINDS[kind].working_days)


@retried
def bring_forward(*, kind: str, now: datetime) -> int:
    """Have each open task of this kind be due when her next visit begins; return how many moved.

    She may have booked since it was owed. A task never moves to a later time.
    """
    ahead = Appointment.objects.upcoming(now).filter(patient=OuterRef("patient"))
    begins = Subquery(ahead.order_by("starts_at").values("starts_at")[:1])
    later = Task.objects.open().filter(kind=kind).alias(begins=begins)
    return later.filter(begins__lt=F("due_at")).update(due_at=begins)


def _open_one(patient: Patient, kind: str) -> Task | None:
    if kind not in ONE_OPEN:
        return None
    return Task.objects.open().select_for_update().filter(patient=patient, kind=kind).first()


def _added_to(
    task: Task,
    rules: Collection[str],
    concerns: Iterable[Concern],
    due: datetime,
    context: Context,
    *,
    answered_again: bool = True,
) -> Task:
    task.rules = sorted({*task.rules, *rules})
    task.actions = _actions_of(task.rules)
    task.danger = danger_of(task.kind, task.actions)
    task.is_sensitive = bool(SENSITIVE & set(task.rules))
    task.due_at = min(task.due_at, due)
    if answered_again:
        # The tries so far were about what she had answered before.
        task.tries_from, task.status = context.now, Task.Status.OPEN
    task.save()
    task.concerns.add(*concerns)
    words = {"rules": sorted(rules)}
    history.note_task(task, TaskEvent.Kind.ADDED, at=context.now, words=words)
    return task


def _actions_of(rules: Collection[str]) -> list[str]:
    wanted = {rule(one).action for one in rules}
    return [one for one in ACTIONS if one in wanted]


@retried
def record_attempt(
    *,
    task_id: UUID,
    result: str,
    note: str,
    next_at: datetime | None,
    by: User,
    context: Context,
) -> Attempt:
    """Record a try that reached nobody. The task stays open, and is unreached after too many.

    Raises TaskIsOver and Task.DoesNotExist.
    """
    task = _locked(task_id)
    if not task.may("record_attempt"):
        raise TaskIsOver(task)
    attempt = history.note_attempt(
        task, Attempt.Result(result), at=context.now, by=by, note=note, next_at=next_at
    )
    record(context.actor, "try task", task, patient=task.patient_id, reason=result)
    note_if_unreached(task, context)
    return attempt


def note_if_unreached(task: Task, context: Context) -> None:
    """Make an open task that was tried too often without contact unreached, and alarm."""
    if task.status == Task.Status.OPEN and _is_unreached(task):
        task.status = Task.Status.UNREACHED
        task.save(update_fields=["status"])
        history.note_task(task, TaskEvent.Kind.UNREACHED, at=context.now)
        owe_unreached(task, rev=_times(task, TaskEvent.Kind.UNREACHED), now=context.now)


def _is_unreached(task: Task) -> bool:
    most = tries_until_unreached(task.kind, is_sensitive=task.is_sensitive)
    tries = Attempt.objects.filter(Q(task=task) | Q(task__merged_into=task))
    return 0 < most <= tries.filter(at__gte=task.tries_from).count()


def stand_for(task: Task, other: Task, *, kept: Patient) -> None:
    """Let `task` stand for `other`, and for all that `other` stood for. Saves only these."""
    other.status, other.merged_into, other.patient = Task.Status.MERGED, task, kept
    other.save()
    Task.objects.filter(merged_into=other).update(merged_into=task)


def _times(task: Task, kind: TaskEvent.Kind) -> int:
    return task.events.filter(kind=kind).count()


@retried
def close_task(
    *,
    task_id: UUID,
    outcome: str,
    note: str,
    by: User,
    context: Context,
    day_due_at: datetime | None = None,
) -> Task:
    """End the task with an outcome of its kind, and put what it was about back before a clinician.

    With "will go on a day" it is not ended but due at `day_due_at`. An urgent concern stays open
    until a clinician marks it reviewed after this. Raises TaskIsOver, MayNotClose, KeyError for an
    outcome of another kind, ValueError without a note or day that the outcome asks for, and
    Task.DoesNotExist.
    """
    task = _locked(task_id)
    if not task.may("close_task"):
        raise TaskIsOver(task)
    if not may_close(task.kind, is_sensitive=task.is_sensitive, roles=roles_of(by)):
        raise MayNotClose
    chosen = outcome_of(task.kind, outcome)
    if chosen not in outcomes_for(task):
        raise KeyError(outcome)
    if chosen.asks and not note:
        raise ValueError(chosen.asks)
    if chosen.needs_day:
        return _postponed(task, note, day_due_at, by, context)
    task.status, task.outcome = Task.Status.DONE, outcome
    task.closed_at, task.closed_by = context.now, by
    task.save(update_fields=["status", "outcome", "closed_at", "closed_by"])
    history.note_task(task, TaskEvent.Kind.CLOSED, at=context.now, by=by, words={"note": note})
    record(context.actor, "close task", task, patient=task.patient_id, reason=outcome)
    _ask_for_review(task, context)
    if task.concerns.exists():
        refer_patient(patient_id=task.patient_id, context=context)
    return task


def outcomes_for(task: Task) -> list[TaskOutcome]:
    """Return the outcomes with which this task may end.

    Those of its kind; but a new time for a visit that the clinic cancelled is owed until she has
    one or wants none. Only where nobody had confirmed the visit it may be withdrawn.
    """
    outcomes = KINDS[task.kind].outcomes
    if task.kind != Task.Kind.REBOOK or _was_unconfirmed(task):
        return list(outcomes)
    return [one for one in outcomes if one != WITHDRAWN]


def _was_unconfirmed(task: Task) -> bool:
    # "appointment:<id> <rev>"
    key = task.about.partition(":")[2].partition(" ")[0]
    visit = Appointment.objects.filter(pk=key).first() if key else None
    return visit is not None and visit.is_let_go


def _postponed(
    task: Task, note: str, day_due_at: datetime | None, by: User, context: Context
) -> Task:
    if day_due_at is None:
        raise ValueError("day")
    # She was reached: tries before this no longer count.
    task.due_at, task.status, task.tries_from = day_due_at, Task.Status.OPEN, context.now
    task.save(update_fields=["due_at", "status", "tries_from"])
    words = {"note": note, "due_at": day_due_at.isoformat()}
    history.note_task(task, TaskEvent.Kind.POSTPONED, at=context.now, by=by, words=words)
    record(context.actor, "postpone task", task, patient=task.patient_id)
    return task


def _ask_for_review(task: Task, context: Context) -> None:
    """Put the forms behind the task's unresolved concerns before a clinician again.

    A review before the outcome was refused, or left them open: nobody would look again otherwise.
    """
    for concern in Concern.objects.open().filter(tasks=task):
        form = Intake.objects.select_for_update().get(pk=concern.last_form_id)
        # A page that was opened before says that nobody has reached her: it must not be signed.
        form.version += 1
        is_corrected = Intake.objects.sent().filter(replaces=form).exists()
        if form.decided_at is None and form.review_due_at is not None and not is_corrected:
            form.save(update_fields=["version"])
            continue
        form.decided_at = None
        form.queue, form.review_due_at = Intake.Queue.RED, review_due(RED, context.now)
        # A form that was corrected waits no more; as a changed one it does.
        if concern.state == Concern.State.TAKEN_BACK or is_corrected:
            form.has_unreviewed_change = True
        form.save()


def roles_of(user: User) -> set[str]:
    """Return which of "clinician" and "manager" this user is."""
    roles = {"clinician": user.is_clinician, "manager": user.is_manager}
    return {role for role, is_hers in roles.items() if is_hers}


@retried
def undo_close(*, task_id: UUID, by: User, context: Context) -> Task:
    """Take back the reader's own closing within its first minute. Raises CannotReopen."""
    task = _locked(task_id)
    is_hers = task.closed_by_id == by.pk and bool(KINDS[task.kind].closers)
    if task.closed_at is None or not is_hers or not can_be_undone(task.closed_at, context.now):
        raise CannotReopen
    return _opened(task, TaskEvent.Kind.UNDONE, {}, by, context)


@retried
def reopen_task(*, task_id: UUID, reason: str, by: User, context: Context) -> Task:
    """Open a task that was ended, with a reason. Raises CannotReopen.

    Whoever may end it may open it.
    """
    task = _locked(task_id)
    if task.status != Task.Status.DONE or not reason:
        raise CannotReopen
    if not may_close(task.kind, is_sensitive=task.is_sensitive, roles=roles_of(by)):
        raise MayNotClose
    return _opened(task, TaskEvent.Kind.REOPENED, {"note": reason}, by, context)


def withdraw_task(*, about: str, by: User, context: Context, outcome: str = WITHDRAWN.id) -> None:
    """End the task that was made for this, if there is an open one: what it was for is over.

    Runs in the caller's transaction, which holds the patient's row.
    """
    task = Task.objects.open().filter(about=about).first()
    if task is None:
        return
    task.status, task.outcome = Task.Status.DONE, outcome
    task.closed_at, task.closed_by = context.now, by
    task.save()
    history.note_task(task, TaskEvent.Kind.CLOSED, at=context.now, by=by)
    record(context.actor, "withdraw task", task, patient=task.patient_id)


def _opened(
    task: Task, kind: TaskEvent.Kind, words: dict[str, str], by: User, context: Context
) -> Task:
    """Open a task that is done. Another urgent call that is open meanwhile takes what it was for.

    What a clinician resolved on the strength of its outcome is open again.
    """
    newer, closed_at = _open_one(task.patient, task.kind), task.closed_at
    assert closed_at is not None  # the constraint task_outcome_together
    task.outcome, task.closed_at, task.closed_by = "", None, None
    if newer is not None:
        stand_for(newer, task, kept=task.patient)
        behind = task.concerns.all()
        _added_to(newer, task.rules, behind, task.due_at, context, answered_again=False)
        UrgentCall.objects.filter(task=task).update(task=newer)
    else:
        is_still_unreached = kind == TaskEvent.Kind.UNDONE and _is_unreached(task)
        task.status = Task.Status.UNREACHED if is_still_unreached else Task.Status.OPEN
        if kind == TaskEvent.Kind.REOPENED:
            task.tries_from = context.now
        task.save()
    history.note_task(task, kind, at=context.now, by=by, words=words)
    record(context.actor, f"{kind} task", task, patient=task.patient_id)
    concerns = list(task.concerns.all())
    for concern in concerns:
        if concern.state == Concern.State.RESOLVED and concern.changed_at >= closed_at:
            reopen_concern(concern, by=by, now=context.now)
    if concerns:
        refer_patient(patient_id=task.patient_id, context=context)
    return task


@retried
def take_task(*, task_id: UUID, by: User, context: Context) -> Task:
    """Make this person the owner of an open task. Raises TaskIsOver and Task.DoesNotExist."""
    task = _locked(task_id)
    if not task.is_open:
        raise TaskIsOver(task)
    if task.owner_id != by.pk:
        words = {"from": task.owner_id}
        task.owner = by
        task.save(update_fields=["owner"])
        history.note_task(task, TaskEvent.Kind.TAKEN, at=context.now, by=by, words=words)
        record(context.actor, "take task", task, patient=task.patient_id)
    return task


def _locked(task_id: UUID) -> Task:
    """Return the task, locked after the forms and the row of its patient.

    Forms, patient, tasks: the order of every action that changes them.
    """
    patient = Task.objects.values_list("patient", flat=True).get(pk=task_id)
    forms = Intake.objects.filter(patient=patient, review_due_at__isnull=False)
    # list() runs the query: locking is all it is for.
    list(forms.select_for_update().order_by("pk").values_list("pk"))
    Patient.objects.select_for_update().get(pk=patient)
    return Task.objects.select_for_update(of=("self",)).select_related("patient").get(pk=task_id)
