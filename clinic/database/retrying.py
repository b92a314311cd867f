"""Tries a transaction again when the database itself asks for it."""

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction

P = ParamSpec("P")
T = TypeVar("T")

# Deadlock, serialization failure, lock not available: another try can work where this one did not.
_PASSING = {"40P01", "40001", "55P03"}
TRIES = 3


def is_conflict(error: OperationalError) -> bool:
    """Tell whether the transaction lost to another one, and may win the next time."""
    code = getattr(error.__cause__, "pgcode", None)
    return code in _PASSING if code else "locked" in str(error)


def retried(run: Callable[P, T]) -> Callable[P, T]:
    """Run a function in its own transaction, up to three times while it loses to others.

    Inside an outer transaction it only joins that one: the outermost retries.
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
                time.sleep(random.uniform(0.02, 0.1))  # noqa: S311 jitter
        raise AssertionError("unreachable")

    return inner
