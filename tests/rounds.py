"""How often to repeat what is repeated: little in the suite, in full in `./dev proof`."""

import os
from typing import TypeVar

T = TypeVar("T")


def rounds(in_the_suite: T, in_full: T) -> T:
    """Return how often, or with what, to do it: `in_full` with RUN_READY_IN_FULL=1.

    Else return `in_the_suite`.
    """
    return in_full if os.environ.get("RUN_READY_IN_FULL") else in_the_suite
