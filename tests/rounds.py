"""How often to repeat what is repeated: little in the suite, in full in `./dev proof`."""

import os
from typing import TypeVar

import pytest

T = TypeVar("T")


def rounds(in_the_suite: T, in_full: T) -> T:
    """Return how often, or with what, to do it: `in_full` with RUN_READY_IN_FULL=1.

    Else return `in_the_suite`.
    """
    return in_full if os.environ.get("RUN_READY_IN_FULL") else in_the_suite


def on_sqlite(there: T, elsewhere: T) -> T:
    """Return `there` if the tests run on SQLite.

    Its suite repeats less: it lets one writer in at a time, so its races end in few ways, and what
    follows from the code alone is shown on PostgreSQL.
    """
    return there if os.environ.get("RUN_READY_TEST_DB") == "sqlite" else elsewhere


def promises_in_full() -> list[pytest.MarkDecorator]:
    """Return the mark `promises` in full, else no mark: the suite on SQLite leaves it out.

    For what the pages and the code keep, and the database has no part in.
    """
    return rounds([], [pytest.mark.promises])
