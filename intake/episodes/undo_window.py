"""The minute in which a decision can be undone, before the patient is told of it."""

# mypy: disallow-any-explicit

from datetime import datetime, timedelta

UNDO = timedelta(seconds=60)


def can_be_undone(decided_at: datetime, now: datetime) -> bool:
    """Return whether a decision can still be undone; at the end of the minute its mail is due."""
    return now < decided_at + UNDO
