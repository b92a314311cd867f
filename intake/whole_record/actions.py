"""Open a patient's whole record, for herself or to hand it over, and ask that it be handed over."""

from typing import Protocol

from django.http import HttpResponse

from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried
from clinic.models.people import Patient
from intake.concerns.task_kinds import HAND_OVER
from intake.concerns.tasks import owe_task
from intake.models import Task
from intake.whole_record.emails import owe_own_pages
from intake.whole_record.parts import WholeRecord
from intake.whole_record.record import whole_record


class CannotBeMailed(Exception):
    """No mail reaches her, or without a date of birth she could not open her pages."""


class FileMaker(Protocol):
    """Returns the record as a file in a format for other clinics, and records why it was made."""

    def __call__(
        self, *, patient: Patient, context: Context, with_team_notes: bool, reason: str
    ) -> HttpResponse: ...


_FILES: list[FileMaker] = []


def register_file(make: FileMaker) -> None:
    """Register the format in which a record is handed over as a file. At most one."""
    _FILES.append(make)


def file_maker() -> FileMaker | None:
    """Return what makes the file, None without such a format."""
    return _FILES[-1] if _FILES else None


@retried
def open_own_record(*, patient: Patient, context: Context) -> WholeRecord:
    """Return the patient's record as she may have it, and record that she read it.

    If the audit event cannot be written, the exception leaves nothing to show.
    """
    found = whole_record(patient, now=context.now, with_team_notes=False)
    record(context.actor, "read own record", patient, patient=patient, fields=found.shown)
    return found


@retried
def hand_over_record(
    *, patient: Patient, reason: str, with_team_notes: bool, context: Context
) -> WholeRecord:
    """Return the record for a clinician who hands it over, and record why and what was shown."""
    found = whole_record(patient, now=context.now, with_team_notes=with_team_notes)
    record(
        context.actor,
        "hand over record",
        patient,
        patient=patient,
        fields=found.shown,
        words=reason,
    )
    return found


def may_be_mailed(patient: Patient) -> bool:
    """Return whether she can open her own pages: by a mailed code, then her date of birth."""
    return patient.takes_mail and patient.born_on is not None


@retried
def mail_own_pages(*, patient: Patient, reason: str, context: Context) -> None:
    """Owe her a mail that leads to her own pages, where the record is. Raises CannotBeMailed."""
    row = Patient.objects.select_for_update().get(pk=patient.pk)
    if not may_be_mailed(row):
        raise CannotBeMailed
    owe_own_pages(row, now=context.now)
    record(
        context.actor,
        "ask to hand over record",
        row,
        patient=row,
        reason="by mail",
        words=reason,
    )


@retried
def ask_clinician(*, patient: Patient, reason: str, context: Context) -> None:
    """Owe that a clinician prints the record and hands it over, unless that is owed already.

    Only a clinician may read it.
    """
    Patient.objects.select_for_update().get(pk=patient.pk)
    if not Task.objects.open().filter(patient=patient, kind=HAND_OVER).exists():
        owe_task(patient=patient, kind=HAND_OVER, question=reason, context=context)
    record(
        context.actor,
        "ask to hand over record",
        patient,
        patient=patient,
        reason="on paper",
        words=reason,
    )
