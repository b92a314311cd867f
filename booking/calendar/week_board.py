"""The week of all clinicians on one page: a row for each clinician, a cell for each date."""

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
    """One clinician's date: her visits in order, and how many minutes she is open and free.

    `label` is that of the first closure of the date that has one.
    """

    head: ColumnHead
    cards: tuple[Card, ...]
    open_minutes: int
    free_minutes: int
    label: str

    @property
    def is_blank(self) -> bool:
        """Whether nothing stands in the cell; a narrow screen leaves it out."""
        return bool(self.open_minutes) and not (self.cards or self.label or self.free_minutes)


@dataclass(frozen=True)
class BoardRow:
    """One clinician's week. `visits` counts visits without holds."""

    clinician: Clinician
    cells: tuple[BoardCell, ...]
    visits: int


@dataclass(frozen=True)
class Board:
    """The week of all clinicians.

    `visits` counts visits without holds; `free_minutes` is the time that is still free.
    """

    heads: tuple[ColumnHead, ...]
    rows: tuple[BoardRow, ...]
    visits: int
    free_minutes: int
    stretch: Stretch


def week_board(monday: date, *, now: datetime) -> Board:
    """Return the week of all clinicians.

    Saturday and Sunday are left out unless somebody has hours or visits.
    """
    stretch = stretch_of(monday, 7, now=now)
    cards: dict[tuple[int, date], list[Card]] = defaultdict(list)
    for card in stretch.cards:
        # The dates are in order: a visit belongs to the first one that ends after its start.
        day = next(d for d in stretch.days if card.visit.starts_at.timestamp() < d.ends)
        cards[card.visit.clinician_id, day.date].append(card)
    heads = tuple(ColumnHead(day=day.date, is_today=is_today(day, now)) for day in stretch.days)
    rows = [_row(stretch, one, heads, cards) for one in stretch.clinicians]
    # The positions of the dates that are shown, in `heads` and in every row alike.
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
    """Return the row of one clinician, with a cell for each of `heads`."""
    cells = []
    for day, head in zip(stretch.days, heads, strict=True):
        window, own = (day.begins, day.ends), cards.get((clinician.pk, day.date), [])
        off = stretch.off_of_clinician(clinician.pk, window)
        opened = subtract([window], merge(interval for interval, _ in off))
        # An interval that ends before it begins, on a day ahead, is dropped by `merge`.
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
    # A hold is shown but is not yet a visit.
    agreed = sum(card.visit.status != "held" for cell in cells for card in cell.cards)
    return BoardRow(clinician, tuple(cells), agreed)


def _next_quarter(now: datetime) -> int:
    """Return the end of the running quarter hour, in seconds since 1970.

    A quarter hour that has begun counts as past, as it does on the day's page.
    """
    return (int(now.timestamp()) // (QUARTER * 60) + 1) * QUARTER * 60
