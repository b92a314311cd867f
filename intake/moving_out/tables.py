"""Which tables and columns leave, and their rows as CSV with sealed values opened."""

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import models

from clinic.database.sealed import SealBroken, SealedJSONField
from clinic.web.csv_files import csv_text

SOURCE = Path(__file__).with_name("left_out.toml")
# Rows read from the database at once.
BATCH = 500
# Stands in a cell whose sealed value opens with none of the keys.
UNREADABLE = "(cannot be opened)"


@dataclass(frozen=True)
class TableFile:
    """One table as a file. `name` is that of the file; `columns` are the fields that leave."""

    model: type[models.Model]
    name: str
    columns: tuple[Any, ...]

    @property
    def header(self) -> list[str]:
        return [column.attname for column in self.columns]


def left_out() -> tuple[dict[str, str], dict[str, str]]:
    """Return why each table and each column that does not leave stays, by its label."""
    found = tomllib.loads(SOURCE.read_text(encoding="utf-8"))
    return found["tables"], found["columns"]


def table_files() -> list[TableFile]:
    """Return every table that leaves, by the name of its file."""
    tables, columns = left_out()
    found: list[Any] = list(apps.get_models(include_auto_created=True))
    files = [
        TableFile(model, _file_name(model), _leaving(model, columns))
        for model in found
        if model._meta.label_lower not in tables
    ]
    return sorted(files, key=lambda one: one.name)


def csv_parts(table: TableFile) -> Iterator[bytes]:
    """Yield the file of a table in parts, by key. Times are UTC as ISO 8601, sealed values JSON."""
    # The byte order mark tells spreadsheets that the text is UTF-8.
    yield ("\ufeff" + csv_text(table.header, [])).encode()
    deferred = [
        one.attname for one in table.model._meta.concrete_fields if one not in table.columns
    ]
    rows = table.model._default_manager.order_by("pk").defer(*deferred)
    lines: list[list[object]] = []
    for row in rows.iterator(chunk_size=BATCH):
        lines.append([_cell(row, column) for column in table.columns])
        if len(lines) == BATCH:
            yield _text(lines)
            lines = []
    if lines:
        yield _text(lines)


def _text(lines: list[list[object]]) -> bytes:
    # Without its first line: the header stands at the top of the file.
    return csv_text([], lines).partition("\r\n")[2].encode()


def _cell(row: models.Model, column: Any) -> object:
    try:
        value = getattr(row, column.attname)
    except SealBroken:
        return UNREADABLE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if value is not None and (isinstance(column, SealedJSONField | models.JSONField)):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return value


def _leaving(model: type[models.Model], stay: dict[str, str]) -> tuple[Any, ...]:
    label = model._meta.label_lower
    columns = model._meta.concrete_fields
    return tuple(one for one in columns if f"{label}.{one.attname}" not in stay)


def _file_name(model: type[models.Model]) -> str:
    """Return the name of the file: the plural of the class, as "audit_events.csv"."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", model.__name__)
    words = parted.lower()
    if words.endswith(("s", "words")):
        return f"{words}.csv"
    return f"{words[:-1]}ies.csv" if words.endswith("y") else f"{words}s.csv"
