"""Load a backup into an empty database, once all of the file was found to be what was written."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from clinic.backups import dumping
from clinic.backups.keys import backup_keys
from clinic.backups.making import LENGTH
from clinic.backups.sealed_file import BadBackup, Header, open_sealed
from clinic.keys.checking import problem_of


class CannotRestore(Exception):
    """Nothing was loaded. The text says why, and what to do."""


@dataclass(frozen=True)
class Whole:
    """A backup that was read to its end and is whole. `erasures` is the list it carries."""

    path: Path
    header: Header
    erasures: bytes
    key_check: tuple[str, str] | None


def read_whole(path: Path) -> Whole:
    """Read all of the file, and return what it says. Raises BadBackup and OSError."""
    with path.open("rb") as file:
        header, content = open_sealed(file, backup_keys())
        before, rest = _parted(content)
        for _part in rest:
            pass
    check = before["key_check"]
    return Whole(
        path, header, str(before["erasures"]).encode(), (check[0], check[1]) if check else None
    )


def refuse(backup: Whole) -> None:
    """Raise CannotRestore unless the backup may be loaded into the database of the settings."""
    if backup.header.database != connection.vendor:
        raise CannotRestore(
            f"The backup is of {backup.header.database}, and DATABASE_URL names "
            f"{connection.vendor}. Nothing was loaded."
        )
    if dumping.has_tables():
        raise CannotRestore(
            "The database is not empty. A backup is never loaded over a used one: make a new "
            "database, let DATABASE_URL name it, and try again. Nothing was loaded."
        )
    if backup.key_check is not None and (sentence := problem_of(*backup.key_check)):
        raise CannotRestore(sentence)


def load(backup: Whole) -> None:
    """Load it, all or nothing. Raises CannotDump and BadBackup."""
    with backup.path.open("rb") as file:
        _header, content = open_sealed(file, backup_keys())
        _before, rest = _parted(content)
        dumping.load(rest)


def _parted(content: Iterator[bytes]) -> tuple[dict[str, list[str]], Iterator[bytes]]:
    """Return what stands before the database, and the database."""
    have = b""
    while len(have) < LENGTH.size or len(have) < LENGTH.size + LENGTH.unpack_from(have)[0]:
        try:
            have += next(content)
        except StopIteration:
            raise BadBackup("The backup was cut off. Nothing of it is used.") from None
    end = LENGTH.size + LENGTH.unpack_from(have)[0]

    def rest() -> Iterator[bytes]:
        yield have[end:]
        yield from content

    return json.loads(have[LENGTH.size : end]), rest()
