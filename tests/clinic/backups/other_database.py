"""A second, empty database beside that of the tests, and commands that run on it."""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection

from tests.celery_processes import current_database_url


@dataclass(frozen=True)
class OtherDatabase:
    """A database by its URL, and the environment in which commands run on it."""

    url: str
    environment: dict[str, str]

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command of manage.py on it, with the keys of the tests; return what it said."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=settings.BASE_DIR,
            env={**os.environ, **self.environment, "DATABASE_URL": self.url, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def does(self, *arguments: str, **environment: str) -> str:
        """Run a command that must succeed; return what it printed."""
        done = self.run(*arguments, **environment)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout

    def says(self, expression: str) -> str:
        """Return what an expression over the models is worth there, as text."""
        code = (
            "from clinic.models import *; from clinic.models.people import *; "
            "from clinic.models.sign_in import *; from clinic.models.links import *; "
            "from clinic.models.own_sessions import *; "
            f"from booking.models import *; from intake.models import *; print({expression})"
        )
        return self.does("shell", "--no-imports", "--command", code).strip().splitlines()[-1]


@contextmanager
def other_database(folder: Path, **environment: str) -> Iterator[OtherDatabase]:
    """Yield an empty database of the same kind as that of the tests, and remove it afterwards."""
    if connection.vendor == "sqlite":
        yield OtherDatabase(f"sqlite:///{folder / secrets.token_hex(4)}.sqlite3", environment)
        return
    name = f"other_{secrets.token_hex(4)}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    try:
        yield OtherDatabase(f"{current_database_url().rpartition('/')[0]}/{name}", environment)
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
