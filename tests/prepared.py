"""Migrated databases, made once and copied by each test run.

They are stored under var/tests/, each in a folder named by a hash of everything it was made from,
so any change leads to a new one. A folder appears there whole or not at all: neither runs side by
side nor killed runs leave a half-made one that could be taken for a whole one.
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
# The name on our own PostgreSQL. The workers' databases are copies of it.
DATABASE = "run_ready_migrated"
# Variables that a migration can depend on.
ENVIRONMENT = (
    "CLINIC_TIME_ZONE", "CLINIC_NAME", "CLINIC_MAIL_NAME", "CLINIC_PHONE", "CLINIC_ADDRESS",
    "LOCAL_CRISIS_LINE",
)  # fmt: skip
# Enough to switch between a few branches; each takes about 50 MB.
MOST_STORED = 4
ABANDONED_SECONDS = 3600


class CannotMigrate(Exception):
    """The migrations failed; the text is their output."""


def key(server: str, root: Path = ROOT) -> str:
    """Return a hash of everything a migrated database depends on.

    `server` is the kind and version of the database. Every Python file of the product counts, as a
    migration may import any of them.
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
    """Copy the stored folder of that name to `target`; return False if there is none."""
    stored = shelf / name
    try:
        # Marks it as used, so that `_clear` does not remove it.
        os.utime(stored)
        shutil.copytree(stored, target)
    except OSError:
        # Another run may be removing it right now, or another user may own it.
        shutil.rmtree(target, ignore_errors=True)
        return False
    return True


def put(name: str, source: Path, shelf: Path = SHELF) -> None:
    """Store a copy of the folder `source` under that name, unless another run did so first."""
    shelf.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".making-", dir=shelf) as scratch:
        shutil.copytree(source, Path(scratch) / name)
        # Renaming fails if another run has stored a folder of that name meanwhile.
        with suppress(OSError):
            (Path(scratch) / name).rename(shelf / name)
    _clear(shelf)


def _clear(shelf: Path) -> None:
    """Remove all but the folders that were used last, and what killed runs left behind."""
    for left in shelf.glob(".making-*"):
        if left.stat().st_mtime < time.time() - ABANDONED_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
    found = [path for path in shelf.iterdir() if not path.name.startswith(".")]
    for path in sorted(found, key=lambda path: path.stat().st_mtime)[:-MOST_STORED]:
        shutil.rmtree(path, ignore_errors=True)


def migrate(database_url: str) -> None:
    """Apply all migrations to that empty database. Raises CannotMigrate."""
    with tempfile.TemporaryDirectory() as var:
        done = subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0", "--traceback"],
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
    """Return the path of a migrated SQLite file in that new folder, a copy if one is stored."""
    path, name = folder / "migrated.sqlite3", key(f"sqlite {sqlite_version}")
    if not take(name, folder):
        folder.mkdir(exist_ok=True)
        migrate(f"sqlite:///{path}")
        # Moves everything into this one file, as only it is copied and not the journal beside it.
        with closing(connect(path)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        put(name, folder)
    return path
