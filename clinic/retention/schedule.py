"""What is kept, why and how long, read from `retention.toml`: a line for every column."""

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.core.checks import Error
from django.db import models

from clinic.database.append_only import AppendOnly
from clinic.database.sealed import SealedJSONField
from clinic.retention.every_model import all_models

SOURCE = Path(__file__).with_name("retention.toml")
DELETE, BLANK, KEEP = "delete", "blank", "keep"
# Years after the last visit for which the law asks for the record, and for the audit trail.
RECORD_YEARS = 7


@dataclass(frozen=True)
class Keeping:
    """Why columns of this kind are kept, how long, and what erasing does: delete, blank, keep.

    With `law` it waits until the law no longer asks for the record.
    """

    name: str
    why: str
    long: str
    erase: str
    law: bool = False


@dataclass(frozen=True)
class Table:
    """One table: whose its rows are, the kind of each column, what a blanked one holds.

    `rows` has lookups that lead from a row to its patient ("patient"), to her sign-in ("user"), or
    to the text that names either ("person"); several where one of them does. Empty where a table
    holds nothing of a patient.
    """

    label: str
    rows: Mapping[str, Sequence[str]] = field(default_factory=dict)
    columns: Mapping[str, Keeping] = field(default_factory=dict)
    blanks: Mapping[str, Any] = field(default_factory=dict)

    @property
    def model(self) -> type[models.Model]:
        """The model of the table."""
        return next(one for one in all_models() if one._meta.label_lower == self.label)

    def names(self, erase: str, *, with_record: bool = True) -> list[str]:
        """Return the columns of which erasing does this; without the record those it leaves."""
        found = self.columns.items()
        return [one for one, how in found if how.erase == erase and (with_record or not how.law)]


@lru_cache(maxsize=1)
def schedule() -> tuple[Mapping[str, Keeping], Mapping[str, Table]]:
    """Return the kinds by name and the tables by label, as the file has them."""
    data = tomllib.loads(SOURCE.read_text(encoding="utf-8"))
    kinds = {name: Keeping(name, **values) for name, values in data["kinds"].items()}
    tables = {
        label: Table(
            label,
            {name: _paths(given) for name, given in lines.get("rows", {}).items()},
            {one: kinds[name] for name, columns in _by_kind(lines) for one in columns},
            data["blanks"].get(label, {}),
        )
        for label, lines in data["tables"].items()
    }
    return kinds, tables


def _paths(given: str | list[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _by_kind(lines: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    return ((name, columns) for name, columns in lines.items() if name != "rows")


def blank_of(table: Table, column: Any) -> Any:
    """Return what the column holds once it is blanked; for a sealed one the opened value.

    A nullable column for which the file says nothing becomes null. Raises LookupError where the
    file has to say it and does not.
    """
    if column.attname in table.blanks:
        value = table.blanks[column.attname]
        return json.loads(value) if isinstance(column, SealedJSONField) else value
    if column.null:
        return None
    if isinstance(column, (models.CharField, models.TextField)):
        return ""
    raise LookupError(f"{table.label}.{column.attname} has no blank value")


def problems(tables: Mapping[str, Table], found: list[type[models.Model]]) -> Iterator[str]:
    """Yield a sentence for each column without a line, and for each line that cannot be kept."""
    for model in found:
        label = model._meta.label_lower
        table = tables.get(label, Table(label))
        for column in model._meta.concrete_fields:
            if column.attname not in table.columns:
                yield f"{label}.{column.attname} has no line in {SOURCE.name}"
        yield from _impossible(table, model)


def _impossible(table: Table, model: type[models.Model]) -> Iterator[str]:
    erased = table.names(DELETE) + table.names(BLANK)
    if erased and not table.rows:
        yield f"{table.label} does not say whose its rows are"
    if table.names(DELETE) and len(set(table.columns.values())) > 1:
        yield f"{table.label} deletes its rows and keeps columns"
    if erased and any(isinstance(one, AppendOnly) for one in model._meta.constraints):
        yield f"{table.label} is append-only: nothing in it can be erased"
    for column in model._meta.concrete_fields:
        if column.attname in table.names(BLANK):
            try:
                blank_of(table, column)
            except LookupError as error:
                yield str(error)


def every_column_has_a_period(**kwargs: object) -> list[Error]:
    """Return an error for each column of which nobody said how long it is kept."""
    _kinds, tables = schedule()
    return [
        Error(sentence, hint=f"Add a line to clinic/retention/{SOURCE.name}.", id="clinic.E003")
        for sentence in problems(tables, all_models())
    ]
