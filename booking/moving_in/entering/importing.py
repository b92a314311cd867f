"""Import what was judged: some rows at a time, each batch one transaction with the rows' states.

Whatever happens in the middle of a batch, none of it happened; whoever goes on begins with the
first row that is not done. The run's row is the lock: two at once take turns.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from booking.models import ImportRow, ImportRun
from booking.moving_in.entering.packages import import_packages
from booking.moving_in.entering.states import write_states
from booking.moving_in.entering.visits import import_visits
from booking.moving_in.files.formats import KINDS, Kind, Layout
from booking.moving_in.files.likeness import ByPairs, likeness
from booking.moving_in.files.rows import PatientRow, RowRefused
from booking.moving_in.reading import layouts_of, patient_in
from clinic.audit.context import Context
from clinic.audit.record import record, record_rows
from clinic.database.retrying import retried
from clinic.identity.asking import clinic_today
from clinic.identity.same_person import ComparedContact
from clinic.known_patients.queries import contact_of, rows_near
from clinic.models.people import Patient

BATCH = 200
UNDO_FOR = timedelta(days=1)
Status = ImportRow.Status
TO_DO = (Status.NEW, Status.KNOWN, Status.UNCLEAR)
# What a row of each kind is given, beside its state.
MADE_BY: Mapping[Kind, Sequence[str]] = {
    "patients": ["patient"],
    "packages": ["patient", "enrollment"],
    "visits": ["patient", "appointment"],
}


@retried
def import_some(*, run_id: UUID, context: Context, most: int = BATCH) -> bool:
    """Import the next rows of the run; return whether it is still being imported."""
    run = ImportRun.objects.select_for_update().get(pk=run_id)
    if run.status != ImportRun.Status.IMPORTING:
        return False
    kind, rows = _next(run, most)
    if kind is None:
        _finish(run, context)
        return False
    _follow(run, rows)
    _IMPORTS[kind](run, rows, layouts_of(run)[kind], context)
    write_states(rows, MADE_BY[kind])
    return True


def _next(run: ImportRun, most: int) -> tuple[Kind | None, list[ImportRow]]:
    """Return the first kind with rows to do, and the next of them, in order."""
    for kind in KINDS:
        rows = run.rows.filter(kind=kind, status__in=TO_DO).order_by("position", "line")
        # Only patients are joined: the others are read under the locks that belong to them.
        if found := list(rows.select_related("patient__merged_into")[:most]):
            return kind, found
    return None, []


def _follow(run: ImportRun, rows: Sequence[ImportRow]) -> None:
    """Give each row the patient of the line it belongs to, where that was imported meanwhile."""
    lines = {row.of_line for row in rows if row.of_line is not None and row.patient is None}
    owners = run.rows.filter(kind="patients", line__in=lines, patient__isnull=False)
    patients = {one.line: one.patient for one in owners.select_related("patient__merged_into")}
    for row in rows:
        # Whom an unclear row is only like, it is not about.
        if row.patient is None and row.status != Status.UNCLEAR:
            row.patient = patients.get(row.of_line or 0)
        if row.patient is not None:
            row.patient = row.patient.home


def _finish(run: ImportRun, context: Context) -> None:
    run.status, run.imported_at = ImportRun.Status.IMPORTED, context.now
    run.undo_until = context.now + UNDO_FOR
    run.save(update_fields=["status", "imported_at", "undo_until"])
    made = run.rows.filter(status=Status.MADE).count()
    waits = run.rows.filter(status=Status.WAITS).count()
    said = f"{made} made, {waits} wait for a person"
    record(context.actor, "move in", run, reason=said)


def _import_patients(
    run: ImportRun, rows: Sequence[ImportRow], layout: Layout, context: Context
) -> None:
    """Make the new patients, and join the known ones: nothing of theirs is changed."""
    read = _read(rows, layout)
    unsure = [row for row in rows if row.line in read and not row.is_chosen]
    here = _known_by_now([read[row.line].contact for row in unsure])
    new: list[Patient] = []
    owners: dict[int | None, Patient] = {}
    for row in rows:
        if row.line in read:
            contact = read[row.line].contact
            # Somebody may have booked, or another run brought her, since it was looked through.
            found = None if row.is_chosen else likeness(contact, here.near(contact))
            if found is None or found.is_new:
                row.patient = _patient(contact, read[row.line].interpreter, run)
                row.status = Status.MADE
                new.append(row.patient)
            elif found.surely is not None:
                row.patient = Patient.objects.get(pk=str(found.surely))
                row.status = Status.JOINED
            else:
                row.status, row.reason = Status.WAITS, "like_known"
        else:
            # Known, or the same as an earlier row; an unclear one has neither.
            if row.status == Status.KNOWN:
                row.patient = row.patient or owners.get(row.of_line)
            row.status = Status.JOINED if row.patient is not None else Status.WAITS
        if row.patient is not None:
            owners[row.line] = row.patient
    Patient.objects.bulk_create(new)
    record_rows(context.actor, "add patient", [(one, one) for one in new], reason="moved in")


def _read(rows: Sequence[ImportRow], layout: Layout) -> dict[int, PatientRow]:
    """Return the new patients in these rows, by line."""
    found: dict[int, PatientRow] = {}
    today = clinic_today()
    for row in rows:
        if row.status == Status.NEW:
            try:
                found[row.line] = patient_in(row, layout, today)
            except RowRefused as problem:
                # It was readable on the day of the dry run.
                row.reason = problem.code
    return found


def _known_by_now(contacts: Sequence[ComparedContact]) -> ByPairs:
    found = ByPairs()
    for patient in rows_near(contacts):
        found.add(patient.pk, contact_of(patient))
    return found


def _patient(contact: ComparedContact, interpreter: str, run: ImportRun) -> Patient:
    return Patient(
        name=contact.name,
        born_on=contact.born_on,
        phone=contact.phone,
        email=contact.email,
        interpreter=interpreter,
        is_sample=run.by is not None and run.by.is_sample,
    )


_IMPORTS: Mapping[Kind, Callable[..., None]] = {
    "patients": _import_patients,
    "packages": import_packages,
    "visits": import_visits,
}
