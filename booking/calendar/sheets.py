"""The desk's calendar as a table: a day by clinician or by room, and one clinician's week."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from booking.calendar.queries import Card, Stretch, stretch_of
from booking.calendar.table import (
    BUFFER,
    FREE,
    OFF,
    PAST,
    QUARTER,
    VISIT,
    Block,
    ByTheClock,
    Cell,
    Elapsed,
    column_cells,
)
from booking.models import Room
from booking.scheduling.clinic_days import ClinicDay
from booking.scheduling.intervals import Interval, merge, moment, span, subtract
from clinic.models.people import Clinician

# What a day without opening hours shows, in minutes since midnight.
OPENS, CLOSES = 8 * 60, 18 * 60
# A shorter gap fits no visit, and a link on it would only be one more stop for the keyboard.
SHORTEST_FREE_MINUTES = 30


@dataclass(frozen=True)
class ColumnHead:
    """The head of a column: a clinician or room (`name`), or a date with its number of visits.

    `opened` is when patients are seen: by this clinician, or in a room by anybody. Pairs of aware
    datetimes.
    """

    name: str = ""
    day: date | None = None
    opened: tuple[tuple[datetime, datetime], ...] = ()
    visits: int = 0
    is_today: bool = False


@dataclass(frozen=True)
class SheetCell:
    """One cell as the page shows it.

    `choice` names a free time that can be booked, in the form that `read_choice` reads; else empty.
    """

    head: ColumnHead
    kind: str
    rows: int
    starts_at: datetime
    ends_at: datetime
    cards: tuple[Card, ...] = ()
    label: str = ""
    choice: str = ""

    @property
    def minutes(self) -> int:
        """How many minutes the cell covers."""
        return self.rows * QUARTER

    @property
    def is_blank(self) -> bool:
        """Whether nothing stands in the cell; a narrow screen leaves it out."""
        return not (self.cards or self.choice or self.kind in {"off", "buffer"})


@dataclass(frozen=True)
class SheetRow:
    """A quarter hour with the cells that begin in it."""

    at: datetime
    is_hour: bool
    is_now: bool
    places: tuple[SheetCell, ...]


@dataclass(frozen=True)
class Sheet:
    """A calendar table and what it is drawn from.

    `visits` counts visits without holds; `free_minutes` is the time that is still free, of all
    columns. `is_plain` is false when the clocks change on one of the dates.
    """

    heads: tuple[ColumnHead, ...]
    rows: tuple[SheetRow, ...]
    visits: int
    holds: int
    free_minutes: int
    is_plain: bool
    stretch: Stretch


@dataclass(frozen=True)
class _Column:
    """One column before it is cut into cells: its visits, and when nobody is seen.

    `clinician_id` is None where free time cannot be booked by pressing on it. `ruler` turns
    instants into minutes.
    """

    head: ColumnHead
    day: ClinicDay
    cards: Sequence[Card]
    off: Sequence[tuple[Interval, str]]
    clinician_id: int | None
    ruler: Elapsed | ByTheClock

    def blocks(self, now: datetime) -> list[Block[Any]]:
        """Return what fills the column: the past, time off, visits and their buffers."""
        # A quarter hour that has begun is past from its first minute on.
        passed = self.ruler.minute_of(int(now.timestamp()) + 60)
        found: list[Block[Any]] = [Block(0, passed, PAST)]
        for (begins, ends), label in self.off:
            found.append(self._block((begins, ends), OFF, label))
        for card in self.cards:
            visit = card.visit
            found.append(self._block(span(visit.starts_at, visit.ends_at), VISIT, card))
            for buffer in ((visit.busy_from, visit.starts_at), (visit.ends_at, visit.busy_until)):
                found.append(self._block(span(*buffer), BUFFER))
        return found

    def _block(self, interval: Interval, kind: str, thing: Any = None) -> Block[Any]:
        """Return the block of an interval (seconds); a visit is at least one minute long."""
        begins, ends = (self.ruler.minute_of(edge) for edge in interval)
        # By the wall clock a visit in the hour that comes twice may seem to end before it starts.
        return Block(begins, max(ends, begins + 1) if kind == VISIT else ends, kind, thing)


def day_sheet(day: date, *, now: datetime, by_room: bool = False) -> Sheet:
    """Return one clinic date with a column for each clinician, or for each room.

    Its rows are quarter hours as they pass: a day on which the clocks change has 23 or 25 hours.
    """
    stretch = stretch_of(day, 1, now=now)
    [only_day] = stretch.days
    make_columns = _room_columns if by_room else _clinician_columns
    return _sheet(stretch, make_columns(stretch, only_day), Elapsed(only_day))


def week_sheet(monday: date, *, clinician: Clinician, now: datetime) -> Sheet:
    """Return the week of one clinician: a column for each date, a row for each quarter hour.

    Rows go by the wall clock, so that the dates line up. Saturday and Sunday are left out unless
    they have hours or visits.
    """
    stretch = stretch_of(monday, 7, now=now, clinician=clinician)
    columns = [
        column
        for day in stretch.days
        if (column := _date_column(stretch, day, clinician)).cards
        or column.head.opened
        or day.date.weekday() < 5
    ]
    # The rows' times are worked out on a date without a clock change: every wall time is there.
    plain = next(day for day in stretch.days if day.is_plain)
    return _sheet(stretch, columns, ByTheClock(plain))


def is_today(day: ClinicDay, now: datetime) -> bool:
    """Return whether `now` is on that clinic date."""
    return day.begins <= now.timestamp() < day.ends


def _clinician_columns(stretch: Stretch, day: ClinicDay) -> list[_Column]:
    """Return a column for each clinician of the stretch."""
    by_clinician: dict[int, list[Card]] = defaultdict(list)
    for card in stretch.cards:
        by_clinician[card.visit.clinician_id].append(card)
    window = day.begins, day.ends
    return [
        _Column(
            ColumnHead(one.name, opened=_opened(stretch, one.pk, window)),
            day,
            by_clinician[one.pk],
            stretch.off_of_clinician(one.pk, window),
            # Nobody can be booked with a clinician who no longer takes visits.
            one.pk if one.is_active else None,
            Elapsed(day),
        )
        for one in stretch.clinicians
    ]


def _room_columns(stretch: Stretch, day: ClinicDay) -> list[_Column]:
    """Return a column for each room that is given out or has a visit on that day."""
    by_room: dict[int, list[Card]] = defaultdict(list)
    for card in stretch.cards:
        by_room[card.visit.room_id].append(card)
    rooms = Room.objects.filter(is_active=True) | Room.objects.filter(pk__in=by_room)
    window = day.begins, day.ends
    # A column of a room is as long as any clinician sees patients, with or without visits.
    opened = [hours for who in stretch.clinicians for hours in _opened(stretch, who.pk, window)]
    return [
        _Column(
            ColumnHead(one.name, opened=tuple(sorted(opened))),
            day,
            by_room[one.pk],
            stretch.off_of_room(one.pk, window),
            # A free time in a room does not say with whom it would be booked.
            None,
            Elapsed(day),
        )
        for one in rooms
    ]


def _date_column(stretch: Stretch, day: ClinicDay, clinician: Clinician) -> _Column:
    """Return the column of one date of a clinician's week."""
    window = day.begins, day.ends
    cards = [card for card in stretch.cards if _is_on(card, day)]
    return _Column(
        ColumnHead(
            day=day.date,
            opened=_opened(stretch, clinician.pk, window),
            visits=_agreed(cards),
            is_today=is_today(day, stretch.now),
        ),
        day,
        cards,
        stretch.off_of_clinician(clinician.pk, window),
        clinician.pk if clinician.is_active else None,
        ByTheClock(day),
    )


def _is_on(card: Card, day: ClinicDay) -> bool:
    """Return whether the card's visit starts on that date."""
    return day.begins <= card.visit.starts_at.timestamp() < day.ends


def _agreed(cards: Iterable[Card]) -> int:
    """Return how many of the cards are visits, not holds."""
    return sum(card.visit.status != "held" for card in cards)


def _opened(
    stretch: Stretch, clinician_id: int, window: Interval
) -> tuple[tuple[datetime, datetime], ...]:
    """Return when a clinician sees patients within `window`: her hours without time off."""
    off = merge(interval for interval, _ in stretch.off_of_clinician(clinician_id, window))
    return tuple((moment(begins), moment(ends)) for begins, ends in subtract([window], off))


def _sheet(stretch: Stretch, columns: Sequence[_Column], ruler: Elapsed | ByTheClock) -> Sheet:
    """Return the table of these columns; `ruler` gives its rows their times."""
    # All columns have the same rows, so that a quarter hour is on one line across the page.
    first, last = _frame(columns)
    starting: dict[int, list[SheetCell]] = defaultdict(list)
    for column in columns:
        for minute, cell in _cells(column, stretch.now, first, last):
            starting[minute].append(cell)
    rows = []
    for minute in range(first, last, QUARTER):
        at = moment(ruler.instant_at(minute))
        is_now = at <= stretch.now < at + timedelta(minutes=QUARTER)
        rows.append(SheetRow(at, at.minute == 0, is_now, tuple(starting[minute])))
    free = sum(one.minutes for cells in starting.values() for one in cells if one.kind == FREE)
    agreed = _agreed(stretch.cards)
    return Sheet(
        tuple(column.head for column in columns),
        tuple(rows),
        agreed,
        len(stretch.cards) - agreed,
        free,
        all(day.is_plain for day in stretch.days),
        stretch,
    )


def _frame(columns: Sequence[_Column]) -> tuple[int, int]:
    """Return the first and last minute to show: full hours around all hours and visits."""
    edges: list[int] = []
    if not any(column.head.opened for column in columns):
        edges += [OPENS, CLOSES]
    for column in columns:
        for opened in column.head.opened:
            edges += [column.ruler.minute_of(edge) for edge in span(*opened)]
        for card in column.cards:
            visit = span(card.visit.starts_at, card.visit.ends_at)
            edges += [column.ruler.minute_of(edge) for edge in visit]
    first, last = min(edges), max(edges)
    # Down to a full hour and up to one (-(-n // 60) rounds up); at least one hour is shown.
    return first // 60 * 60, max(-(-last // 60) * 60, first // 60 * 60 + 60)


def _cells(
    column: _Column, now: datetime, first: int, last: int
) -> Iterable[tuple[int, SheetCell]]:
    """Yield the cells of one column, each with the minute at which it begins."""
    cells = column_cells(column.blocks(now), first=first, last=last)
    if column.clinician_id is None:
        # Free time has no link here, so lines at the full hours help the eye instead.
        cells = [part for cell in cells for part in _by_the_hour(cell)]
    for cell in cells:
        starts_at = moment(column.ruler.instant_at(cell.begins))
        ends_at = moment(column.ruler.instant_at(cell.ends))
        is_offered = cell.kind == FREE and cell.rows * QUARTER >= SHORTEST_FREE_MINUTES
        yield (
            cell.begins,
            SheetCell(
                column.head,
                cell.kind,
                cell.rows,
                starts_at,
                ends_at,
                cards=cell.things if cell.kind == VISIT else (),
                label=next(iter(cell.things), "") if cell.kind == OFF else "",
                choice=_choice(starts_at, column.clinician_id) if is_offered else "",
            ),
        )


def _by_the_hour(cell: Cell[Any]) -> list[Cell[Any]]:
    """Return a free cell cut at the full hours, any other cell as it is."""
    if cell.kind != FREE:
        return [cell]
    hours = range(cell.begins // 60 * 60 + 60, cell.ends, 60)
    return [Cell(*edges, FREE) for edges in pairwise([cell.begins, *hours, cell.ends])]


def _choice(starts_at: datetime, clinician_id: int | None) -> str:
    """Return the time and clinician as `read_choice` reads them, in UTC; empty without one."""
    if clinician_id is None:
        return ""
    return f"{starts_at.astimezone(UTC):%Y-%m-%dT%H:%MZ}|{clinician_id}"
