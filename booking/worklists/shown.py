"""What of a list somebody asked to see: with whom, in which order, and which page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator

from booking.scheduling.slot_choices import read_number
from booking.worklists.cells import cell_words, sort_key
from booking.worklists.queries import WITH, DeskList, WorkListRow
from clinic.web.paging import PAGE_SIZE


@dataclass(frozen=True)
class Heading:
    """A column's name, its order ("ascending", "descending" or none), and how to sort by it."""

    name: str
    order: str
    query: str


@dataclass(frozen=True)
class ShownList:
    """The rows of a list that were asked for, all of them, in their order.

    `clinicians` are those to choose from, `clinician` the chosen one, empty for all. `sort` is the
    number of a column, from 1, negative for the last value first; 0 is the list's own order.
    """

    of: DeskList
    rows: Sequence[WorkListRow]
    clinicians: Sequence[str]
    clinician: str
    sort: int

    @property
    def query(self) -> str:
        """The choice as the query of an address, without the page."""
        said = {"with": self.clinician, "sort": str(self.sort or "")}
        return urlencode({name: value for name, value in said.items() if value})

    @property
    def headings(self) -> list[Heading]:
        """The columns, each with the query that sorts by it, or the other way round."""
        headings = []
        for number, name in enumerate(map(str, self.of.columns), start=1):
            order = {number: "ascending", -number: "descending"}.get(self.sort, "")
            said = {"with": self.clinician, "sort": str(-number if self.sort == number else number)}
            headings.append(
                Heading(name, order, urlencode({key: one for key, one in said.items() if one}))
            )
        return headings

    def page(self, number: str | None) -> Page[WorkListRow]:
        """Return one page. What is no number means the first page, one too large the last."""
        return Paginator(self.rows, PAGE_SIZE).get_page(number)


def shown_list(of: DeskList, rows: Sequence[WorkListRow], asked: Mapping[str, str]) -> ShownList:
    """Return what of the rows is asked for. What cannot be read was not asked."""
    column = of.columns.index(WITH) if WITH in of.columns else None
    clinicians: list[str] = []
    clinician = ""
    if column is not None:
        clinicians = sorted({cell_words(row.cells[column]) for row in rows} - {""})
        clinician = asked.get("with", "")
        if clinician in clinicians:
            rows = [row for row in rows if row.cells[column] == clinician]
        else:
            clinician = ""
    sort = _column(asked.get("sort", ""), len(of.columns))
    if sort:
        rows = _sorted(rows, sort)
    return ShownList(of, rows, clinicians, clinician, sort)


def _sorted(rows: Sequence[WorkListRow], sort: int) -> list[WorkListRow]:
    """Return the rows by that column; rows without a value are last in both directions."""
    column = abs(sort) - 1
    keyed = [(sort_key(row.cells[column]), row) for row in rows]
    full = [(key, row) for key, row in keyed if key[1] != ""]
    empty = [row for key, row in keyed if key[1] == ""]
    full.sort(key=lambda one: one[0], reverse=sort < 0)
    return [*(row for _key, row in full), *empty]


def _column(said: str, columns: int) -> int:
    """Return the number of the column, negative for the other direction; 0 for none of them."""
    number = read_number(said.removeprefix("-"))
    if number is None or number > columns:
        return 0
    return -number if said.startswith("-") else number
