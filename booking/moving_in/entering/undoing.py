"""Take a run back within a day: what it made goes, unless somebody has used it since.

Nobody is mailed. Books and ledger are only added to: there a visit is cancelled and a package is
ended, and so its patient stays.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Exists, OuterRef, Q

from booking.appointments.changes import locked, write_cancelled
from booking.locks import lock_package
from booking.models import AddedDays, Appointment, Enrollment, ImportRow, ImportRun, Payment
from booking.moving_in.entering.states import write_states
from booking.moving_in.files.formats import KINDS, Kind
from booking.moving_in.reading import layouts_of, patient_in
from booking.packages.ending import end
from booking.reminders.actions import about
from clinic.audit.context import Context
from clinic.audit.record import record, record_rows
from clinic.database.retrying import retried
from clinic.identity.asking import clinic_today
from clinic.known_patients.queries import contact_of
from clinic.messages.outbox import withdraw
from clinic.models.messages import Email
from clinic.models.people import Patient

BATCH = 200
Status = ImportRow.Status
WHY = "The import was taken back."


@retried
def undo_some(*, run_id: UUID, context: Context, most: int = BATCH) -> bool:
    """Take the next rows of the run back; return whether it is still being taken back."""
    run = ImportRun.objects.select_for_update().get(pk=run_id)
    if run.status != ImportRun.Status.UNDOING:
        return False
    for kind in reversed(KINDS):
        rows = run.rows.filter(kind=kind, status=Status.MADE).order_by("position", "line")
        if found := list(rows.select_related("patient")[:most]):
            _UNDOES[kind](run, found, context)
            write_states(found, ())
            return True
    # What waited for a person came from these files: it waits no more.
    run.rows.filter(status=Status.WAITS).update(status=Status.DONE, reason="taken_back")
    run.status = ImportRun.Status.UNDONE
    run.save(update_fields=["status"])
    stays = run.rows.filter(status=Status.STAYS).count()
    record(context.actor, "take import back", run, reason=f"{stays} rows stay")
    return False


def _undo_visits(run: ImportRun, rows: Sequence[ImportRow], context: Context) -> None:
    keys = [row.appointment_id for row in rows]
    visits = {
        one.pk: one
        for one in Appointment.objects.select_for_update().filter(pk__in=keys).order_by("pk")
    }
    used = _used_visits(list(visits.values()), context)
    gone: list[UUID] = []
    for row in rows:
        visit = visits.get(row.appointment_id) if row.appointment_id else None
        if visit is None or visit.pk in used:
            row.status, row.reason = Status.STAYS, "used_since"
        elif visit.enrollment_id is None:
            gone.append(visit.pk)
            row.status, row.appointment = Status.TAKEN_BACK, None
        else:
            # Its credit is in the ledger: it comes back by an entry of its own.
            # Not as cancelled by the clinic: nobody looks for a new time for her.
            write_cancelled(locked(visit.pk), context=context, excused=True, reason=WHY)
            withdraw(about=about(visit), reason="cancelled")
            row.status, row.reason = Status.TAKEN_BACK, "in_books"
    taken = [(visits[key], visits[key].patient_id) for key in gone]
    record_rows(context.actor, "take import back", taken, reason="visit")
    Email.objects.filter(about__in=[about(visits[key]) for key in gone]).delete()
    ImportRow.objects.filter(appointment__in=gone).update(appointment=None)
    Appointment.objects.filter(pk__in=gone).delete()


def _used_visits(visits: Sequence[Appointment], context: Context) -> set[UUID]:
    """Return the visits that are not any more as they were imported, or of which mail has gone."""
    names = {about(one): one.pk for one in visits}
    sent = Email.objects.filter(about__in=names).exclude(status="due")
    used = {names[name] for name in sent.values_list("about", flat=True)}
    used |= _referred_to(
        Appointment, [one.pk for one in visits], besides={"importrow", "ledgerentry"}
    )
    for one in visits:
        is_as_made = (
            one.status == Appointment.Status.BOOKED
            and (one.rev, one.cycle) == (0, 0)
            and one.told is None
            and one.set_aside_at is None
            and one.starts_at > context.now
        )
        if not is_as_made:
            used.add(one.pk)
    return used


def _undo_packages(run: ImportRun, rows: Sequence[ImportRow], context: Context) -> None:
    for row in rows:
        assert row.enrollment_id is not None
        enrollment = lock_package(row.enrollment_id)
        if _is_used(enrollment, run):
            row.status, row.reason = Status.STAYS, "used_since"
            continue
        end(enrollment, Enrollment.Ending.CANCELLED, context=context, reason=WHY)
        row.status, row.reason = Status.TAKEN_BACK, "in_books"


def _is_used(enrollment: Enrollment, run: ImportRun) -> bool:
    """Return whether anything was done with the package since."""
    if enrollment.ended_at is not None or Payment.objects.filter(enrollment=enrollment).exists():
        return True
    made = run.imported_at
    assert made is not None
    if AddedDays.objects.filter(enrollment=enrollment, at__gt=made).exists():
        return True
    # Those that took place elsewhere, and those of this run, which are cancelled by now.
    of_run = ImportRow.objects.filter(run=run, appointment=OuterRef("pk"), status="taken_back")
    own = Q(status="completed", starts_at__lt=run.made_at) | Exists(of_run)
    return Appointment.objects.filter(enrollment=enrollment).exclude(own).exists()


def _undo_patients(run: ImportRun, rows: Sequence[ImportRow], context: Context) -> None:
    layout, today = layouts_of(run)["patients"], clinic_today()
    keys = [row.patient_id for row in rows if row.patient_id is not None]
    found = {one.pk: one for one in Patient.objects.select_for_update().filter(pk__in=keys)}
    others = _referred_to(Patient, keys, besides={"importrow"})
    others |= set(
        ImportRow.objects.exclude(run=run)
        .filter(patient__in=keys)
        .values_list("patient_id", flat=True)
    )
    gone: list[UUID] = []
    for row in rows:
        patient = found.get(row.patient_id) if row.patient_id is not None else None
        if patient is None or patient.pk in others:
            row.status, row.reason = Status.STAYS, "used_since"
            continue
        read = patient_in(row, layout, today)
        is_as_made = (
            contact_of(patient) == read.contact
            and patient.interpreter == read.interpreter
            and (patient.user_id, patient.proven_at, patient.merged_into_id) == (None, None, None)
            and patient.epoch == 0
        )
        if not is_as_made:
            row.status, row.reason = Status.STAYS, "used_since"
            continue
        row.status, row.patient = Status.TAKEN_BACK, None
        gone.append(patient.pk)
    taken = [(found[key], key) for key in gone]
    record_rows(context.actor, "take import back", taken, reason="patient")
    ImportRow.objects.filter(patient__in=gone).update(patient=None)
    Patient.objects.filter(pk__in=gone).delete()


def _referred_to(
    model: type[models.Model], keys: Collection[UUID], *, besides: Collection[str]
) -> set[UUID]:
    """Return which of these rows another row refers to, of whatever table but these."""
    found: set[Any] = set()
    for relation in model._meta.related_objects:
        other: Any = relation.related_model
        if other._meta.model_name in besides:
            continue
        name = relation.field.name
        rows = other._base_manager.filter(**{f"{name}__in": keys})
        found |= set(rows.values_list(name, flat=True))
    return found


_UNDOES: Mapping[Kind, Callable[[ImportRun, Sequence[ImportRow], Context], None]] = {
    "visits": _undo_visits,
    "packages": _undo_packages,
    "patients": _undo_patients,
}
