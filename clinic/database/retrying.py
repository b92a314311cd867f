"""Run a transaction again when it failed only because of another one."""

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction

P = ParamSpec("P")
T = TypeVar("T")

# PostgreSQL's codes for deadlock, serialization failure and lock not available: the next try may
# succeed.
_CONFLICT_CODES = {"40P01", "40001", "55P03"}
TRIES = 3


def is_conflict(error: OperationalError) -> bool:
    """Return whether another transaction was the cause, so that a new try may succeed."""
    # SQLite has no code; its messages are "database is locked" and "database table is locked".
    code = getattr(error.__cause__, "pgcode", None)
    return code in _CONFLICT_CODES if code else "locked" in str(error)


def retried(run: Callable[P, T]) -> Callable[P, T]:
    """Run the function in its own transaction, up to three times while that conflicts with others.

    Called within a transaction it becomes a part of that one and runs once: a database that broke
    off a transaction must be asked again from its beginning, which only the outermost can do.
    """

    @wraps(run)
    def inner(*args: P.args, **kwargs: P.kwargs) -> T:
        if connection.in_atomic_block:
            with transaction.atomic():
                return run(*args, **kwargs)
        for left in reversed(range(TRIES)):
            try:
                with transaction.atomic():
                    return run(*args, **kwargs)
            except OperationalError as error:
                if not left or not is_conflict(error):
                    raise
                # Not all losers at the same moment, or they would meet again.
                time.sleep(random.uniform(0.02, 0.1))  # noqa: S311 jitter
        raise AssertionError("unreachable")

    return inner
