"""Cut a calendar column into the cells of a table that has a row for each quarter hour.

Two rulers turn instants into minutes. `Elapsed` counts the minutes that have passed since
midnight, for one day: days of 23 and 25 hours come out right. `ByTheClock` reads the wall clock,
for several days side by side.
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
# The kinds of blocks and cells.
VISIT, OFF, BUFFER, PAST, FREE = "visit", "off", "buffer", "past", "free"
# Where two blocks other than visits meet, the kind named first is shown.
_ORDER = (OFF, BUFFER, PAST)


@dataclass(frozen=True, slots=True)
class Elapsed:
    """Minutes as they have passed since the date's midnight."""

    day: ClinicDay

    def minute_of(self, at: int) -> int:
        """Return the minute of an instant (seconds since 1970), limited to the date."""
        return (min(max(at, self.day.begins), self.day.ends) - self.day.begins) // 60

    def instant_at(self, minute: int) -> int:
        """Return the instant of a minute, in seconds since 1970."""
        return self.day.begins + minute * 60


@dataclass(frozen=True, slots=True)
class ByTheClock:
    """Minutes on the wall clock; an hour that comes twice counts once."""

    day: ClinicDay

    def minute_of(self, at: int) -> int:
        """Return the minute of an instant (seconds since 1970), limited to the date."""
        if at <= self.day.begins:
            return 0
        if at >= self.day.ends:
            return DAY_MINUTES
        wall = moment(at).astimezone(ZoneInfo(self.day.zone))
        return wall.hour * 60 + wall.minute

    def instant_at(self, minute: int) -> int:
        """Return the instant of a minute, in seconds since 1970.

        Of a minute that comes twice, that is the first one; of a minute that is left out, the
        instant after the gap.
        """
        # `time` has no 24:00.
        if minute >= DAY_MINUTES:
            return self.day.ends
        return self.day.at(time(minute // 60, minute % 60))


@dataclass(frozen=True, slots=True)
class Block(Generic[Thing]):
    """What fills a column from `begins` to `ends` (minutes): a visit, time off, a buffer, the past.

    `thing` is whatever the caller wants to find again in the cell.
    """

    begins: int
    ends: int
    kind: str
    thing: Thing | None = None


@dataclass(frozen=True, slots=True)
class Cell(Generic[Thing]):
    """One table cell: whole quarter hours of one kind. Visits that overlap share one cell."""

    begins: int
    ends: int
    kind: str
    things: tuple[Thing, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows the cell spans."""
        return (self.ends - self.begins) // QUARTER


def column_cells(blocks: Iterable[Block[Thing]], *, first: int, last: int) -> list[Cell[Thing]]:
    """Return the cells of one column from minute `first` to `last`, without a gap.

    Both edges are on a quarter hour. A visit fills every quarter hour that it touches, whatever
    else is there; a quarter hour with nothing in it is free.
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
    """Return first minute, last minute and things of the cells that visits fill, in order.

    Visits that share a quarter hour come as one cell. `visits` are sorted by their beginning.
    """
    found: list[tuple[int, int, tuple[Thing, ...]]] = []
    for visit in visits:
        begins = max(first, visit.begins // QUARTER * QUARTER)
        # Up to the next quarter hour: -(-n // 15) rounds up.
        ends = min(last, -(-visit.ends // QUARTER) * QUARTER)
        things: tuple[Thing, ...] = () if visit.thing is None else (visit.thing,)
        # In order of beginning, a visit can only meet the last cell.
        if found and begins < found[-1][1]:
            before = found.pop()
            begins, ends, things = before[0], max(before[1], ends), before[2] + things
        found.append((begins, ends, things))
    return found


def _between(others: Sequence[Block[Thing]], first: int, last: int) -> list[Cell[Thing]]:
    """Return the cells between two visits: free, or what `others` show first there."""
    cells: list[Cell[Thing]] = []
    for minute in range(first, last, QUARTER):
        block = next(
            (one for one in others if one.begins < minute + QUARTER and one.ends > minute), None
        )
        kind = block.kind if block else FREE
        things = () if block is None or block.thing is None else (block.thing,)
        # Quarter hours that look alike become one cell.
        if cells and (cells[-1].kind, cells[-1].things) == (kind, things):
            cells[-1] = Cell(cells[-1].begins, minute + QUARTER, kind, things)
        else:
            cells.append(Cell(minute, minute + QUARTER, kind, things))
    return cells
