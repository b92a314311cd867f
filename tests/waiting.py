"""Waiting for something to become so, instead of sleeping and hoping."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def wait_until(look: Callable[[], Found], seconds: float = 30) -> Found:
    """Return the first truthy answer of `look()`; raise AssertionError when none comes in time."""
    end = time.monotonic() + seconds
    while True:
        if found := look():
            return found
        assert time.monotonic() < end, f"Waited {seconds:g} seconds in vain."
        time.sleep(0.05)
