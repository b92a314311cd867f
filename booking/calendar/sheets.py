"""The desk's calendar: a day with a column for each clinician or room, and weeks."""

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

OPENS, CLOSES = 8 * 60, 18 * 60
# A shorter gap fits no visit and would only be one more stop for the keyboard.
SHORTEST_FREE_MINUTES = 30


@dataclass(frozen=True)
class ColumnHead:
    """The head of a column: a clinician or room, or a date with its visits.

    `opened` is when patients are seen: by this clinician, or in a room by anybody.
    """

    name: str = ""
    day: date | None = None
    opened: tuple[tuple[datetime, datetime], ...] = ()
    visits: int = 0
    is_today: bool = False


@dataclass(frozen=True)
class SheetCell:
    """One cell as the page shows it. `choice` names a free time for booking it, if it can be."""

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
        return self.rows * QUARTER


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

    `visits` counts what was agreed, `free_minutes` what is still to give.
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
    """One column before it is cut: its visits, and when nobody is seen."""

    head: ColumnHead
    day: ClinicDay
    cards: Sequence[Card]
    off: Sequence[tuple[Interval, str]]
    clinician_id: int | None
    ruler: Elapsed | ByTheClock

    def blocks(self, now: datetime) -> list[Block[Any]]:
        # A quarter hour that has begun is past from its first minute on.
        passed = self.ruler.place_of(int(now.timestamp()) + 60)
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
        begins, ends = (self.ruler.place_of(edge) for edge in interval)
        return Block(begins, max(ends, begins + 1) if kind == VISIT else ends, kind, thing)


def day_sheet(day: date, *, now: datetime, by_room: bool = False) -> Sheet:
    """Return one clinic date, a column for each clinician or room.

    Its rows are quarter hours as they pass: a day on which the clocks change has 23 or 25 hours.
    """
    stretch = stretch_of(day, 1, now=now)
    [on] = stretch.days
    columns = _room_columns(stretch, on) if by_room else _clinician_columns(stretch, on)
    return _sheet(stretch, columns, Elapsed(on))


def week_sheet(monday: date, *, clinician: Clinician, now: datetime) -> Sheet:
    """Return the week of one clinician, a column for each date, rows by the wall clock.

    A weekend without hours or visits is left out.
    """
    stretch = stretch_of(monday, 7, now=now, clinician=clinician)
    columns = [
        column
        for day in stretch.days
        if (column := _date_column(stretch, day, clinician)).cards
        or column.head.opened
        or day.date.weekday() < 5
    ]
    plain = next(day for day in stretch.days if day.is_plain)
    return _sheet(stretch, columns, ByTheClock(plain))


def is_today(day: ClinicDay, now: datetime) -> bool:
    """Tell whether `now` is on that clinic date."""
    return day.begins <= now.timestamp() < day.ends


def _clinician_columns(stretch: Stretch, day: ClinicDay) -> list[_Column]:
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
            one.pk if one.is_active else None,
            Elapsed(day),
        )
        for one in stretch.clinicians
    ]


def _room_columns(stretch: Stretch, day: ClinicDay) -> list[_Column]:
    by_room: dict[int, list[Card]] = defaultdict(list)
    for card in stretch.cards:
        by_room[card.visit.room_id].append(card)
    rooms = Room.objects.filter(is_active=True) | Room.objects.filter(pk__in=by_room)
    window = day.begins, day.ends
    # A room without visits is worth seeing for as long as somebody could be in it.
    opened = [hours for who in stretch.clinicians for hours in _opened(stretch, who.pk, window)]
    return [
        _Column(
            ColumnHead(one.name, opened=tuple(sorted(opened))),
            day,
            by_room[one.pk],
            stretch.off_of_room(one.pk, window),
            None,
            Elapsed(day),
        )
        for one in rooms
    ]


def _date_column(stretch: Stretch, day: ClinicDay, clinician: Clinician) -> _Column:
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
    return day.begins <= card.visit.starts_at.timestamp() < day.ends


def _agreed(cards: Iterable[Card]) -> int:
    return sum(card.visit.status != "held" for card in cards)


def _opened(
    stretch: Stretch, clinician_id: int, window: Interval
) -> tuple[tuple[datetime, datetime], ...]:
    """When she sees patients on that date: her hours without time off."""
    off = merge(interval for interval, _ in stretch.off_of_clinician(clinician_id, window))
    return tuple((moment(begins), moment(ends)) for begins, ends in subtract([window], off))


def _sheet(stretch: Stretch, columns: Sequence[_Column], ruler: Elapsed | ByTheClock) -> Sheet:
    first, last = _frame(columns)
    starting: dict[int, list[SheetCell]] = defaultdict(list)
    for column in columns:
        for place, cell in _places(column, stretch.now, first, last):
            starting[place].append(cell)
    rows = []
    for place in range(first, last, QUARTER):
        at = moment(ruler.instant_at(place))
        is_now = at <= stretch.now < at + timedelta(minutes=QUARTER)
        rows.append(SheetRow(at, at.minute == 0, is_now, tuple(starting[place])))
    free = sum(one.minutes for places in starting.values() for one in places if one.kind == FREE)
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
    """The first and the last place to show, on full hours: all opening hours and all visits."""
    edges: list[int] = []
    if not any(column.head.opened for column in columns):
        edges += [OPENS, CLOSES]
    for column in columns:
        for opened in column.head.opened:
            edges += [column.ruler.place_of(edge) for edge in span(*opened)]
        for card in column.cards:
            visit = span(card.visit.starts_at, card.visit.ends_at)
            edges += [column.ruler.place_of(edge) for edge in visit]
    first, last = min(edges), max(edges)
    return first // 60 * 60, max(-(-last // 60) * 60, first // 60 * 60 + 60)


def _places(
    column: _Column, now: datetime, first: int, last: int
) -> Iterable[tuple[int, SheetCell]]:
    cells = column_cells(column.blocks(now), first=first, last=last)
    if column.clinician_id is None:
        # Nothing to press in free time here: the hours give the eye a hold.
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
    if cell.kind != FREE:
        return [cell]
    hours = range(cell.begins // 60 * 60 + 60, cell.ends, 60)
    return [Cell(*edges, FREE) for edges in pairwise([cell.begins, *hours, cell.ends])]


def _choice(starts_at: datetime, clinician_id: int | None) -> str:
    if clinician_id is None:
        return ""
    return f"{starts_at.astimezone(UTC):%Y-%m-%dT%H:%MZ}|{clinician_id}"
