"""Checks of the database: its schema, its limits of time, and what is sealed in it."""

from collections import Counter
from datetime import datetime
from functools import cache
from typing import Any

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
from clinic.self_checks.checks import CheckResult


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
