"""Checks of the database: its schema, what it refuses by itself, and what is sealed in it."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Model

from clinic.audit.verifying import verify_trail
from clinic.database.sealed import (
    SealBroken,
    SealedJSONField,
    models_with_sealed_fields,
    sealed_by,
    sealed_fields,
)
from clinic.database.triggers import TriggerConstraint
from clinic.self_checks.checks import CheckResult

_NAMED = re.compile(r'\b(?:TRIGGER|CONSTRAINT) "?(\w+)"?')


@cache
def _migrations_on_disk() -> frozenset[tuple[str, str]]:
    loader = MigrationLoader(None)
    return frozenset(loader.graph.nodes)


def schema(now: datetime) -> CheckResult:
    """Compare the migrations that ran with those of this code. One statement."""
    ran = set(MigrationRecorder.Migration.objects.values_list("app", "name"))
    known = _migrations_on_disk()
    pending = sorted(f"{app}.{name}" for app, name in known - ran)
    seen = f"{len(known)} migrations"
    if not pending:
        return CheckResult(seen)
    return CheckResult(seen, (f"Not run: {', '.join(pending)}. Stop the site, manage.py migrate",))


def refusals(now: datetime) -> CheckResult:
    """Look whether everything that the database has to refuse by itself is there and in force."""
    expected = sorted(set(_expected()))
    present = _present_postgresql() if connection.vendor == "postgresql" else _present_sqlite()
    absent = [name for name in expected if name not in present]
    faults = [f"Missing or switched off: {', '.join(absent)}"] if absent else []
    return CheckResult(f"{len(expected)} constraints and triggers", (*faults, *_broken_rows()))


def _expected() -> Iterator[str]:
    editor = connection.SchemaEditorClass(connection)
    editor.deferred_sql = []
    for model in apps.get_models():
        if not model._meta.managed or model._meta.proxy:
            continue
        for one in model._meta.constraints:
            if isinstance(one, TriggerConstraint):
                # What it takes differs by database; its names stand in the statements.
                statements = [one.create_sql(model, editor), *editor.deferred_sql]
                editor.deferred_sql.clear()
                for statement in statements:
                    yield from _NAMED.findall(str(statement))
            else:
                yield one.name


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


def sealed_values(now: datetime) -> CheckResult:
    """Open every sealed value, and count by which key it was sealed. Reads the whole database."""
    by_key: Counter[int] = Counter()
    closed: Counter[str] = Counter()
    for model in models_with_sealed_fields():
        for one in sealed_fields(model):
            rows = model._base_manager.exclude(**{f"{one.name}__isnull": True})
            for pk, text in rows.values_list("pk", one.name).iterator(chunk_size=500):
                key = sealed_by(text)
                if key is None or not _opens(one, text, model, pk):
                    closed[f"{model._meta.db_table}.{one.column}"] += 1
                else:
                    by_key[key] += 1
    total = len(settings.FIELD_KEYS)
    told = ", ".join(f"{by_key[key]} by key {key + 1} of {total}" for key in range(total))
    faults = [f"{count} in {name} cannot be opened" for name, count in sorted(closed.items())]
    return CheckResult(f"{by_key.total() + closed.total()} values: {told}", tuple(faults))


def _opens(field: SealedJSONField, text: str, model: type[Model], pk: Any) -> bool:
    """Return whether the value opens as this row's: one that was moved here does not."""
    try:
        field.open_of(text, model, pk)
    except SealBroken:
        return False
    return True


def audit_trail(now: datetime) -> CheckResult:
    """Compare the audit trail with its seals. Reads all of it."""
    found = verify_trail()
    seen = f"{found.sealed} events in {found.seals} seals, {found.unsealed} not sealed yet"
    if not found.faults:
        return CheckResult(seen)
    return CheckResult(seen, (f"{len(found.faults)} faults: see manage.py verify_audit",))


def time_limits(now: datetime) -> CheckResult:
    """Look whether the database ends what takes too long, also behind a pooler."""
    if connection.vendor != "postgresql":
        return CheckResult("a writer waits 20 s at most")
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        (lock,) = cursor.fetchone()
        cursor.execute("SHOW statement_timeout")
        (statement,) = cursor.fetchone()
    seen = f"a lock is waited for {lock}, a statement may take {statement}"
    fault = "No limit of time is in force: see “A pooler in front of PostgreSQL” in the docs"
    return CheckResult(seen, (fault,) if "0" in (lock, statement) else ())
