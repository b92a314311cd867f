"""The check of what the database refuses by itself: all that the models say, and nothing weaker.

What has a name of ours is found by it: constraints and triggers. The rules of single columns have
names that Django makes up, and are found by their column.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Field, ForeignKey, Model

from clinic.database.triggers import TriggerConstraint
from clinic.self_checks.checks import CheckResult

_NAMED = re.compile(r'\b(?:TRIGGER|CONSTRAINT) "?(\w+)"?')
_FUNCTION = re.compile(r'FUNCTION "?(\w+)"?\(\).*? AS \$\$(.*?)\$\$', re.DOTALL)
# What is said of columns whose rule is gone.
_REPEAT, _EMPTY, _LOOSE, _ANY = "May repeat", "May be empty", "May refer to nothing", "Not checked"


def refusals(now: datetime) -> CheckResult:
    """Look whether everything that the database has to refuse by itself is there and in force."""
    statements = list(_trigger_statements())
    expected = sorted({*_names_of_constraints(), *_NAMED.findall("\n".join(statements))})
    present = _present_postgresql() if connection.vendor == "postgresql" else _present_sqlite()
    absent = [name for name in expected if name not in present]
    faults = [f"Missing or switched off: {', '.join(absent)}"] if absent else []
    if other := sorted(set(_other_triggers(statements)) - set(absent)):
        faults.append(f"Does something else than it should: {', '.join(other)}")
    rules = list(_rules_of_columns())
    for words in (_REPEAT, _EMPTY, _LOOSE, _ANY):
        if columns := [column for said, column, holds in rules if said == words and not holds]:
            faults.append(f"{words}: {', '.join(columns)}")
    seen = f"{len(expected)} constraints and triggers, {len(rules)} rules of columns"
    return CheckResult(seen, (*faults, *_broken_rows()))


def _tables() -> list[type[Model]]:
    every = apps.get_models(include_auto_created=True)
    return [one for one in every if one._meta.managed and not one._meta.proxy]


# --- What has a name ------------------------------------------------------------------------------


def _names_of_constraints() -> Iterator[str]:
    for model in _tables():
        for one in model._meta.constraints:
            if not isinstance(one, TriggerConstraint):
                yield one.name


def _trigger_statements() -> Iterator[str]:
    """Yield the SQL that makes our triggers. It differs by database, as do the names in it."""
    editor = connection.SchemaEditorClass(connection)
    editor.deferred_sql = []
    for model in _tables():
        for one in model._meta.constraints:
            if isinstance(one, TriggerConstraint):
                first = one.create_sql(model, editor)
                yield from (str(statement) for statement in (*editor.deferred_sql, first))
                editor.deferred_sql.clear()


def _present_postgresql() -> set[str]:
    with connection.cursor() as cursor:
        # O fires in normal operation, A always; D and R would not fire for us.
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE convalidated "
            "UNION SELECT relname FROM pg_class JOIN pg_index ON indexrelid = pg_class.oid "
            "WHERE indisvalid UNION SELECT tgname FROM pg_trigger WHERE tgenabled IN ('O', 'A')"
        )
        return {name for (name,) in cursor.fetchall()}


def _present_sqlite() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT type, name, sql FROM sqlite_master")
        rows = cursor.fetchall()
    names = {name for kind, name, _sql in rows if kind in ("trigger", "index")}
    return names.union(*(_NAMED.findall(sql or "") for kind, _name, sql in rows if kind == "table"))


def _other_triggers(statements: Iterable[str]) -> Iterator[str]:
    """Yield the names of triggers, or of their functions, that are not those of these statements.

    One that is missing is none of them.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT proname, prosrc FROM pg_proc WHERE pg_function_is_visible(oid)")
            wanted = [found for one in statements for found in _FUNCTION.findall(one)]
        else:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            made = [one for one in statements if one.startswith("CREATE TRIGGER")]
            wanted = [(_NAMED.findall(one)[0], one) for one in made]
        present = dict(cursor.fetchall())
    for name, text in wanted:
        if name in present and _plain(present[name]) != _plain(text):
            yield name


def _plain(sql: str) -> str:
    """Return SQL without blanks and quotes: SQLite adds some when it renames a table."""
    return " ".join(sql.replace('"', "").split())


# --- Rules of single columns ----------------------------------------------------------------------


def _rules_of_columns() -> Iterator[tuple[str, str, bool]]:
    """Yield what is said if a rule does not hold, its column, and whether the database holds it."""
    inspected = connection.introspection
    with connection.cursor() as cursor:
        for model in _tables():
            table = model._meta.db_table
            there = list(inspected.get_constraints(cursor, table).values())
            nullable = {
                one.name: one.null_ok for one in inspected.get_table_description(cursor, table)
            }
            for field in model._meta.local_concrete_fields:
                for words, holds in _rules_of(field, there, nullable.get(field.column, True)):
                    yield words, f"{table}.{field.column}", holds


def _rules_of(
    field: "Field[Any, Any]", there: list[dict[str, Any]], may_be_empty: bool
) -> Iterator[tuple[str, bool]]:
    alone = [one for one in there if set(one["columns"]) == {field.column}]
    if not field.null:
        yield _EMPTY, not may_be_empty
    if field.unique:
        yield _REPEAT, any(one["unique"] or one["primary_key"] for one in alone)
    if isinstance(field, ForeignKey) and field.db_constraint:  # type: ignore[attr-defined]
        target = field.target_field
        to = (target.model._meta.db_table, target.column)
        yield _LOOSE, any(one["foreign_key"] == to for one in alone)
    if field.db_parameters(connection)["check"]:
        yield _ANY, any(one["check"] for one in alone)


def _broken_rows() -> Iterator[str]:
    """Yield what SQLite says of its own file. PostgreSQL tells of damage when it reads a page."""
    if connection.vendor == "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA quick_check(5)")
        if cursor.fetchall() != [("ok",)]:
            yield "The file of the database is damaged: restore a backup"
        cursor.execute("PRAGMA foreign_key_check")
        if loose := Counter(row[0] for row in cursor.fetchall()):
            tables = ", ".join(f"{count} in {table}" for table, count in sorted(loose.items()))
            yield f"Rows that refer to nothing: {tables}"
