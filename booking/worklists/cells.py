"""The cells of the desk’s lists: kept as values, shown in words, sorted and filed as values."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from clinic.templatetags.look import day, dollars, in_full


class Cents(int):
    """An amount of money in cents."""


# A datetime is aware; a date is one of the clinic's. The empty text is a cell without a value.
Cell = str | datetime | date | Cents | int


def cell_words(cell: Cell) -> str:
    """Return the cell as people read it, on screen and in a file."""
    if isinstance(cell, datetime):
        return in_full(cell)
    if isinstance(cell, date):
        return day(cell)
    return dollars(cell) if isinstance(cell, Cents) else str(cell)


def sort_key(cell: Cell) -> tuple[int, Any]:
    """Return what the cell is sorted by: its value; of a column, cells without one come last."""
    if isinstance(cell, str):
        return (2, "") if not cell else (1, cell.casefold())
    if isinstance(cell, date) and not isinstance(cell, datetime):
        return 0, datetime(cell.year, cell.month, cell.day, tzinfo=_zone())
    return 0, cell


def file_header(columns: Sequence[Any], times: Iterable[int], dates: Iterable[int]) -> list[str]:
    """Return the names of a file's columns: beside each with times or dates those in ISO form."""
    header: list[str] = []
    for number, name in enumerate(map(str, columns)):
        header.append(name)
        if number in times:
            header += [
                _("%(column)s, date") % {"column": name},
                _("%(column)s, time") % {"column": name},
            ]
        elif number in dates:
            header.append(_("%(column)s, date") % {"column": name})
    return header


def file_row(cells: Sequence[Cell], times: Iterable[int], dates: Iterable[int]) -> list[str]:
    """Return a row of that file: words, and for times YYYY-MM-DD and HH:MM at the clinic."""
    row: list[str] = []
    for number, cell in enumerate(cells):
        row.append(cell_words(cell))
        if number in times:
            wall = cell.astimezone(_zone()) if isinstance(cell, datetime) else None
            row += [f"{wall:%Y-%m-%d}", f"{wall:%H:%M}"] if wall else ["", ""]
        elif number in dates:
            row.append(cell.isoformat() if isinstance(cell, date) else "")
    return row


def _zone() -> ZoneInfo:
    return ZoneInfo(settings.CLINIC_TIME_ZONE)
