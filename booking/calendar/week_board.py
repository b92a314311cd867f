"""The week of all clinicians on one page: a row for each, a cell for each date."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from booking.calendar.queries import Card, Stretch, stretch_of
from booking.calendar.sheets import ColumnHead, is_today
from booking.calendar.table import QUARTER
from booking.scheduling.intervals import merge, overlaps, span, subtract
from clinic.models.people import Clinician


@dataclass(frozen=True)
class BoardCell:
    """One clinician's date: her visits in order, how long she is open, what of that is free."""

    head: ColumnHead
    cards: tuple[Card, ...]
    open_minutes: int
    free_minutes: int
    label: str


@dataclass(frozen=True)
class BoardRow:
    """One clinician's week."""

    clinician: Clinician
    cells: tuple[BoardCell, ...]
    visits: int


@dataclass(frozen=True)
class Board:
    """The week: `visits` counts what was agreed, `free_minutes` what is still to give."""

    heads: tuple[ColumnHead, ...]
    rows: tuple[BoardRow, ...]
    visits: int
    free_minutes: int
    stretch: Stretch


def week_board(monday: date, *, now: datetime) -> Board:
    """Return the week of everybody; a weekend on which nobody works is left out."""
    stretch = stretch_of(monday, 7, now=now)
    cards: dict[tuple[int, date], list[Card]] = defaultdict(list)
    for card in stretch.cards:
        day = next(d for d in stretch.days if card.visit.starts_at.timestamp() < d.ends)
        cards[card.visit.clinician_id, day.date].append(card)
    heads = tuple(ColumnHead(day=day.date, is_today=is_today(day, now)) for day in stretch.days)
    rows = [_row(stretch, one, heads, cards) for one in stretch.clinicians]
    used = [
        n
        for n, head in enumerate(heads)
        if (head.day and head.day.weekday() < 5)
        or any(row.cells[n].cards or row.cells[n].open_minutes for row in rows)
    ]
    shown = [BoardRow(row.clinician, tuple(row.cells[n] for n in used), row.visits) for row in rows]
    free = sum(cell.free_minutes for row in shown for cell in row.cells)
    visits = sum(row.visits for row in rows)
    return Board(tuple(heads[n] for n in used), tuple(shown), visits, free, stretch)


def _row(
    stretch: Stretch,
    clinician: Clinician,
    heads: tuple[ColumnHead, ...],
    cards: dict[tuple[int, date], list[Card]],
) -> BoardRow:
    cells = []
    for day, head in zip(stretch.days, heads, strict=True):
        window, own = (day.begins, day.ends), cards.get((clinician.pk, day.date), [])
        off = stretch.off_of_clinician(clinician.pk, window)
        opened = subtract([window], merge(interval for interval, _ in off))
        past = (day.begins, _next_quarter(stretch.now))
        busy = [span(card.visit.busy_from, card.visit.busy_until) for card in own]
        free = subtract(opened, merge([*busy, past]))
        cells.append(
            BoardCell(
                head,
                tuple(own),
                sum(end - begin for begin, end in opened) // 60,
                sum(end - begin for begin, end in free) // 60,
                next((label for closed, label in off if label and overlaps([closed], *window)), ""),
            )
        )
    agreed = sum(card.visit.status != "held" for cell in cells for card in cell.cards)
    return BoardRow(clinician, tuple(cells), agreed)


def _next_quarter(now: datetime) -> int:
    """Return when the running quarter hour is over: as on the day, it counts as past."""
    return (int(now.timestamp()) // (QUARTER * 60) + 1) * QUARTER * 60
