"""Replace the keys: seal everything anew with the first one, and make the digests anew.

It can be broken off at any moment and run again: each value shows by itself which key sealed it.
Former keys stay in FIELD_KEYS and DIGEST_KEY until it has run to its end. What is sealed lies in
tables that may change; an append-only table has no sealed column.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, models, transaction

from clinic.audit.record import SYSTEM, record
from clinic.database.digests import digest_fields, models_with_digests
from clinic.database.retrying import retried
from clinic.database.sealed import (
    SealBroken,
    is_sealed_by_first_key,
    models_with_sealed_fields,
    sealed_anew,
    sealed_fields,
)
from clinic.models.keys import KeyCheck

BATCH = 500

# Renews what is no column of ours: secrets a library keeps, digests inside a text. Takes `write`,
# returns how many were to be renewed.
Step = Callable[..., int]
_STEPS: dict[str, Step] = {}


def register(name: str, step: Step) -> None:
    """Register a step for values that lie in no sealed column and no column of digests."""
    _STEPS[name] = step


@dataclass
class TableProgress:
    """How far one table is: rows seen, of how many, and values renewed in them so far."""

    name: str
    rows: int
    seen: int = 0
    renewed: int = 0

    def __str__(self) -> str:
        return f"{self.name}: {self.seen} of {self.rows} rows, {self.renewed} values"


@dataclass
class Rotation:
    """How many values were renewed, or would be, and which could not be: ids and columns only."""

    renewed: int = 0
    failed: list[str] = field(default_factory=list)


def rotate(*, write: bool, tell: Callable[[TableProgress], None], batch: int = BATCH) -> Rotation:
    """Renew every sealed value and digest that the first keys did not make; return the outcome.

    Tells the progress after each batch of rows, each of which is a transaction. The row that
    compares keys is renewed last, and only if nothing failed.
    """
    outcome = Rotation()
    for model in _tables():
        _renew_table(model, write=write, tell=tell, batch=batch, outcome=outcome)
    for name, step in sorted(_STEPS.items()):
        with transaction.atomic():
            count = step(write=write)
        outcome.renewed += count
        tell(TableProgress(name, count, count, count))
    if not outcome.failed:
        _renew_table(KeyCheck, write=write, tell=tell, batch=batch, outcome=outcome)
    if write:
        told = f"{outcome.renewed} values renewed, {len(outcome.failed)} failed"
        record(SYSTEM, "rotate keys", reason=told)
    return outcome


def _tables() -> list[type[models.Model]]:
    found = {*models_with_sealed_fields(), *models_with_digests()} - {KeyCheck}
    return sorted(found, key=lambda model: model._meta.label_lower)


def _renew_table(
    model: type[models.Model],
    *,
    write: bool,
    tell: Callable[[TableProgress], None],
    batch: int,
    outcome: Rotation,
) -> None:
    progress = TableProgress(model._meta.label_lower, model._base_manager.count())
    for rows in _batches(model, batch):
        due = [row for row in rows if _is_due(row)]
        if write and due:
            renewed, failed = _renew_rows(model, [row.pk for row in due])
        else:
            renewed, failed = _to_renew(due)
        progress.seen += len(rows)
        progress.renewed += renewed
        outcome.renewed += renewed
        outcome.failed += failed
        tell(progress)


def _batches(model: type[models.Model], size: int) -> Iterator[list[Any]]:
    """Yield all rows in the order of their keys, so many at a time."""
    last = None
    while True:
        rows = _with_columns(model)
        if last is not None:
            rows = rows.filter(pk__gt=last)
        found = list(rows[:size])
        if not found:
            return
        yield found
        last = found[-1].pk


def _with_columns(model: type[models.Model]) -> models.QuerySet[Any]:
    """Return the rows by key, with no more columns than renewing them needs."""
    names = [one.name for one in (*sealed_fields(model), *digest_fields(model))]
    named = [name.removesuffix("_id") for one in digest_fields(model) for name in one.of]
    return model._base_manager.order_by("pk").only("pk", *names, *named)


def _is_due(row: models.Model) -> bool:
    """Return whether a former key sealed something in this row, or made its digest."""
    texts = (row.__dict__[one.attname] for one in sealed_fields(type(row)))
    if any(text is not None and not is_sealed_by_first_key(text) for text in texts):
        return True
    try:
        return any(getattr(row, one.attname) != one.made(row) for one in digest_fields(type(row)))
    except SealBroken:
        return True


def _to_renew(rows: Iterable[models.Model]) -> tuple[int, list[str]]:
    found = [_renewed(row) for row in rows]
    return sum(len(values) for values, _ in found), [one for _, broken in found for one in broken]


@retried
def _renew_rows(model: type[models.Model], keys: list[Any]) -> tuple[int, list[str]]:
    """Renew these rows in one transaction; return how many values, and what could not be."""
    count, failed = 0, []
    for row in _with_columns(model).select_for_update().filter(pk__in=keys):
        values, broken = _renewed(row)
        failed += broken
        if not values:
            continue
        try:
            with transaction.atomic():
                model._base_manager.filter(pk=row.pk).update(**values)
        except IntegrityError:
            # Two rows of one digest: both were written while only one of the keys was known.
            failed.append(f"{model._meta.label_lower} {row.pk}: another row has the same digest")
            continue
        count += len(values)
    return count, failed


def _renewed(row: models.Model) -> tuple[dict[str, Any], list[str]]:
    """Return the new values of a row's columns by name, and which could not be opened."""
    values: dict[str, Any] = {}
    broken = []
    where = f"{row._meta.label_lower} {row.pk}"
    for one in sealed_fields(type(row)):
        text = row.__dict__[one.attname]
        if text is not None and not is_sealed_by_first_key(text):
            try:
                values[one.name] = sealed_anew(text)
            except SealBroken:
                broken.append(f"{where}: {one.name} cannot be opened")
    for digest in digest_fields(type(row)):
        try:
            made = digest.made(row)
        except SealBroken:
            continue  # said above
        if getattr(row, digest.attname) != made:
            values[digest.name] = made
    return values, broken
