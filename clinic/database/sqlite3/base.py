"""The backend itself; `settings` names this package as the engine."""

import os
from contextlib import suppress
from pathlib import Path
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
    """A connection whose schema editor is the one above, to a file that only its owner reads."""

    SchemaEditorClass = DatabaseSchemaEditor

    def get_new_connection(self, conn_params: Any) -> Any:
        """Open the file. SQLite gives its journal and shared memory the mode of the file."""
        if not self.is_in_memory_db():
            _keep_private(Path(conn_params["database"]))
        return super().get_new_connection(conn_params)


def _keep_private(file: Path) -> None:
    """Make the file, or take it away from everybody else: contact data is in clear in it."""
    # Never open one that is there: closing it would end the locks of all our connections to it.
    with suppress(OSError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL, 0o600))
    # Where it cannot be done, SQLite says why it cannot open the file.
    with suppress(OSError):
        for one in (file, *(file.with_name(file.name + end) for end in ("-wal", "-shm"))):
            if one.exists() and one.stat().st_mode & 0o077:
                one.chmod(0o600)
