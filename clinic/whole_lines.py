"""Lines at the end of a file that is only added to: all of them or none."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Keep everybody else who asks from this file and those beside it. Raises OSError."""
    # The folder and not the file, in whose place another one may come meanwhile.
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        # Not every disk of another machine knows locks.
        with suppress(OSError):
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def append_whole(path: Path, content: bytes) -> None:
    """Add this to the file, which only its owner reads, and return once it is on the disk.

    Raises OSError; then the file is as it was. A full disk takes a part of what is written.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with alone(path):
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            before = os.fstat(handle).st_size
            try:
                if os.write(handle, content) < len(content):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(handle)
            except OSError:
                os.ftruncate(handle, before)
                raise
        finally:
            os.close(handle)
