"""The list of who was erased: a file beside the backups, so that a restore can erase them again.

A line for each erasure, sealed with FIELD_KEYS: {"patients": ids, "at": ISO 8601, "scope"}. It is
only added to. Its folder is copied with the backups, never restored from an older one.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from cryptography.fernet import InvalidToken
from django.conf import settings

from clinic.database.sealed import is_sealed_by_first_key, ring, sealed_anew
from clinic.whole_lines import alone, append_whole


class ListUnwritable(Exception):
    """The list cannot be written or read. Nothing was erased."""


@dataclass(frozen=True)
class Erasure:
    """One erasure: the ids of her rows, when it was (aware), and its scope."""

    patients: tuple[UUID, ...]
    at: datetime
    scope: str


def append(erasure: Erasure) -> None:
    """Add one erasure, and return once it is on the disk. Raises ListUnwritable."""
    content = {
        "patients": [str(one) for one in erasure.patients],
        "at": erasure.at.isoformat(),
        "scope": erasure.scope,
    }
    line = ring().encrypt(json.dumps(content).encode()) + b"\n"
    try:
        append_whole(_path(), line)
    except OSError as error:
        raise ListUnwritable(error.strerror or type(error).__name__) from error


def listed() -> Iterator[Erasure]:
    """Yield every erasure in the order they were made. Raises ListUnwritable."""
    yield from erasures_in(b"\n".join(_lines()))


def erasures_in(content: bytes) -> Iterator[Erasure]:
    """Yield every erasure of a list, as a file or a backup holds it. Raises ListUnwritable."""
    for number, line in enumerate(content.splitlines(), start=1):
        try:
            found = json.loads(ring().decrypt(line))
        except (InvalidToken, ValueError) as error:
            raise ListUnwritable(f"line {number} cannot be opened with FIELD_KEYS") from error
        yield Erasure(
            tuple(UUID(one) for one in found["patients"]),
            datetime.fromisoformat(found["at"]),
            found["scope"],
        )


def raw_list() -> bytes:
    """Return the list as it is on the disk, for a backup to carry. Raises ListUnwritable."""
    return b"".join(line + b"\n" for line in _lines())


def is_there() -> bool:
    """Return whether there is a list, with or without lines."""
    return _path().is_file()


def take_over(content: bytes) -> None:
    """Make what a backup carried the list, where there is none. Raises ListUnwritable."""
    path = _path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(handle)
    except OSError as error:
        raise ListUnwritable(error.strerror or type(error).__name__) from error


def renew_list(*, write: bool) -> int:
    """Seal the lines anew that a former key sealed; return how many. A step of `rotate_keys`."""
    path = _path()
    if not path.exists():
        return 0
    # Nobody is erased meanwhile: her line would be written into the file that goes.
    with alone(path):
        lines = [line.decode() for line in _lines()]
        old = [line for line in lines if not is_sealed_by_first_key(line)]
        if write and old:
            anew = path.with_suffix(".new")
            anew.touch(mode=0o600)
            anew.write_text("".join(f"{sealed_anew(line)}\n" for line in lines), encoding="utf-8")
            anew.replace(path)
    return len(old)


def _path() -> Path:
    return Path(settings.ERASURE_LIST)


def _lines() -> list[bytes]:
    try:
        return _path().read_bytes().splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ListUnwritable(error.strerror or type(error).__name__) from error
