"""The minute in which a decision can be taken back, and after which the patient is told."""

# mypy: disallow-any-explicit

from datetime import datetime, timedelta

UNDO = timedelta(seconds=60)


def can_be_undone(decided_at: datetime, now: datetime) -> bool:
    """Tell whether the minute is still running; at its end the mail is due."""
    return now < decided_at + UNDO
