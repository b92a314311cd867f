"""Erase one patient, as `retention.toml` says, keeping what the law keeps."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import connection, models
from django.db.models import Q
from django.utils.functional import Promise

from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.digests import KeyedDigestField
from clinic.database.retrying import retried
from clinic.database.sealed import SealedJSONField
from clinic.models.people import Patient, User
from clinic.ownership.epochs import EpochChange, raise_epoch
from clinic.retention.erasure_list import Erasure, append, listed
from clinic.retention.holding import end_obstacles, obstacles, used_since, was_treated
from clinic.retention.schedule import BLANK, DELETE, RECORD_YEARS, Table, blank_of, schedule

# Rows whose keys go into one statement: SQLite takes no more values than this at once.
BATCH = 500


class Scope(StrEnum):
    """How much of a patient is erased."""

    ALL = "all"
    # Her record stays, with her name: the law asks for it for years after her last visit.
    BUT_RECORD = "all but the record"


class StillOpen(Exception):
    """Something about her is open. `sentences` says what, for whoever asked."""

    def __init__(self, sentences: list["Promise | str"]) -> None:
        super().__init__("; ".join(map(str, sentences)))
        self.sentences = sentences


@dataclass(frozen=True)
class _Hers:
    """The ids of her rows, of her sign-in, and the texts that name either in other tables."""

    patients: tuple[UUID, ...]
    users: tuple[int, ...]

    @property
    def texts(self) -> list[str]:
        return [f"patient:{one}" for one in self.patients] + [f"user:{one}" for one in self.users]


def record_since(now: datetime) -> datetime:
    """Return since when somebody must have been treated for the law to ask for her record."""
    return now - timedelta(days=365.25 * RECORD_YEARS)


def scope_for(patient: Patient, now: datetime) -> Scope:
    """Return what the law lets erase of this patient now."""
    treated = was_treated(_rows_of(patient), record_since(now))
    return Scope.BUT_RECORD if treated else Scope.ALL


def open_things(patient: Patient, now: datetime) -> list["Promise | str"]:
    """Return a sentence for each thing that keeps her from being erased."""
    return obstacles(_rows_of(patient), now)


@retried
def erase_patient(*, patient_id: UUID, reason: str, context: Context) -> Scope:
    """Erase a patient and the rows merged into hers; return how much of her was erased.

    The erasure is added to the list outside the database before the transaction ends. Raises
    StillOpen, ListUnwritable and Patient.DoesNotExist; then nothing is erased.
    """
    patient = _locked(patient_id)
    if found := open_things(patient, context.now):
        raise StillOpen(found)
    scope = scope_for(patient, context.now)
    rows = _erase(patient, scope, reason, context)
    append(Erasure(rows, context.now, scope))
    return scope


@retried
def erase_again(erasure: Erasure, *, context: Context) -> bool:
    """Erase whom a restored backup brought back; return whether there was anything to erase.

    What was open in the backup does not stop it: it was closed before she was erased. Visits ahead
    and packages end, so that their times are free again.
    """
    rows = Patient.objects.filter(pk__in=erasure.patients, merged_into__isnull=True)
    back = [one for one in rows if _is_less_erased(one, Scope(erasure.scope))]
    for row in back:
        end_obstacles(_rows_of(row), context)
        _erase(_locked(row.pk), Scope(erasure.scope), "after a restore", context)
    return bool(back)


def replay_erasures(context: Context) -> tuple[int, int]:
    """Erase again who is on the list; return how many are listed and how many were done again.

    It may run twice. Raises ListUnwritable, before the first.
    """
    erasures = list(listed())
    return len(erasures), sum(erase_again(one, context=context) for one in erasures)


@retried
def erase_after_years(*, patient_id: UUID, context: Context) -> bool:
    """Erase all of a patient whose record nobody must keep any more; return whether it was done.

    It is not if one of her rows was used since: what she did, and what was merged into hers, may
    have come while others were erased. Raises StillOpen. It needs no line in the list: after a
    restore the years have passed all the same.
    """
    patient = _locked(patient_id)
    if used_since(record_since(context.now), _rows_of(patient)):
        return False
    if found := open_things(patient, context.now):
        raise StillOpen(found)
    _erase(patient, Scope.ALL, f"{RECORD_YEARS} years have passed", context)
    return True


def _is_less_erased(patient: Patient, scope: Scope) -> bool:
    if patient.erased_at is not None:
        return False
    return scope == Scope.ALL or patient.contact_erased_at is None


def _locked(patient_id: UUID) -> Patient:
    """Lock all her rows, so that nobody books, sends or merges meanwhile; return the kept one.

    A merge that this had to wait for has changed which rows are hers: they are read again.
    """
    locked: tuple[UUID, ...] = ()
    while True:
        patient = Patient.objects.get(pk=patient_id).home
        rows = _rows_of(patient)
        if rows == locked:
            return patient
        list(Patient.objects.select_for_update().filter(pk__in=rows).order_by("pk"))
        locked = rows


def _rows_of(patient: Patient) -> tuple[UUID, ...]:
    rows = Patient.objects.filter(Q(pk=patient.pk) | Q(merged_into=patient.pk))
    return tuple(rows.order_by("pk").values_list("pk", flat=True))


def _erase(patient: Patient, scope: Scope, reason: str, context: Context) -> tuple[UUID, ...]:
    """Erase her rows and return their ids. Runs in the caller's transaction, under the lock."""
    rows = _rows_of(patient)
    for row in Patient.objects.filter(pk__in=rows):
        # Ends every session, link and feed that opened it.
        raise_epoch(row, EpochChange.ERASED, context=context)
    hers = _Hers(rows, _sign_ins(rows))
    with_record = scope == Scope.ALL
    _kinds, tables = schedule()
    # All keys first: what leads to a row may be erased before it.
    found = {label: _keys(table, hers) for label, table in tables.items() if table.rows}
    for label, keys in found.items():
        table = tables[label]
        if names := table.names(BLANK, with_record=with_record):
            _blank(table, names, keys)
    for label, keys in found.items():
        if tables[label].names(DELETE, with_record=with_record):
            _delete(tables[label].model, keys)
    when = "erased_at" if with_record else "contact_erased_at"
    Patient.objects.filter(pk__in=rows).update(**{when: context.now})
    # Before the list is written: a row that still refers to a deleted one must stop it here.
    connection.check_constraints()
    record(
        context.actor, "erase patient", patient, patient=patient, reason=str(scope), words=reason
    )
    return rows


def _sign_ins(rows: Collection[UUID]) -> tuple[int, ...]:
    """Return the users these rows sign in with. Who works at the clinic keeps the sign-in."""
    users = User.objects.filter(patient__in=rows, clinician__isnull=True)
    return tuple(user.pk for user in users if not user.is_staff)


def _keys(table: Table, hers: _Hers) -> list[Any]:
    """Return the keys of her rows in a table."""
    values: Mapping[str, Collection[Any]] = {
        "patient": hers.patients,
        "user": hers.users,
        "person": hers.texts,
    }
    asked = Q(pk__in=[])
    for name, paths in table.rows.items():
        for path in paths:
            asked |= Q(**{f"{'pk' if path == 'self' else path}__in": values[name]})
    rows = table.model._default_manager.filter(asked)
    return list(dict.fromkeys(rows.values_list("pk", flat=True)))


def _batches(keys: list[Any]) -> list[list[Any]]:
    return [keys[start : start + BATCH] for start in range(0, len(keys), BATCH)]


def _delete(model: type[models.Model], keys: list[Any]) -> None:
    # Not `delete()`: it refuses while rows refer to these, and those that do are deleted as well.
    # The database compares at the end of the transaction.
    for some in _batches(keys):
        model._default_manager.filter(pk__in=some)._raw_delete(using=connection.alias)


def _blank(table: Table, names: list[str], keys: list[Any]) -> None:
    """Blank these columns. Null stays null where the file gives another blank value."""
    columns: list[Any] = [one for one in table.model._meta.concrete_fields if one.attname in names]
    by_row = any(isinstance(one, (SealedJSONField, KeyedDigestField)) for one in columns)
    for some in _batches(keys):
        rows = table.model._default_manager.filter(pk__in=some)
        if not by_row and not any("{pk}" in str(blank) for blank in table.blanks.values()):
            for column in columns:
                _blank_column(table, column, rows)
            continue
        for row in rows:
            _blank_row(table, columns, row)


def _blank_column(table: Table, column: Any, rows: models.QuerySet[Any]) -> None:
    value = blank_of(table, column)
    if column.null and value is not None:
        rows = rows.filter(**{f"{column.name}__isnull": False})
    rows.update(**{column.name: value})


def _blank_row(table: Table, columns: list[Any], row: models.Model) -> None:
    """Blank the columns of one row: a sealed value is bound to it, a digest is made from it."""
    values: dict[str, Any] = {}
    for column in columns:
        if isinstance(column, KeyedDigestField):
            continue
        value = blank_of(table, column)
        if column.null and getattr(row, column.attname) is None:
            value = None
        if isinstance(value, str):
            value = value.replace("{pk}", str(row.pk))
        setattr(row, column.attname, value)
        if isinstance(column, SealedJSONField) and value is not None:
            value = column.sealed(value, type(row), row.pk)
        values[column.attname] = value
    for column in columns:
        if isinstance(column, KeyedDigestField):
            values[column.attname] = column.made(row)
    type(row)._default_manager.filter(pk=row.pk).update(**values)
