"""A real Celery worker and a real beat process on the database of the test."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from clinic.operations import processes

READY_SECONDS = 60
COMMANDS = {
    "worker": ["worker", "--concurrency", "1", "--without-gossip", "--without-mingle"],
    "beat": ["beat", "--max-interval", "1"],
}
READY_WORDS = {"worker": "ready.", "beat": "beat: Starting"}


class CeleryProcess:
    """A Celery process, "worker" or "beat", which starts when it is created."""

    def __init__(self, kind: str, folder: Path, **environment: str) -> None:
        self.kind, self.log = kind, folder / f"{kind}-{time.monotonic_ns()}.log"
        command = [sys.executable, "-m", "celery", "--app", "clinic", *COMMANDS[kind]]
        command += ["--loglevel", "info"]
        if kind == "beat":
            command += ["--schedule", str(self.log.with_suffix(".schedule"))]
        with self.log.open("w") as output:
            self.process = processes.start(
                command,
                env={**os.environ, "DATABASE_URL": current_database_url(), **environment},
                cwd=settings.BASE_DIR,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def wait_until_ready(self) -> "CeleryProcess":
        """Wait until the process says that it is ready. Raises AssertionError if it never does."""
        end = time.monotonic() + READY_SECONDS
        while READY_WORDS[self.kind] not in self.output():
            assert self.process.poll() is None, f"The {self.kind} ended:\n{self.output()}"
            assert time.monotonic() < end, f"The {self.kind} is not ready:\n{self.output()}"
            time.sleep(0.05)
        return self

    def output(self) -> str:
        """Return what the process has written so far."""
        return self.log.read_text()

    def kill(self) -> None:
        """Kill the process and its children, as a power cut would (kill -9)."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """Stop the process as an operator would."""
        processes.stop([self.process])


def current_database_url() -> str:
    """Return the URL of the database that the test itself uses."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    user, password = quote(database["USER"]), quote(database["PASSWORD"])
    host, port = quote(database["HOST"], safe=""), database["PORT"]
    return f"postgres://{user}:{password}@{host}{f':{port}' if port else ''}/{database['NAME']}"
