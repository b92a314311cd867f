"""The dry run: each row is judged and the judgement stored. Nothing is written elsewhere."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from booking.models import Appointment, Enrollment, ImportRow, ImportRun
from booking.moving_in.entering.states import write_states
from booking.moving_in.entering.words_of_files import guessed_words
from booking.moving_in.files.formats import Kind, Layout
from booking.moving_in.files.likeness import ByPairs, likeness
from booking.moving_in.files.rows import RowLeft, RowRefused, read_package, read_visit
from booking.moving_in.reading import TORN, layouts_of, patient_in, with_email
from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried
from clinic.identity.same_person import ComparedContact
from clinic.known_patients.queries import contact_of, rows_near
from clinic.models.people import Patient
from clinic.practice.wall_time import clinic_date

BATCH = 500
Status = ImportRow.Status
# What a number that two people have leads to.
TWO_PEOPLE = -1


@dataclass
class _WhoIsKnown:
    """Who is known, here and in the file so far."""

    in_file: ByPairs = field(default_factory=ByPairs)
    here: ByPairs = field(default_factory=ByPairs)
    # By what the file calls her; and by the line of a row that is somebody known here.
    lines: dict[str, int] = field(default_factory=dict)
    patients: dict[int, UUID] = field(default_factory=dict)
    refused: set[int] = field(default_factory=set)


def judge(*, run_id: UUID, context: Context) -> None:
    """Judge every row of the run that is not judged yet, and propose what its words mean here.

    Broken off at any moment and run again, or by two at once, it comes to the same: the rows are
    read without a lock, and each batch of judgements is written in a transaction of its own.
    """
    run = ImportRun.objects.get(pk=run_id)
    if run.status != ImportRun.Status.JUDGING:
        return
    layouts, known, words = layouts_of(run), _WhoIsKnown(), _Words()
    for kind, judge_all in _JUDGES.items():
        if kind in layouts:
            rows = list(run.rows.filter(kind=kind).order_by("line"))
            judge_all(rows, layouts[kind], known, words, run, context.now)
            for some in _batches([one for one in rows if one._status_read == Status.READ]):
                _write(run.pk, some)
    _finish(run_id=run_id, words=words, context=context)


@retried
def _write(run_id: UUID, rows: Sequence[ImportRow]) -> None:
    ImportRun.objects.select_for_update().get(pk=run_id)
    unjudged = ImportRow.objects.filter(pk__in=[one.pk for one in rows], status=Status.READ)
    still = set(unjudged.values_list("pk", flat=True))
    mine = [one for one in rows if one.pk in still]
    write_states(mine, ["of_line", "patient"])
    # Patients and packages are imported in the order of their lines, which they have already.
    placed = [one for one in mine if one.position != one.line]
    if placed:
        ImportRow.objects.bulk_update(placed, ["position"])


@retried
def _finish(*, run_id: UUID, words: "_Words", context: Context) -> None:
    run = ImportRun.objects.select_for_update().get(pk=run_id)
    if run.status != ImportRun.Status.JUDGING or run.rows.filter(status=Status.READ).exists():
        return
    run.words = guessed_words(words.services, words.clinicians, words.packages)
    run.status = ImportRun.Status.JUDGED
    run.save(update_fields=["words", "status"])
    counts = Counter(run.rows.values_list("status", flat=True))
    said = ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
    record(context.actor, "look through files", run, reason=said)


@dataclass
class _Words:
    """What the file calls services, clinicians and packages, in rows that would be imported."""

    services: set[str] = field(default_factory=set)
    clinicians: set[str] = field(default_factory=set)
    packages: set[str] = field(default_factory=set)


# --- Patients -------------------------------------------------------------------------------------


def _judge_patients(
    rows: Sequence[ImportRow],
    layout: Layout,
    known: _WhoIsKnown,
    words: _Words,
    run: ImportRun,
    now: datetime,
) -> None:
    today = clinic_date(now, settings.CLINIC_TIME_ZONE)
    read: dict[int, tuple[str, ComparedContact]] = {}
    for row in rows:
        try:
            _check_whole(row)
            found = patient_in(row, layout, today)
        except RowRefused as problem:
            _refuse(row, problem)
            known.refused.add(row.line)
            _note_number(known, _number_in(row, layout), row.line)
        else:
            read[row.line] = found.number, found.contact
    _look_up((contact for _number, contact in read.values()), known)
    for row in rows:
        if row.line in read:
            _judge_patient(row, *read[row.line], known)


def _judge_patient(
    row: ImportRow, number: str, contact: ComparedContact, known: _WhoIsKnown
) -> None:
    here = likeness(contact, known.here.near(contact))
    before = known.in_file.near(contact)
    in_file = likeness(contact, before)
    if row._status_read != Status.READ:
        # Judged before: what is here may be herself by now.
        pass
    elif here.surely is not None:
        _set(row, Status.KNOWN, patient_id=here.surely)
    elif here.likely:
        _set(row, Status.UNCLEAR, "like_known")
    elif in_file.surely is not None:
        _set(row, Status.KNOWN, "twice_in_file", of_line=in_file.surely)
    elif in_file.likely:
        _set(row, Status.UNCLEAR, "like_line", of_line=next(iter(before)))
    else:
        _set(row, Status.NEW)
    line = row.of_line if row.reason == "twice_in_file" and row.of_line else row.line
    if row.patient_id is not None:
        known.patients[row.line] = row.patient_id
    if line == row.line:
        known.in_file.add(row.line, contact)
    _note_number(known, number, line)


def _note_number(known: _WhoIsKnown, number: str, line: int) -> None:
    if number and known.lines.setdefault(number, line) != line:
        known.lines[number] = TWO_PEOPLE


def _number_in(row: ImportRow, layout: Layout) -> str:
    names = layout.columns.get("number", ())
    return next((row.cells[one] for one in names if row.cells.get(one)), "")


def _look_up(contacts: Iterable[ComparedContact], known: _WhoIsKnown) -> None:
    """Find whoever is here and agrees with any of these in two fields, in one statement a batch."""
    seen: set[UUID] = set()
    for some in _batches(list(contacts)):
        for patient in rows_near(some):
            if patient.pk not in seen:
                seen.add(patient.pk)
                known.here.add(patient.pk, contact_of(patient))


# --- What belongs to a patient --------------------------------------------------------------------


@dataclass(frozen=True)
class _Whose:
    """Whose a row is: a line of the file, a patient known here, or neither, with the reason."""

    of_line: int | None = None
    patient_id: UUID | None = None
    status: str = ""
    reason: str = ""


def _whose(number: str, contact: ComparedContact, known: _WhoIsKnown) -> _Whose:
    if number and (line := known.lines.get(number)) is not None:
        if line == TWO_PEOPLE:
            return _Whose(status=Status.REFUSED, reason="number_twice")
        if line in known.refused:
            return _Whose(status=Status.REFUSED, reason="patient_refused")
        return _Whose(of_line=line, patient_id=known.patients.get(line))
    in_file = likeness(contact, known.in_file.near(contact))
    here = likeness(contact, known.here.near(contact))
    if in_file.surely is not None:
        line = _line(in_file.surely)
        return _Whose(of_line=line, patient_id=known.patients.get(line))
    if here.surely is not None:
        return _Whose(patient_id=_key(here.surely))
    if in_file.likely or here.likely:
        return _Whose(status=Status.UNCLEAR, reason="who")
    return _Whose(status=Status.REFUSED, reason="no_patient")


def _line(key: Any) -> int:
    assert isinstance(key, int)
    return key


def _key(key: Any) -> UUID:
    assert isinstance(key, UUID)
    return key


def _judge_visits(
    rows: Sequence[ImportRow],
    layout: Layout,
    known: _WhoIsKnown,
    words: _Words,
    run: ImportRun,
    now: datetime,
) -> None:
    read = {}
    for row in rows:
        try:
            _check_whole(row)
            visit = read_visit(row.cells, layout, zone=run.zone, now=now)
            read[row.line] = visit, with_email(visit.contact)
        except RowRefused as problem:
            _refuse(row, problem)
    _look_up((contact for _visit, contact in read.values()), known)
    owners = {
        row.line: _whose(read[row.line][0].number, read[row.line][1], known)
        for row in rows
        if row.line in read
    }
    ids = {one.patient_id for one in owners.values() if one.patient_id is not None}
    there = _visits_of(ids)
    seen: set[tuple[object, datetime]] = set()
    in_order = sorted(read, key=lambda line: (read[line][0].starts_at, line))
    positions = {line: place for place, line in enumerate(in_order)}
    for row in rows:
        if row.line not in read:
            continue
        visit, whose = read[row.line][0], owners[row.line]
        row.position, row.of_line, row.patient_id = (
            positions[row.line],
            whose.of_line,
            whose.patient_id,
        )
        key = (whose.of_line or whose.patient_id or row.line, visit.starts_at)
        if whose.status:
            _set(row, whose.status, whose.reason)
        elif (whose.patient_id, visit.starts_at) in there:
            _set(row, Status.KNOWN, "booked_already")
        elif key in seen:
            _set(row, Status.KNOWN, "twice_in_file")
        else:
            _set(row, Status.NEW)
            words.services.add(visit.service)
            words.clinicians.add(visit.clinician)
        seen.add(key)


def _visits_of(patient_ids: Iterable[UUID]) -> set[tuple[UUID, datetime]]:
    """Return whose visits begin when, of those that occupy time."""
    found: set[tuple[UUID, datetime]] = set()
    for some in _batches(list(patient_ids)):
        rows = Appointment.objects.blocking().filter(patient__in=some)
        found |= set(rows.values_list("patient_id", "starts_at"))
    return found


def _judge_packages(
    rows: Sequence[ImportRow],
    layout: Layout,
    known: _WhoIsKnown,
    words: _Words,
    run: ImportRun,
    now: datetime,
) -> None:
    today: date = clinic_date(now, settings.CLINIC_TIME_ZONE)
    read = {}
    for row in rows:
        try:
            _check_whole(row)
            package = read_package(row.cells, layout, today=today)
            read[row.line] = package, with_email(package.contact)
        except RowRefused as problem:
            _refuse(row, problem)
    _look_up((contact for _package, contact in read.values()), known)
    live = set(Enrollment.objects.live().values_list("patient_id", flat=True))
    seen: set[object] = set()
    for row in rows:
        if row.line not in read:
            continue
        package, contact = read[row.line]
        whose = _whose(package.number, contact, known)
        row.of_line, row.patient_id = whose.of_line, whose.patient_id
        key = whose.of_line or whose.patient_id or -row.line
        if whose.status:
            _set(row, whose.status, whose.reason)
        elif whose.patient_id in live:
            _set(row, Status.KNOWN, "has_package")
        elif key in seen:
            _set(row, Status.REFUSED, "two_packages")
        else:
            _set(row, Status.NEW)
            words.packages.add(package.package)
            if package.used_on:
                words.clinicians.add(package.clinician)
        seen.add(key)


_JUDGES: Mapping[Kind, Any] = {
    "patients": _judge_patients,
    "packages": _judge_packages,
    "visits": _judge_visits,
}


def _check_whole(row: ImportRow) -> None:
    if row.reason == TORN:
        raise RowRefused(TORN)


def _refuse(row: ImportRow, problem: RowRefused) -> None:
    _set(row, Status.LEFT if isinstance(problem, RowLeft) else Status.REFUSED, problem.code)


def _set(
    row: ImportRow,
    status: str,
    reason: str = "",
    *,
    of_line: Any = None,
    patient_id: Any = None,
) -> None:
    """Set what is judged, unsaved; a row that was judged before keeps it."""
    if row._status_read != Status.READ:
        return
    row.status, row.reason = status, reason
    if of_line is not None:
        row.of_line = of_line
    if patient_id is not None:
        row.patient_id = patient_id


def _batches(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]


def judged_patient(row: ImportRow) -> Patient | None:
    """Return who the row is about, whose row may have been merged since."""
    return row.patient.home if row.patient is not None else None
