"""Take all of a database as a stream of bytes, and load it again.

PostgreSQL goes through its own programs, by pipes. SQLite is copied by its own interface into a
file that only its owner can read, which is removed.
"""

import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections

_READ = 1024 * 1024
# What Django's settings call otherwise than the programs of PostgreSQL.
_VARIABLES = {
    "NAME": "PGDATABASE",
    "USER": "PGUSER",
    "PASSWORD": "PGPASSWORD",
    "HOST": "PGHOST",
    "PORT": "PGPORT",
}
_OPTIONS = {
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "sslcrl": "PGSSLCRL",
    "passfile": "PGPASSFILE",
    "service": "PGSERVICE",
}


class CannotDump(Exception):
    """The database could not be read or loaded. The text says why, without anything of a row."""


def dumped() -> Iterator[bytes]:
    """Yield the whole database as it is at one moment. Raises CannotDump, also at the very end."""
    if connection.vendor == "postgresql":
        return _from_postgresql()
    return _from_sqlite()


def load(content: Iterable[bytes]) -> None:
    """Load what `dumped` yielded into the database of the settings, which has no tables.

    All of it or nothing. Raises CannotDump, and whatever the content raises.
    """
    if connection.vendor == "postgresql":
        _into_postgresql(content)
    else:
        _into_sqlite(content)


def has_tables() -> bool:
    """Return whether the database of the settings holds any table."""
    with connection.cursor() as cursor:
        return bool(connection.introspection.table_names(cursor, include_views=True))


# --- PostgreSQL -----------------------------------------------------------------------------------


def _from_postgresql() -> Iterator[bytes]:
    command = [_program("pg_dump"), "--format=custom", "--compress=1", "--no-owner"]
    with _running([*command, "--no-privileges"], stdout=subprocess.PIPE) as (process, _said):
        assert process.stdout is not None
        while part := process.stdout.read(_READ):
            yield part


def _into_postgresql(content: Iterable[bytes]) -> None:
    # Comments are left out: only the owner of an extension may write the one on it.
    command = [_program("pg_restore"), "--no-owner", "--no-privileges", "--no-comments"]
    command += ["--exit-on-error", "--single-transaction", "--dbname", _variables()["PGDATABASE"]]
    connections.close_all()
    with _running(command, stdin=subprocess.PIPE) as (process, _said):
        assert process.stdin is not None
        # It commits when its input ends, which it must not if the content breaks off.
        with suppress(BrokenPipeError):
            for part in content:
                process.stdin.write(part)
            process.stdin.close()


@contextmanager
def _running(
    command: list[str], **streams: Any
) -> Iterator[tuple["subprocess.Popen[bytes]", IO[bytes]]]:
    """Run a program of PostgreSQL around the block. Raises CannotDump if it ends with an error.

    An error in the block kills it.
    """
    # A file, so that a program which has much to say does not wait for us while we wait for it.
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603 our own command, no shell
            command, env={**os.environ, **_variables()}, stderr=said, **streams
        )
        try:
            yield process, said
        except BaseException:
            process.kill()
            process.wait()
            raise
        if process.wait():
            raise CannotDump(f"{Path(command[0]).name}: {_first_line(said)}")


def _first_line(said: IO[bytes]) -> str:
    """Return the first line of an error. Later ones may hold a row."""
    said.seek(0)
    lines = said.read(20_000).decode(errors="replace").splitlines()
    return next((line for line in lines if "error" in line), "ended without a word")[:300]


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise CannotDump(f"{name} is not here: install the client programs of PostgreSQL.")
    return found


def _variables() -> dict[str, str]:
    """Return how the programs reach the database: never on the command line, which others see.

    The owner of the tables is asked, if there is one of its own: the user of the site reads less.
    Never through a pooler: what the programs set for their session would stay behind on a
    connection that a page gets next.
    """
    if settings.DATABASE_POOLER and settings.OWNER_DATABASE is None:
        raise CannotDump(
            "DATABASE_URL leads through a pooler: set MIGRATE_DATABASE_URL to the database itself."
        )
    known: Mapping[str, Any] = {**connection.settings_dict, **(settings.OWNER_DATABASE or {})}
    options = {**connection.settings_dict.get("OPTIONS", {}), **known.get("OPTIONS", {})}
    if settings.OWNER_DATABASE is None:
        known = connection.settings_dict
    else:
        # A test has a database of its own, which the settings of the owner do not name.
        known = {**known, "NAME": connection.settings_dict["NAME"]}
    given = {variable: str(known.get(name) or "") for name, variable in _VARIABLES.items()}
    given |= {variable: str(options.get(name, "")) for name, variable in _OPTIONS.items()}
    return {name: value for name, value in given.items() if value}


# --- SQLite ---------------------------------------------------------------------------------------


def _from_sqlite() -> Iterator[bytes]:
    with _private_file() as copy:
        source = sqlite3.connect(f"{_sqlite_file().as_uri()}?mode=ro", uri=True)
        with closing(source), closing(sqlite3.connect(copy)) as target:
            source.backup(target)
            # Everything in this one file, none of it in a journal beside it.
            target.execute("PRAGMA journal_mode=DELETE")
        with copy.open("rb") as file:
            while part := file.read(_READ):
                yield part


def _into_sqlite(content: Iterable[bytes]) -> None:
    connections.close_all()
    target = _sqlite_file()
    with _private_file() as copy:
        with copy.open("wb") as file:
            for part in content:
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        with closing(sqlite3.connect(copy)) as database:
            if database.execute("PRAGMA quick_check").fetchone() != ("ok",):
                raise CannotDump("The file of the database in the backup is damaged.")
        for journal in ("-wal", "-shm"):
            target.with_name(target.name + journal).unlink(missing_ok=True)
        copy.replace(target)


@contextmanager
def _private_file() -> Iterator[Path]:
    """Yield an empty file beside the database that only its owner can read; remove it after."""
    # The same disk: it is in clear, as the database itself, and is renamed to its name.
    handle, name = tempfile.mkstemp(prefix=".copy-", dir=_sqlite_file().parent)
    os.close(handle)
    try:
        yield Path(name)
    finally:
        for left in ("", "-wal", "-shm", "-journal"):
            Path(name + left).unlink(missing_ok=True)


def _sqlite_file() -> Path:
    return Path(connections[DEFAULT_DB_ALIAS].settings_dict["NAME"]).absolute()
