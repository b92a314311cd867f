"""A calendar column cut into the cells of a table with a row for each quarter hour.

Places are minutes on a ruler: time as it passes since midnight for one day, which makes days of 23
and 25 hours right, or the wall clock for several days side by side.
"""

# mypy: disallow-any-explicit

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from booking.scheduling.clinic_days import ClinicDay
from booking.scheduling.intervals import moment

Thing = TypeVar("Thing")

QUARTER = 15
DAY_MINUTES = 24 * 60
VISIT, OFF, BUFFER, PAST, FREE = "visit", "off", "buffer", "past", "free"
# Where two meet, the first one is shown.
_ORDER = (OFF, BUFFER, PAST)


@dataclass(frozen=True, slots=True)
class Elapsed:
    """Places as minutes that have passed on the date."""

    day: ClinicDay

    def place_of(self, at: int) -> int:
        """Return the place of an instant (seconds), held within the date."""
        return (min(max(at, self.day.begins), self.day.ends) - self.day.begins) // 60

    def instant_at(self, place: int) -> int:
        """Return the instant of a place."""
        return self.day.begins + place * 60


@dataclass(frozen=True, slots=True)
class ByTheClock:
    """Places as the wall clock's minutes; an hour that comes twice is one place."""

    day: ClinicDay

    def place_of(self, at: int) -> int:
        """Return the place of an instant (seconds), held within the date."""
        if at <= self.day.begins:
            return 0
        if at >= self.day.ends:
            return DAY_MINUTES
        wall = moment(at).astimezone(ZoneInfo(self.day.zone))
        return wall.hour * 60 + wall.minute

    def instant_at(self, place: int) -> int:
        """Return the instant of a place: the first of two, the one after a missing one."""
        if place >= DAY_MINUTES:
            return self.day.ends
        return self.day.at(time(place // 60, place % 60))


@dataclass(frozen=True, slots=True)
class Block(Generic[Thing]):
    """What fills a column from `begins` to `ends` (minutes): a visit, time off, a buffer, the past.

    `thing` is the caller's own and comes back in the cell.
    """

    begins: int
    ends: int
    kind: str
    thing: Thing | None = None


@dataclass(frozen=True, slots=True)
class Cell(Generic[Thing]):
    """One table cell: whole quarter hours of one kind. Visits that overlap share theirs."""

    begins: int
    ends: int
    kind: str
    things: tuple[Thing, ...] = ()

    @property
    def rows(self) -> int:
        return (self.ends - self.begins) // QUARTER


def column_cells(blocks: Iterable[Block[Thing]], *, first: int, last: int) -> list[Cell[Thing]]:
    """Return the cells of one column from `first` to `last` (quarter hours), without a gap.

    A visit keeps every quarter it touches, whatever else is there; where nothing is, time is free.
    """
    inside = [block for block in blocks if block.begins < last and block.ends > first]
    visits = sorted((b for b in inside if b.kind == VISIT), key=lambda block: block.begins)
    others = sorted((b for b in inside if b.kind != VISIT), key=lambda b: _ORDER.index(b.kind))
    cells: list[Cell[Thing]] = []
    reached = first
    for begins, ends, shared in _together(visits, first, last):
        cells += _between(others, reached, begins)
        cells.append(Cell(begins, ends, VISIT, shared))
        reached = ends
    return cells + _between(others, reached, last)


def _together(
    visits: Sequence[Block[Thing]], first: int, last: int
) -> list[tuple[int, int, tuple[Thing, ...]]]:
    """Return the quarters that visits occupy; those that share a quarter come as one."""
    found: list[tuple[int, int, tuple[Thing, ...]]] = []
    for visit in visits:
        begins = max(first, visit.begins // QUARTER * QUARTER)
        ends = min(last, -(-visit.ends // QUARTER) * QUARTER)
        things: tuple[Thing, ...] = () if visit.thing is None else (visit.thing,)
        if found and begins < found[-1][1]:
            before = found.pop()
            begins, ends, things = before[0], max(before[1], ends), before[2] + things
        found.append((begins, ends, things))
    return found


def _between(others: Sequence[Block[Thing]], first: int, last: int) -> list[Cell[Thing]]:
    cells: list[Cell[Thing]] = []
    for place in range(first, last, QUARTER):
        block = next(
            (one for one in others if one.begins < place + QUARTER and one.ends > place), None
        )
        kind = block.kind if block else FREE
        things = () if block is None or block.thing is None else (block.thing,)
        if cells and (cells[-1].kind, cells[-1].things) == (kind, things):
            cells[-1] = Cell(cells[-1].begins, place + QUARTER, kind, things)
        else:
            cells.append(Cell(place, place + QUARTER, kind, things))
    return cells
