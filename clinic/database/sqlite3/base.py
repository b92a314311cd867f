"""The backend itself; `settings` names this package as the engine."""

from typing import Any

from django.db.backends.sqlite3 import base, schema
from django.db.models import Model

_READERS = (
    "SELECT name, sql FROM sqlite_master"
    " WHERE type = 'trigger' AND tbl_name <> %s AND instr(sql, %s) > 0"
)


class DatabaseSchemaEditor(schema.DatabaseSchemaEditor):
    """Takes the triggers that read a table away while that table is rebuilt.

    Most changes of a table drop it and rename a new one to its name. SQLite refuses to rename
    while a trigger of another table names one that is not there.
    """

    def _remake_table(self, model: type[Model], *args: Any, **kwargs: Any) -> None:
        table = model._meta.db_table
        with self.connection.cursor() as cursor:
            cursor.execute(_READERS, [table, table])
            readers = cursor.fetchall()
        for name, _sql in readers:
            self.execute(f"DROP TRIGGER {self.quote_name(name)}", params=None)
        super()._remake_table(model, *args, **kwargs)  # type: ignore[misc]
        for _name, sql in readers:
            self.execute(sql, params=None)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection whose schema editor is the one above."""

    SchemaEditorClass = DatabaseSchemaEditor
