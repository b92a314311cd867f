"""Have staff compare rows that a sign-in or a merge took off their list, though others agree.

Until now both counted as comparing. A row that staff noted as another person stays so.
"""

from collections import defaultdict
from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Q

_KEYS = ("name_key", "born_on", "phone_key", "email_key")
_ENOUGH = 2


def mark(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    patients = apps.get_model("clinic", "Patient").objects.using(schema_editor.connection.alias)
    events = apps.get_model("clinic", "AuditEvent").objects.using(schema_editor.connection.alias)
    apart = set(
        events.filter(action="keep patients apart").values_list("patient", flat=True).distinct()
    )
    current = patients.filter(merged_into__isnull=True, erased_at__isnull=True)
    by_value: dict[tuple[str, Any], set[Any]] = defaultdict(set)
    rows = {row["pk"]: row for row in current.values("pk", *_KEYS)}
    for key, row in rows.items():
        for value in _values(row):
            by_value[value].add(key)
    joined = patients.filter(merged_into__isnull=False).values("merged_into")
    asked = current.filter(Q(user__isnull=False) | Q(pk__in=joined), is_unmatched=False)
    waiting = [
        key
        for key in asked.values_list("pk", flat=True)
        if str(key) not in apart and _agrees(key, rows, by_value)
    ]
    for begin in range(0, len(waiting), 500):
        patients.filter(pk__in=waiting[begin : begin + 500]).update(is_unmatched=True)


def _values(row: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(name, row[name]) for name in _KEYS if row[name]]


def _agrees(key: Any, rows: dict[Any, dict[str, Any]], by_value: dict[Any, set[Any]]) -> bool:
    """Return whether another row agrees with this one in enough values."""
    times: dict[Any, int] = defaultdict(int)
    for value in _values(rows[key]):
        for other in by_value[value]:
            times[other] += other != key
    return any(count >= _ENOUGH for count in times.values())


class Migration(migrations.Migration):
    dependencies = [("clinic", "0023_seal_typed_reasons")]
    operations = [migrations.RunPython(mark, migrations.RunPython.noop)]
