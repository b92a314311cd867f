"""Take files in: each row is stored, sealed, before anything is looked at."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from booking.models import ImportRow, ImportRun
from booking.moving_in.files.formats import (
    FORMATS,
    KINDS,
    TEMPLATE,
    Format,
    Kind,
    Layout,
    format_of,
    unread,
)
from booking.moving_in.files.rows import PatientRow, RowRefused, read_patient
from booking.moving_in.files.tables import FileTable, NoTable, cell_of, read_table
from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried
from clinic.identity.fields import read_email
from clinic.identity.same_person import ComparedContact
from clinic.models.people import User

BATCH = 1000
# A line with fewer or more cells than the line of names: what stands in which column is unknown.
TORN = "torn"


@dataclass(frozen=True)
class _File:
    table: FileTable
    format: Format


class FileRefused(Exception):
    """A file cannot be taken; `kind` says which, `code` and `found` why. Nothing is stored."""

    def __init__(self, kind: Kind, code: str, found: str = "") -> None:
        super().__init__(f"{kind}: {code}")
        self.kind, self.code, self.found = kind, code, found


def begin_run(
    *,
    files: Mapping[Kind, bytes],
    wanted: str,
    zone: str,
    by: User | None,
    context: Context,
) -> ImportRun:
    """Store the rows of these files and return the run, which is looked through next.

    `wanted` is the key of a format, or "" to find it by the columns of each file. Raises
    FileRefused.
    """
    found = {kind: _read(kind, files[kind], wanted) for kind in KINDS if kind in files}
    return _store(found, zone=zone, by=by, context=context)


def _read(kind: Kind, data: bytes, wanted: str) -> _File:
    try:
        table = read_table(data)
    except NoTable as problem:
        raise FileRefused(kind, problem.code, problem.found) from None
    fmt = format_of(kind, table.names, wanted=wanted)
    if fmt is None:
        raise FileRefused(kind, "no_format", _lacking(kind, table, wanted))
    return _File(table, fmt)


def _lacking(kind: Kind, table: FileTable, wanted: str) -> str:
    """Return which columns are missing, of the format that was asked for or of our template."""
    asked = FORMATS[wanted].files.get(kind) if wanted else None
    return ", ".join((asked or TEMPLATE.files[kind]).lacks(table.names))


@retried
def _store(
    found: Mapping[Kind, _File], *, zone: str, by: User | None, context: Context
) -> ImportRun:
    run = ImportRun(status=ImportRun.Status.JUDGING, zone=zone, by=by, made_at=context.now)
    run.files = {
        kind: {
            "format": one.format.key,
            "unread": unread(one.format.files[kind], one.table.names),
            "rows": len(one.table.lines),
        }
        for kind, one in found.items()
    }
    run.save()
    for kind, one in found.items():
        ImportRow.objects.bulk_create(_rows(run, kind, one), batch_size=BATCH)
    counts = ", ".join(f"{len(one.table.lines)} {kind}" for kind, one in found.items())
    record(context.actor, "read files to move in", run, reason=counts)
    return run


def _rows(run: ImportRun, kind: Kind, file: _File) -> Iterator[ImportRow]:
    """Yield the rows, with the cells of the columns that are read and no others."""
    read = set(file.format.files[kind].read)
    names = [one if one in read else "" for one in file.table.names]
    for number, cells in file.table.lines:
        is_torn = len(cells) < len(names) or any(cells[len(names) :])
        yield ImportRow(
            run=run,
            kind=kind,
            line=number,
            position=number,
            reason=TORN if is_torn else "",
            cells=cell_of(names, cells),
        )


def layouts_of(run: ImportRun) -> dict[Kind, Layout]:
    """Return how each file of the run is read."""
    files = cast("Mapping[Kind, Mapping[str, str]]", run.files)
    return {kind: FORMATS[one["format"]].files[kind] for kind, one in files.items()}


def patient_in(row: ImportRow, layout: Layout, today: date) -> PatientRow:
    """Return the patient in a row, with her e-mail as it is stored. Raises RowRefused."""
    found = read_patient(row.cells, layout, today=today)
    contact = with_email(found.contact)
    return PatientRow(found.number, contact, found.interpreter)


def with_email(contact: ComparedContact) -> ComparedContact:
    """Return the contact with its e-mail as it is stored. Raises RowRefused."""
    email = read_email(contact.email) if contact.email else ""
    if contact.email and not email:
        raise RowRefused("email")
    return ComparedContact(contact.name, contact.born_on, contact.phone, email)


def is_over(run: ImportRun, now: datetime) -> bool:
    """Return whether it is too late to take the run back."""
    return run.undo_until is None or run.undo_until <= now
