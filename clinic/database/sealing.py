"""Migration operations that seal a column which stood in clear."""

from collections.abc import Callable
from typing import Any

from django.db import models
from django.db.migrations import operations

from clinic.database.sealed import SealedJSONField

BATCH = 1000
Operation = operations.base.Operation


def sealing(
    app: str,
    model: str,
    name: str,
    *,
    clear: "models.Field[Any, Any]",
    sealed: SealedJSONField,
    empty: object = None,
) -> list[Operation]:
    """Return the operations that seal the column `name`, and open it again when they are undone.

    `clear` is the field as it was, but nullable; `sealed` is the new field. Where that may be null,
    the value `empty` of the old one becomes null. The rows are read and
    written in batches, so that a large table fits into memory. Constraints and indexes that name
    the column must be removed before.
    """
    before = f"{name}_in_clear"
    # In the database without its default, which belongs to no row and so cannot be sealed.
    bare = SealedJSONField(null=sealed.null)
    return [
        operations.RenameField(model, name, before),
        operations.AlterField(model, before, clear),
        operations.AddField(model, name, SealedJSONField(null=True)),
        operations.RunPython(
            _copying(app, model, before, name, empty), _copying(app, model, name, before, None)
        ),
        operations.RemoveField(model, before),
        operations.AlterField(model, name, bare),
        operations.SeparateDatabaseAndState(
            state_operations=[operations.AlterField(model, name, sealed)]
        ),
    ]


def _copying(
    app: str, model: str, source: str, target: str, empty: object
) -> Callable[[Any, Any], None]:
    """Return a function for RunPython that copies one column into the other, row by row."""

    def copy(apps: Any, schema_editor: Any) -> None:
        connection = schema_editor.connection
        rows = apps.get_model(app, model)._base_manager.using(connection.alias)
        last = None
        while batch := _next(rows, last, ("pk", source)):
            for row in batch:
                value = getattr(row, source)
                setattr(row, target, None if value == empty else value)
                # Only saving knows the row that a sealed value is bound to.
                row.save(update_fields=[target])
            last = batch[-1].pk
        if connection.vendor == "postgresql":
            # It refuses to alter a table that has pending checks.
            connection.check_constraints()

    return copy


def _next(rows: Any, last: Any, columns: tuple[str, ...]) -> list[Any]:
    after = rows.all() if last is None else rows.filter(pk__gt=last)
    return list(after.order_by("pk").only(*columns)[:BATCH])
