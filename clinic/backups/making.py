"""Make a backup: one sealed file of the whole database, whole or not at all."""

import json
import os
import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from clinic.backups.dumping import dumped
from clinic.backups.keys import backup_keys
from clinic.backups.sealed_file import Header, write_sealed
from clinic.database.clock import database_now
from clinic.models.keys import KeyCheck
from clinic.models.messages import Heartbeat
from clinic.retention.erasure_list import raw_list

# The heartbeat that says when the last backup was taken.
TAKEN = "backup"
KEPT = 14
_BEGINS, _ENDS, _MAKING = "run-ready-", ".backup", ".making-"
# The length of what stands before the database.
LENGTH = struct.Struct(">Q")


def make_backup(folder: Path | None = None, *, keep: int = KEPT) -> Path:
    """Write a backup into the folder, remove all but the newest `keep`, and return its path.

    Raises CannotDump, OSError, ListUnwritable and ImproperlyConfigured; then there is no new file,
    and none is removed.
    """
    key = backup_keys()[0]
    folder = folder or settings.BACKUP_DIR
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Read first: what happens while the database is read may or may not be in it.
    taken_at = database_now()
    # To the microsecond, so that one made in the same second does not take the place of another.
    name = f"{_BEGINS}{taken_at.astimezone(UTC):%Y%m%dT%H%M%S.%f}Z{_ENDS}"
    making = folder / f"{_MAKING}{os.getpid()}-{name}"
    try:
        handle = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            write_sealed(file, Header(taken_at, _kind()), _content(), key)
            file.flush()
            os.fsync(file.fileno())
        making.replace(folder / name)
    finally:
        making.unlink(missing_ok=True)
    _flush_names(folder)
    Heartbeat.objects.update_or_create(job=TAKEN, defaults={"at": taken_at})
    _thin_out(folder, keep)
    return folder / name


def last_taken() -> datetime | None:
    """Return when the last backup was taken (aware), None if none ever was."""
    return Heartbeat.objects.filter(job=TAKEN).values_list("at", flat=True).first()


def _kind() -> str:
    return "sqlite" if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3") else "postgresql"


def _content() -> Iterator[bytes]:
    """Yield what goes into the file: what is needed before the database, then the database."""
    check = KeyCheck.objects.values_list("sealed", "digest").first()
    before = json.dumps({"erasures": raw_list().decode(), "key_check": check}).encode()
    yield LENGTH.pack(len(before)) + before
    yield from dumped()


def _thin_out(folder: Path, keep: int) -> None:
    """Remove the oldest backups, and what a killed one left behind."""
    # Their names begin with when they were taken.
    for old in sorted(folder.glob(f"{_BEGINS}*{_ENDS}"), reverse=True)[max(keep, 1) :]:
        old.unlink(missing_ok=True)
    for left in folder.glob(f"{_MAKING}*"):
        if not _is_running(left):
            left.unlink(missing_ok=True)


def _is_running(making: Path) -> bool:
    """Return whether the process that writes this file is still there."""
    number = making.name.removeprefix(_MAKING).partition("-")[0]
    return Path("/proc", number).exists() if Path("/proc").exists() else True


def _flush_names(folder: Path) -> None:
    """Have the disk keep the new name too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
