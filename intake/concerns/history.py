"""Write and read the history of concerns and tasks. Nothing else writes these rows."""

from datetime import datetime
from typing import Any, TypeVar, cast

from clinic.database.digests import new_salt, salted_digest
from clinic.models.people import User
from intake.models import (
    Attempt,
    AttemptWords,
    Concern,
    ConcernEvent,
    ConcernEventWords,
    Task,
    TaskEvent,
    TaskEventWords,
)
from intake.models.history import HistoryRow, HistoryWords

Row = TypeVar("Row", bound=HistoryRow)


def note_concern(
    concern: Concern,
    kind: ConcernEvent.Kind,
    *,
    at: datetime,
    by: User | None = None,
    words: dict[str, Any] | None = None,
) -> ConcernEvent:
    """Add one entry to the concern's history, with the state it is in now."""
    fields = {"concern": concern, "kind": kind, "state": concern.state, "at": at, "by": by}
    return _written(ConcernEvent, ConcernEventWords, words or {}, fields)


def note_task(
    task: Task,
    kind: TaskEvent.Kind,
    *,
    at: datetime,
    by: User | None = None,
    words: dict[str, Any] | None = None,
) -> TaskEvent:
    """Add one entry to the task's history, with the outcome it has now."""
    fields = {"task": task, "kind": kind, "outcome": task.outcome, "at": at, "by": by}
    return _written(TaskEvent, TaskEventWords, words or {}, fields)


def note_attempt(
    task: Task,
    result: Attempt.Result,
    *,
    at: datetime,
    by: User,
    note: str = "",
    next_at: datetime | None = None,
) -> Attempt:
    """Add one try to the task."""
    fields = {"task": task, "result": result, "next_at": next_at, "at": at, "by": by}
    return _written(Attempt, AttemptWords, {"note": note}, fields)


def _written(
    rows: type[Row], side_table: type[HistoryWords], words: dict[str, Any], fields: dict[str, Any]
) -> Row:
    salt = new_salt()
    row = rows._default_manager.create(digest=salted_digest(salt, words), **fields)
    beside: dict[str, Any] = {"event": row, "sealed": {"salt": salt, "content": words}}
    side_table._default_manager.create(**beside)
    return row


def words_of(row: HistoryRow) -> dict[str, Any]:
    """Return the words of an entry. Opens sealed text: the caller records the reading."""
    return cast("dict[str, Any]", cast(Any, row).words.sealed["content"])


def is_as_written(row: HistoryRow) -> bool:
    """Return whether the sealed words are those that were written with the entry."""
    sealed = cast(Any, row).words.sealed
    return salted_digest(sealed["salt"], sealed["content"]) == row.digest
