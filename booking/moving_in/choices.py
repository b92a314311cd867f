"""What a person decides about a run: whom a row is about, what words mean, go, throw away, undo."""

from collections.abc import Mapping
from typing import cast
from uuid import UUID

from django.db import IntegrityError

from booking.constraints import violated
from booking.models import ImportRow, ImportRun
from booking.moving_in.entering.words_of_files import Words
from booking.moving_in.reading import is_over
from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried
from clinic.models.people import Patient, User

Status = ImportRow.Status


class NotNow(Exception):
    """The run is not in a state in which this can be done; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _locked(run_id: UUID, action: str) -> ImportRun:
    run = ImportRun.objects.select_for_update().get(pk=run_id)
    if not run.may(action):
        raise NotNow("changed")
    return run


@retried
def choose(*, row_id: UUID, patient_id: UUID | None, of_line: int | None, context: Context) -> None:
    """Say whom an unclear row of patients is about: a patient, an earlier line, or somebody new.

    Raises NotNow.
    """
    run_id = ImportRow.objects.values_list("run", flat=True).get(pk=row_id)
    run = _locked(run_id, "choose")
    row = run.rows.get(pk=row_id)
    if row.kind != ImportRow.Kind.PATIENTS or not row.may("choose"):
        raise NotNow("changed")
    if patient_id is not None:
        row.patient = Patient.objects.current().get(pk=patient_id)
    else:
        row.patient = None
    row.of_line = of_line
    is_known = patient_id is not None or of_line is not None
    row.status = Status.KNOWN if is_known else Status.NEW
    row.is_chosen, row.reason = True, "chosen"
    row.save(update_fields=["patient", "of_line", "status", "is_chosen", "reason"])
    record(context.actor, "choose in import", row, patient=row.patient_id)


@retried
def say_words(*, run_id: UUID, words: Words, context: Context) -> None:
    """Say what the words of the files mean here; words that are not named stay. Raises NotNow."""
    run = _locked(run_id, "say_words")
    known = cast("Mapping[str, Mapping[str, str]]", run.words)
    run.words = {
        kind: {word: words.get(kind, {}).get(word, before) for word, before in said.items()}
        for kind, said in known.items()
    }
    run.save(update_fields=["words"])
    record(context.actor, "say words of import", run)


@retried
def start_import(*, run_id: UUID, context: Context) -> ImportRun:
    """Have the run imported. Raises NotNow, also while another one is being imported."""
    run = _locked(run_id, "start_import")
    run.status = ImportRun.Status.IMPORTING
    try:
        run.save(update_fields=["status"])
    except IntegrityError as error:
        if violated(error) == "import_run_one_at_once":
            raise NotNow("another") from error
        raise
    record(context.actor, "start import", run)
    return run


@retried
def discard(*, run_id: UUID, context: Context) -> None:
    """Throw a run away of which nothing was imported. Raises NotNow."""
    run = _locked(run_id, "discard")
    run.status, run.files, run.words = ImportRun.Status.DISCARDED, {}, {}
    run.save(update_fields=["status", "files", "words"])
    run.rows.all().delete()
    record(context.actor, "discard import", run)


@retried
def start_undo(*, run_id: UUID, context: Context) -> ImportRun:
    """Have what the run made taken back. Raises NotNow, also when the day is over."""
    run = _locked(run_id, "start_undo")
    if is_over(run, context.now):
        raise NotNow("day_over")
    run.status = ImportRun.Status.UNDOING
    run.save(update_fields=["status"])
    record(context.actor, "start taking import back", run)
    return run


@retried
def close_row(*, row_id: UUID, how: str, by: User, context: Context) -> None:
    """Note how a person dealt with a row that waited; what stood in it goes. Raises NotNow."""
    row = ImportRow.objects.select_for_update().get(pk=row_id)
    if not row.may("close_row"):
        raise NotNow("changed")
    row.status, row.done_at, row.done_by, row.done_how = Status.DONE, context.now, by, how
    row.cells = None
    row.save(update_fields=["status", "done_at", "done_by", "done_how", "cells"])
    record(context.actor, "close imported row", row, patient=row.patient_id)
