"""How often to repeat what is repeated: little in the suite, in full in `./dev proof`."""

import os


def rounds(in_the_suite: int, in_full: int) -> int:
    """Return how often to do it: `in_full` with RUN_READY_IN_FULL=1, else `in_the_suite`."""
    return in_full if os.environ.get("RUN_READY_IN_FULL") else in_the_suite
