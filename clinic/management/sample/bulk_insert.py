"""Insert many rows fast: without a model instance for each, but within every constraint."""

from collections.abc import Iterable, Iterator, Mapping
from io import StringIO
from itertools import islice
from typing import Any, cast

from django.db import connection, models

from clinic.database.derived import DerivedCharField, derived_fields
from clinic.database.sealed import SealedJSONField, sealed_fields

BATCH = 5_000


def insert_rows(like: models.Model, rows: Iterable[Mapping[str, object]]) -> int:
    """Insert a row for each mapping of column to value; return how many.

    A column that a mapping does not name gets the value from `like`, an unsaved row of the model;
    one that is derived from a column of the mapping is derived anew, and one that is sealed is
    sealed for each row.
    Rows are sent in batches: to PostgreSQL by COPY, to SQLite by one prepared statement.
    """
    fields = like._meta.concrete_fields
    # pre_save fills in what saving would, such as the time of an auto_now_add field.
    constants = {field.column: field.pre_save(like, add=True) for field in fields}
    columns = list(constants)
    prepare = {field.column: field.get_db_prep_save for field in fields if field.column in columns}
    fixed = {name: prepare[name](value, connection) for name, value in constants.items()}
    derived = [field for field in derived_fields(type(like)) if field.source in columns]
    sealed = {one: one.value_from_object(like) for one in sealed_fields(type(like))}
    insert = _copy if connection.vendor == "postgresql" else _execute_many
    table = connection.ops.quote_name(like._meta.db_table)
    names = ", ".join(map(connection.ops.quote_name, columns))
    count = 0
    values = (
        [prepare[name](row[name], connection) if name in row else fixed[name] for name in columns]
        for row in (_sealed(_completed(one, derived), like, sealed) for one in rows)
    )
    while batch := list(islice(values, BATCH)):
        insert(f"{table} ({names})", len(columns), batch)
        count += len(batch)
    return count


def _completed(
    row: Mapping[str, object], derived: Iterable[DerivedCharField]
) -> Mapping[str, object]:
    """Return the row with the columns that are derived from one of its own."""
    made = {one.column: one.derived(str(row[one.source])) for one in derived if one.source in row}
    return {**made, **row}


def _sealed(
    row: Mapping[str, object], like: models.Model, fields: Mapping[SealedJSONField, object]
) -> Mapping[str, object]:
    """Return the row with its sealed columns: each value is bound to the row by its key."""
    made: dict[str, object] = {}
    for field, value in fields.items():
        content = row.get(field.column, value)
        if content is not None:
            key = row[like._meta.pk.column]
            made[field.column] = field.sealed(content, type(like), key)
    return {**row, **made}


def _execute_many(target: str, width: int, batch: list[list[object]]) -> None:
    placeholders = ", ".join(["%s"] * width)
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {target} VALUES ({placeholders})", cast("Any", batch))  # noqa: S608 our names


def _copy(target: str, width: int, batch: list[list[object]]) -> None:
    lines = StringIO("".join(_lines(batch)))
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {target} FROM STDIN", lines)


def _lines(batch: list[list[object]]) -> Iterator[str]:
    """Yield the rows in COPY's text format, in which \\N is NULL."""
    for row in batch:
        yield "\t".join(r"\N" if value is None else _escaped(value) for value in row) + "\n"


def _escaped(value: object) -> str:
    if isinstance(value, bool):
        return "t" if value else "f"
    text = str(value)
    for letter, written in (("\\", r"\\"), ("\t", r"\t"), ("\n", r"\n"), ("\r", r"\r")):
        if letter in text:
            text = text.replace(letter, written)
    return text
