"""Replay what was recorded before there were concerns and tasks. Plain functions, no database.

Each patient's forms, marks, calls and decisions are replayed in the order of time, as if the same
had happened today. Nothing that was open is resolved by it: where the record does not say that
somebody was reached, or that a clinician looked afterwards, the concern stays open.
"""

# mypy: disallow-any-explicit

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from intake.concerns.states import (
    MARKS,
    OPEN,
    RESOLVED,
    REVIEWED,
    after_firing,
    after_taking_back,
    resolves,
)
from intake.concerns.task_kinds import (
    ASK_PATIENT,
    CALL_PATIENT,
    OWN_DOCTOR,
    URGENT_CALL,
    kind_before_review,
    kind_owed_for,
)

# The outcomes of a call as they were, and what they are now. "Not reached" was none.
OUTCOMES = {
    "seen": "seen",
    "getting_care": "other_professional",
    "mistake": "spoke",
    "emergency_sent": "emergency_sent",
}
NOT_REACHED = "not_reached"
# What a history says where the record of then has no words for what is asked today.
_NOT_RECORDED = {"getting_care": "With whom was not recorded."}
_OWED_BY_ACT = {"call": CALL_PATIENT, "ask": ASK_PATIENT, "decline": CALL_PATIENT}
# When two things happened at the same moment: an answer counts before what was made of it.
_FIRED, _TAKEN_BACK, _CALLED, _VISITED, _DECIDED = range(5)


@dataclass(frozen=True)
class PastFiring:
    """A rule that fired on a form, with the call that was owed for it ("" for a red one)."""

    at: datetime
    rule: str
    level: str
    form: str
    evidence: object
    call: str = ""


@dataclass(frozen=True)
class PastChange:
    """Answers that the patient took back before she sent the form."""

    at: datetime
    rules: tuple[str, ...]
    form: str


@dataclass(frozen=True)
class PastOutcome:
    """The outcome recorded of one call, as it was called then."""

    at: datetime
    call: str
    outcome: str
    note: object
    by: int


@dataclass(frozen=True)
class PastDecision:
    """A decision that was not withdrawn. `opened` says that booking opened by it.

    `marks` and `reasons` are by rule. `read` are rules of the form without a flag on it, of a form
    that was not sent or of an answer taken back: signing was their review then.
    """

    at: datetime
    id: str
    form: str
    marks: Mapping[str, str]
    reasons: Mapping[str, str]
    next_act: str
    note: str
    by: int
    opened: bool
    read: tuple[str, ...] = ()


@dataclass(frozen=True)
class PastVisit:
    """A visit that took place, and a member of staff who was there."""

    at: datetime
    by: int


Past = PastFiring | PastChange | PastOutcome | PastDecision | PastVisit


@dataclass
class Line:
    """One entry of a history: kind, time, who, state or outcome by then, words."""

    kind: str
    at: datetime
    by: int | None
    state: str
    words: dict[str, object]


@dataclass
class MovedConcern:
    """A concern as it stands at the end of the replay."""

    rule: str
    level: str
    state: str
    raised_at: datetime
    last_fired_at: datetime
    last_form: str
    changed_at: datetime
    changed_by: int | None
    forms: set[str] = field(default_factory=set)
    lines: list[Line] = field(default_factory=list)


@dataclass
class MovedTask:
    """A task as it stands at the end of the replay.

    `open_calls` are calls without an outcome, `tried_calls` those of them given up as not reached.
    Tries before `tries_from` no longer count.
    """

    kind: str
    created_at: datetime
    tries_from: datetime
    about: str = ""
    rules: set[str] = field(default_factory=set)
    concerns: list[MovedConcern] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    open_calls: set[str] = field(default_factory=set)
    tried_calls: set[str] = field(default_factory=set)
    question: str = ""
    outcome: str = ""
    closed_at: datetime | None = None
    closed_by: int | None = None
    tries: list[Line] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)

    @property
    def is_unreached(self) -> bool:
        """Whether it is open, and was given up as not reached."""
        return self.closed_at is None and self.has_tries

    @property
    def has_tries(self) -> bool:
        """Whether a try counts: none is from before she last answered."""
        return any(one.at >= self.tries_from for one in self.tries)


@dataclass
class MovedDecline:
    """A decline, and when and by whose decision it ended."""

    decision: str
    at: datetime
    ended_at: datetime | None = None
    ended_by: int | None = None


@dataclass
class Moved:
    """What the replay of one patient's record gives."""

    concerns: list[MovedConcern] = field(default_factory=list)
    tasks: list[MovedTask] = field(default_factory=list)
    declines: list[MovedDecline] = field(default_factory=list)

    @property
    def open_levels(self) -> set[str]:
        """The levels with which what is still open counts."""
        return {
            "red" if one.state == "taken_back" else one.level
            for one in self.concerns
            if one.state != RESOLVED
        }

    @property
    def is_declined(self) -> bool:
        """Whether a decline lasts."""
        return any(one.ended_at is None for one in self.declines)


def replay(past: Iterable[Past]) -> Moved:
    """Return what is open about a patient, and what she is owed, after all this happened."""
    moved = Moved()
    for event in sorted(past, key=lambda one: (one.at, _ORDER[type(one)])):
        if isinstance(event, PastFiring):
            _fire(moved, event)
        elif isinstance(event, PastChange):
            _take_back(moved, event)
        elif isinstance(event, PastOutcome):
            _call(moved, event)
        elif isinstance(event, PastDecision):
            _decide(moved, event)
        else:
            _visit(moved, event)
    return moved


_ORDER: dict[type, int] = {
    PastFiring: _FIRED,
    PastChange: _TAKEN_BACK,
    PastOutcome: _CALLED,
    PastVisit: _VISITED,
    PastDecision: _DECIDED,
}


def _open(moved: Moved, rule: str) -> MovedConcern | None:
    found = (one for one in moved.concerns if one.rule == rule and one.state != RESOLVED)
    return next(found, None)


def _fire(moved: Moved, event: PastFiring) -> None:
    concern = _open(moved, event.rule)
    if concern is None:
        concern = MovedConcern(
            event.rule, event.level, OPEN, event.at, event.at, event.form, event.at, None
        )
        moved.concerns.append(concern)
    else:
        concern.state = after_firing(concern.state)
        concern.last_fired_at, concern.last_form = event.at, event.form
        concern.changed_at, concern.changed_by = event.at, None
    concern.forms.add(event.form)
    words = {"form": event.form, "answers": event.evidence}
    concern.lines.append(Line("fired", event.at, None, concern.state, words))
    kind = kind_owed_for(event.rule, event.level)
    if kind:
        _owe(moved, kind, event, concern)


def _owe(moved: Moved, kind: str, event: PastFiring, concern: MovedConcern) -> None:
    task = _open_task(moved, kind)
    if task is None:
        task = MovedTask(kind, event.at, event.at)
        moved.tasks.append(task)
        task.lines.append(Line("owed", event.at, None, "", {"rules": [event.rule]}))
    elif event.rule not in task.rules or event.call not in task.calls:
        # She answered again: the tries so far stay listed and no longer count.
        if event.call not in task.calls:
            task.tries_from = event.at
        task.lines.append(Line("added", event.at, None, "", {"rules": [event.rule]}))
    task.rules.add(event.rule)
    if concern not in task.concerns:
        task.concerns.append(concern)
    if event.call and event.call not in task.calls:
        task.calls.append(event.call)
        task.open_calls.add(event.call)


def _open_task(moved: Moved, kind: str) -> MovedTask | None:
    found = (one for one in moved.tasks if one.kind == kind and one.closed_at is None)
    return next(found, None)


def _take_back(moved: Moved, event: PastChange) -> None:
    for rule in event.rules:
        concern = _open(moved, rule)
        if concern is None:
            continue
        is_only = concern.forms == {event.form}
        state = after_taking_back(concern.state, is_only_evidence=is_only)
        if state != concern.state:
            concern.state, concern.changed_at, concern.changed_by = state, event.at, None
        words: dict[str, object] = {"form": event.form}
        concern.lines.append(Line("taken_back", event.at, None, concern.state, words))


def _call(moved: Moved, event: PastOutcome) -> None:
    """Record an outcome. Of calls that are one task now, all must have one before it is over.

    A call given up as not reached is over with the next outcome that counts, of whichever call.
    """
    task = next((one for one in moved.tasks if event.call in one.calls), None)
    if task is None:
        return
    words: dict[str, object] = {"note": event.note or _NOT_RECORDED.get(event.outcome, "")}
    if event.outcome == NOT_REACHED:
        task.tries.append(Line(NOT_REACHED, event.at, event.by, "", words))
        task.tried_calls.add(event.call)
        return
    task.open_calls -= {event.call, *task.tried_calls}
    outcome = OUTCOMES[event.outcome]
    # Written for every call: its words would be lost otherwise.
    task.lines.append(Line("closed", event.at, event.by, outcome, words))
    if task.closed_at is None and not task.open_calls:
        task.outcome, task.closed_at, task.closed_by = outcome, event.at, event.by


def _close(task: MovedTask, outcome: str, at: datetime, by: int, note: str) -> None:
    task.outcome, task.closed_at, task.closed_by = outcome, at, by
    task.lines.append(Line("closed", at, by, outcome, {"note": note}))


def _visit(moved: Moved, event: PastVisit) -> None:
    """A visit that took place ends what was tried in vain, and what she was to be asked."""
    for task in moved.tasks:
        if task.closed_at is not None or task.created_at > event.at:
            continue
        if task.kind == OWN_DOCTOR:
            continue  # nobody wrote down whether she went
        if task.kind == URGENT_CALL and not task.has_tries:
            continue  # nobody has tried: the call is owed all the same
        outcome = "spoke" if task.kind in (CALL_PATIENT, ASK_PATIENT) else "seen"
        _close(task, outcome, event.at, event.by, "At a visit that took place.")


def _decide(moved: Moved, event: PastDecision) -> None:
    marks = {**dict.fromkeys(event.read, REVIEWED), **event.marks}
    for rule, mark in marks.items():
        concern = _open(moved, rule)
        if concern is None or event.form not in concern.forms or mark not in MARKS:
            continue
        is_over = resolves(mark) and _may_be_resolved(moved, concern, event.form)
        state = MARKS[mark] if is_over or not resolves(mark) else concern.state
        words: dict[str, object] = {
            "mark": mark,
            "reason": event.reasons.get(rule, ""),
            "decision": event.id,
        }
        if state != concern.state or not resolves(mark):
            concern.state, concern.changed_at, concern.changed_by = state, event.at, event.by
        concern.lines.append(Line("marked", event.at, event.by, concern.state, words))
    _act(moved, event)


def _may_be_resolved(moved: Moved, concern: MovedConcern, form: str) -> bool:
    if concern.last_form != form:
        return False  # a later form fired the rule, and that one was not read by this
    kind = kind_before_review(concern.rule, concern.level)
    owed = [one for one in moved.tasks if one.kind == kind and concern in one.concerns]
    return not kind or (bool(owed) and all(one.closed_at is not None for one in owed))


def _act(moved: Moved, event: PastDecision) -> None:
    if event.next_act == "decline":
        moved.declines.append(MovedDecline(event.id, event.at))
    elif event.opened:
        for one in moved.declines:
            if one.ended_at is None:
                one.ended_at, one.ended_by = event.at, event.by
    # A later decision stood for an earlier one, and for what that one wanted to know.
    for task in moved.tasks:
        if task.about and task.closed_at is None:
            _close(task, "withdrawn", event.at, event.by, "A later decision stands.")
    kind = _OWED_BY_ACT.get(event.next_act)
    if kind is not None:
        task = MovedTask(
            kind, event.at, event.at, about=f"decision:{event.id}", question=event.note
        )
        task.lines.append(Line("owed", event.at, event.by, "", {"question": event.note}))
        moved.tasks.append(task)


def without_what_is_over(moved: Moved) -> Sequence[MovedTask]:
    """Return the tasks worth a row: not the questions after doctors whose concern is resolved."""
    return [
        task
        for task in moved.tasks
        if task.kind != OWN_DOCTOR or any(one.state != RESOLVED for one in task.concerns)
    ]
