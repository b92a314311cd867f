"""Wait for a condition, instead of sleeping for a time that is hoped to be long enough."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def wait_until(look: Callable[[], Found], seconds: float = 300) -> Found:
    """Call `look()` until it returns something true, and return that.

    Raises AssertionError after `seconds`. They are many, as they decide nothing: a busy machine may
    take minutes for what is a second's work, and only a test that fails waits to the end.
    """
    end = time.monotonic() + seconds
    while True:
        if found := look():
            return found
        assert time.monotonic() < end, f"Waited {seconds:g} seconds in vain."
        time.sleep(0.05)
