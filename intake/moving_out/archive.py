"""Everything as one ZIP archive, made while it is read, so that it never lies on the disk."""

import json
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from zipstream import ZIP_DEFLATED, ZipStream

from clinic.audit.context import Context
from clinic.audit.record import record, record_each
from clinic.database.retrying import retried
from clinic.database.sealed import SealBroken
from clinic.models.people import Patient
from intake.fhir.record import record_bundle
from intake.moving_out.readme import readme_text
from intake.moving_out.tables import csv_parts, table_files

# What an event of this export names as seen.
EVERYTHING = "everything"


@retried
def record_export(*, reason: str, context: Context) -> int:
    """Record that everything leaves, for each patient too; return how many patients there are.

    It runs before the first byte is handed out.
    """
    patients = list(Patient.objects.order_by("pk").values_list("pk", flat=True))
    record(context.actor, "export everything", words=reason)
    if patients:
        record_each(context.actor, "export record", patients, fields=[EVERYTHING], words=reason)
    return len(patients)


def archive(context: Context) -> Iterator[bytes]:
    """Yield the archive in parts. The caller has called `record_export` before.

    On PostgreSQL all files show one moment. SQLite would keep everybody else from writing so long:
    there a change made meanwhile may stand in a later file only.
    """
    problems: list[str] = []
    tables = table_files()
    text = readme_text(
        tables, at=context.now.isoformat(timespec="minutes"), zone=settings.CLINIC_TIME_ZONE
    )
    stream = ZipStream(compress_type=ZIP_DEFLATED)
    stream.add(text, "README.txt")
    for table in tables:
        stream.add(csv_parts(table), table.name)
    with _one_moment():
        for key in Patient.objects.current().order_by("pk").values_list("pk", flat=True):
            stream.add(_bundle(key, context, problems), f"fhir/{key}.json")
        stream.add(_lines(problems), "problems.txt")
        yield from stream


def _one_moment() -> AbstractContextManager[object]:
    """Return a transaction that sees the database as it is now, where that blocks nobody."""
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        return nullcontext()
    return _Snapshot()


class _Snapshot(transaction.Atomic):
    """A transaction of PostgreSQL that reads one moment and writes nothing."""

    def __init__(self) -> None:
        super().__init__(using=None, savepoint=True, durable=False)

    def __enter__(self) -> None:
        super().__enter__()
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def _bundle(patient_id: UUID, context: Context, problems: list[str]) -> Iterable[bytes]:
    """Yield the FHIR bundle of a patient; what cannot be opened is named among the problems."""
    patient = Patient.objects.get(pk=patient_id)
    try:
        bundle, _seen = record_bundle(patient, now=context.now, with_team_notes=True)
    except SealBroken:
        problems.append(f"fhir/{patient_id}.json: something in it cannot be opened")
        return
    yield json.dumps(bundle, ensure_ascii=False, indent=1).encode()


def _lines(problems: list[str]) -> Iterable[bytes]:
    # A generator: the list is full only when everything before it is written.
    yield "".join(f"{one}\n" for one in problems).encode()
