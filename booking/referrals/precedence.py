"""Which of several referrals counts when two patient rows are merged: the strictest."""

# mypy: disallow-any-explicit

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

T = TypeVar("T")
# The most serious first.
LEVELS = ("urgent", "red", "caution", "clear")


@dataclass(frozen=True, slots=True)
class Openness:
    """What a referral opens and from which clinic dates; None means closed."""

    is_from_desk: bool
    stops_self_booking: bool
    level: str
    evaluation_opens_on: date | None
    run_ready_opens_on: date | None


def strictness(openness: Openness) -> tuple[bool, bool, bool, bool, int, date, date]:
    """Return a sort key that is greater for a referral that opens less.

    A referral from the desk, which knows no answers, counts only against others from the desk.
    After that count, in this order: stopping self-booking, a closed evaluation, a closed package,
    the more serious level, the later dates.
    """
    return (
        not openness.is_from_desk,
        openness.stops_self_booking,
        openness.evaluation_opens_on is None,
        openness.run_ready_opens_on is None,
        # Negative, because the most serious level has the index 0.
        -LEVELS.index(openness.level),
        openness.run_ready_opens_on or date.max,
        openness.evaluation_opens_on or date.max,
    )


def stricter(found: Sequence[T], *, key: Callable[[T], Openness]) -> T | None:
    """Return the one that opens least, the last of equals; None if there are none."""
    chosen: T | None = None
    # Not `max`, which returns the first of equals.
    for one in found:
        if chosen is None or strictness(key(one)) >= strictness(key(chosen)):
            chosen = one
    return chosen
