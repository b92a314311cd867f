"""Databases with every migration applied, made once and copied by each run of the tests.

They lie under var/tests/, each in a folder named after all that it was made from, so a change of
any of it asks for another one. A folder appears there whole or not at all: runs side by side and
runs that were killed half-way leave nothing that could be taken for a finished one.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import closing, suppress
from importlib import metadata
from pathlib import Path
from sqlite3 import connect, sqlite_version

ROOT = Path(__file__).resolve().parent.parent
SHELF = ROOT / "var" / "tests"
SOURCES = ("clinic", "booking", "intake")
# On a PostgreSQL of ours; the workers' databases are copies of it.
DATABASE = "run_ready_migrated"
# What a migration can read besides its own file.
ENVIRONMENT = ("CLINIC_TIME_ZONE",)
# Enough for a few branches in turn; one takes about 50 MB.
MOST_KEPT = 4
ABANDONED_SECONDS = 3600


class CannotMigrate(Exception):
    """The migrations did not run; the text is what they said."""


def key(server: str, root: Path = ROOT) -> str:
    """Return a name for everything a migrated database depends on.

    `server` is the kind and version of the database. Every Python file of the product counts: a
    migration may import any of them, and no list of the right ones would stay right.
    """
    digest = hashlib.sha256(f"{server} {platform.python_version()}".encode())
    for name in ENVIRONMENT:
        digest.update(f"{name}={os.environ.get(name)}\n".encode())
    for library in sorted(f"{one.name}=={one.version}" for one in metadata.distributions()):
        digest.update(library.encode())
    for path in sorted(path for app in SOURCES for path in (root / app).rglob("*.py")):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(root)} {content}\n".encode())
    return digest.hexdigest()[:32]


def take(name: str, target: Path, shelf: Path = SHELF) -> bool:
    """Copy the folder of that name to the new folder `target`; return False when there is none."""
    stored = shelf / name
    try:
        # The newest stay; see `_clear`.
        os.utime(stored)
        shutil.copytree(stored, target)
    except OSError:
        # Another run may just be clearing it away, or another user may have made it.
        shutil.rmtree(target, ignore_errors=True)
        return False
    return True


def put(name: str, source: Path, shelf: Path = SHELF) -> None:
    """Keep a copy of the folder `source` under that name, unless another run was faster."""
    shelf.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".making-", dir=shelf) as scratch:
        shutil.copytree(source, Path(scratch) / name)
        # Refused when the name is taken by a folder that is not empty.
        with suppress(OSError):
            (Path(scratch) / name).rename(shelf / name)
    _clear(shelf)


def _clear(shelf: Path) -> None:
    """Delete all but those that were used last, and what killed runs left."""
    for left in shelf.glob(".making-*"):
        if left.stat().st_mtime < time.time() - ABANDONED_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
    found = [path for path in shelf.iterdir() if not path.name.startswith(".")]
    for path in sorted(found, key=lambda path: path.stat().st_mtime)[:-MOST_KEPT]:
        shutil.rmtree(path, ignore_errors=True)


def migrate(database_url: str) -> None:
    """Apply all migrations to that empty database."""
    with tempfile.TemporaryDirectory() as var:
        done = subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": database_url, "RUN_READY_VAR": var},
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    if done.returncode:
        raise CannotMigrate(done.stdout)


def sqlite(folder: Path) -> Path:
    """Return a migrated SQLite file in that new folder, copied when one is kept, else made."""
    path, name = folder / "migrated.sqlite3", key(f"sqlite {sqlite_version}")
    if not take(name, folder):
        folder.mkdir(exist_ok=True)
        migrate(f"sqlite:///{path}")
        # Nothing may be left in a journal beside it: who copies, copies this one file.
        with closing(connect(path)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        put(name, folder)
    return path
