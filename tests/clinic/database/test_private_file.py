"""The file of SQLite is for its owner alone, also one that an earlier version left open to all."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings


def migrate(folder: Path) -> None:
    """Run a command that writes into the database, with the loosest umask there is."""
    environment = {"PATH": os.environ["PATH"], "RUN_READY_VAR": str(folder)}
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "contenttypes", "--verbosity", "0"],
        cwd=settings.BASE_DIR,
        env=environment,
        check=True,
        preexec_fn=lambda: os.umask(0) and None,
    )


def modes(folder: Path) -> dict[str, str]:
    return {
        one.name: stat.filemode(one.stat().st_mode) for one in folder.glob("run-ready.sqlite3*")
    }


@pytest.mark.parametrize("was_open_to_all", [False, True])
def test_nobody_else_reads_the_file_of_sqlite(tmp_path: Path, was_open_to_all: bool) -> None:
    file = tmp_path / "run-ready.sqlite3"
    if was_open_to_all:
        file.touch(mode=0o666)
        file.chmod(0o666)
    migrate(tmp_path)
    found = modes(tmp_path)
    assert file.name in found
    assert file.stat().st_size > 0
    assert set(found.values()) == {"-rw-------"}
