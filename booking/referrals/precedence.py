"""Which of several permissions to book counts, when they turn out to be one person's."""

# mypy: disallow-any-explicit

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

T = TypeVar("T")
LEVELS = ("urgent", "red", "caution", "clear")


@dataclass(frozen=True, slots=True)
class Openness:
    """What a permission opens; None keeps a service closed."""

    is_from_desk: bool
    stops_self_booking: bool
    level: str
    evaluation_opens_on: date | None
    run_ready_opens_on: date | None


def strictness(openness: Openness) -> tuple[bool, bool, bool, bool, int, date, date]:
    """Return a value that is greater for what opens less.

    What the desk wrote without any answers counts only where no answers speak. Then: stopping all
    self-booking, a closed evaluation, a closed package, the more serious level, the later dates.
    """
    return (
        not openness.is_from_desk,
        openness.stops_self_booking,
        openness.evaluation_opens_on is None,
        openness.run_ready_opens_on is None,
        -LEVELS.index(openness.level),
        openness.run_ready_opens_on or date.max,
        openness.evaluation_opens_on or date.max,
    )


def stricter(found: Sequence[T], *, key: Callable[[T], Openness]) -> T | None:
    """Return the one that opens least, of equals the last; None when there is none."""
    chosen: T | None = None
    for one in found:
        if chosen is None or strictness(key(one)) >= strictness(key(chosen)):
            chosen = one
    return chosen
