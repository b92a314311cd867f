"""What the pages of an import show, as values."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.db.models import Count, QuerySet

from booking.models import ImportRow, ImportRun
from booking.moving_in.files.formats import FORMATS, KINDS, Format
from booking.moving_in.files.rows import RowRefused
from booking.moving_in.reading import is_over, layouts_of, patient_in
from booking.moving_in.words import reason_words
from clinic.known_patients.queries import LikelyMatch, likely_matches_of
from clinic.models.people import Patient
from clinic.practice.wall_time import clinic_date
from clinic.web.paging import PAGE_SIZE, beyond

_ORDER = ("kind", "line", "pk")
Status = ImportRow.Status


@dataclass(frozen=True)
class KindCounts:
    """How many rows of a kind are in which state; `unread` are the columns that were not read."""

    kind: str
    title: Any
    format: Format | None
    counts: Sequence[tuple[str, Any, int]]
    rows: int
    unread: Sequence[str]


@dataclass(frozen=True)
class RunView:
    """A run with its counts. `done` of `all` rows are through with the work that is under way."""

    run: ImportRun
    kinds: Sequence[KindCounts]
    done: int
    all: int
    waits: int
    stays: int
    may_undo: bool

    @property
    def is_at_work(self) -> bool:
        return self.run.status in ("judging", "importing", "undoing")

    @property
    def share(self) -> int:
        """How many of a hundred are done."""
        return 100 * self.done // self.all if self.all else 0


def run_view(run: ImportRun, now: datetime) -> RunView:
    """Return the run as it is now. One statement."""
    counted: dict[str, dict[str, int]] = defaultdict(dict)
    rows = run.rows.order_by().values_list("kind", "status").annotate(count=Count("pk"))
    for kind, status, count in rows:
        counted[kind][status] = count
    files = cast("Mapping[str, Mapping[str, Any]]", run.files or {})
    kinds = [_counts(kind, counted[kind], files.get(kind, {})) for kind in KINDS if kind in counted]
    total = {status: sum(one.get(status, 0) for one in counted.values()) for status in Status}
    everything = sum(total.values())
    left = {
        "judging": total[Status.READ],
        "importing": total[Status.NEW] + total[Status.KNOWN] + total[Status.UNCLEAR],
        "undoing": total[Status.MADE],
    }.get(run.status, 0)
    return RunView(
        run,
        kinds,
        everything - left,
        everything,
        total[Status.WAITS],
        total[Status.STAYS],
        run.status == ImportRun.Status.IMPORTED and not is_over(run, now),
    )


def _counts(kind: str, counted: Mapping[str, int], file: Mapping[str, Any]) -> KindCounts:
    return KindCounts(
        kind,
        ImportRow.Kind(kind).label,
        FORMATS.get(str(file.get("format", ""))),
        [(one.value, one.label, counted[one]) for one in Status if one in counted],
        sum(counted.values()),
        cast("Sequence[str]", file.get("unread", ())),
    )


@dataclass(frozen=True)
class RowView:
    """One row: what stands in it, its state in words, and who she may be if that is unclear."""

    row: ImportRow
    cells: Sequence[tuple[str, str]]
    reason: Any
    alike: Sequence[LikelyMatch]

    @property
    def asks(self) -> bool:
        """Whether a person may say who she is."""
        return self.row.kind == ImportRow.Kind.PATIENTS and bool(
            self.row.status == Status.UNCLEAR or self.row.is_chosen
        )


@dataclass(frozen=True)
class RowPage:
    """Up to fifty rows; `next_after` is the id after which the next page begins, or None."""

    rows: Sequence[RowView]
    next_after: UUID | None

    @property
    def patients(self) -> list[UUID | None]:
        """Whose data the page shows, of those who are known here."""
        known: list[UUID | None] = [one.row.patient_id for one in self.rows]
        return [*known, *(match.patient.pk for one in self.rows for match in one.alike)]


def row_page(run: ImportRun, *, kind: str, status: str, after: UUID | None) -> RowPage:
    """Return a page of the run's rows, of a kind and a state if they are named.

    Raises ImportRow.DoesNotExist when no such row has the id `after`.
    """
    rows: QuerySet[ImportRow] = run.rows.select_related("patient")
    if kind:
        rows = rows.filter(kind=kind)
    if status:
        rows = rows.filter(status=status)
    found = list(rows.filter(beyond(_ORDER, rows, after)).order_by(*_ORDER)[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    layouts, today = (
        layouts_of(run) if run.files else {},
        clinic_date(run.made_at, settings.CLINIC_TIME_ZONE),
    )
    views = []
    for row in shown:
        alike: list[LikelyMatch] = []
        if row.kind == "patients" and row.status == Status.UNCLEAR and row.cells is not None:
            try:
                alike = likely_matches_of(patient_in(row, layouts["patients"], today).contact)
            except RowRefused:
                alike = []
        views.append(RowView(row, cells_of(row), reason_words(row.reason), alike))
    return RowPage(views, shown[-1].pk if len(found) > PAGE_SIZE else None)


def cells_of(row: ImportRow) -> list[tuple[str, str]]:
    """Return what stands in the row, by column; nothing once it was emptied."""
    return list(cast("Mapping[str, str]", row.cells or {}).items())


def waiting_rows() -> QuerySet[ImportRow]:
    """Return the rows that wait for a person, in the order of the files."""
    rows = ImportRow.objects.filter(status=Status.WAITS).select_related(
        "patient__merged_into", "run"
    )
    return rows.order_by("run__made_at", "kind", "position", "line")


def patient_of(row: ImportRow) -> Patient | None:
    """Return who the row is about, whose row may have been merged since."""
    return row.patient.home if row.patient is not None else None
