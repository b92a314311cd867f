"""The figures of the bench: the cost of the product and of its floor, and if a goal is met."""

import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

Work = Callable[[], Any]


@dataclass(frozen=True)
class Figure:
    """Product and floor in the same unit, and the limit for their ratio.

    The ratio may be `limit` at most, or with `at_least` must be `limit` at least. None is a figure
    without a goal.
    """

    goal: str
    what: str
    unit: str
    product: float
    floor: float
    limit: float | None
    at_least: bool = False

    @property
    def ratio(self) -> float:
        """Product divided by floor; infinite when the floor is 0."""
        return self.product / self.floor if self.floor else float("inf")

    @property
    def is_met(self) -> bool | None:
        """Whether the goal is met; None where there is none."""
        if self.limit is None:
            return None
        return self.ratio >= self.limit if self.at_least else self.ratio <= self.limit


def interleaved(
    product: Work, floor: Work, *, rounds: int, before: Sequence[Work] = (int, int)
) -> tuple[float, float]:
    """Return the median milliseconds of product and floor, run in turns.

    In turns, so that whatever else the machine does hits both alike. The first turn of each is not
    counted: it fills caches and opens connections. `before` is run before every turn of product
    and floor and is not measured; int does nothing.
    """
    took: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds + 1):
        for work, prepare, times in zip((product, floor), before, took, strict=True):
            prepare()
            began = time.perf_counter()
            work()
            times.append((time.perf_counter() - began) * 1000)
    return median(took[0][1:]), median(took[1][1:])


def table(figures: Iterable[Figure]) -> str:
    """Return the figures as a table of plain text."""
    lines = [f"{'goal':<5}{'figure':<62}{'product':>11}{'floor':>11}  unit    ratio     goal  met"]
    for one in figures:
        limit = "" if one.limit is None else f"{'≥' if one.at_least else '≤'} {one.limit:g}"
        met = {True: "yes", False: "NOT MET", None: "no goal"}[one.is_met]
        lines.append(
            f"{one.goal:<5}{one.what:<62}{one.product:>11.2f}{one.floor:>11.2f}  {one.unit:<6}"
            f"{one.ratio:>7.2f}{limit:>9}  {met}"
        )
    return "\n".join(lines)


def save(figures: Iterable[Figure], path: Path, about: dict[str, Any]) -> None:
    """Write the figures, and `about` what they were measured on, as JSON to `path`."""
    rows = [{**asdict(one), "ratio": one.ratio, "met": one.is_met} for one in figures]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**about, "figures": rows}, indent=1) + "\n")
