"""Gives a test run its own database and broker, before any setting is read.

Loaded by `-p tests.services`. DATABASE_URL and REDIS_URL from the environment are used when given.
RUN_READY_TEST_DB=sqlite runs on the embedded default instead: an SQLite file and folders.
"""

import atexit
import json
import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests import prepared

ROOT = Path(__file__).resolve().parent.parent
# Names the migrated database that each worker copies, for `tests.conftest`.
MIGRATED = "RUN_READY_TEST_MIGRATED"
# Settings of an installation, which a shell may have set for other reasons than a test.
NOT_OURS = ("SITE_URL", "ALLOWED_HOSTS", "EMAIL_URL", "DEBUG", "PROXY_COUNT", "CLINIC_TIME_ZONE")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests() -> Generator[None, None, None]:
    """Run before pytest-django reads the settings."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker:
        keep_apart(int(worker.removeprefix("gw")))
    else:
        provide()
    return (yield)


def provide() -> None:
    """Start what is not given and put the addresses into the environment."""
    for name in NOT_OURS:
        os.environ.pop(name, None)
    on_sqlite = os.environ.get("RUN_READY_TEST_DB") == "sqlite"
    if on_sqlite:
        os.environ.pop("DATABASE_URL", None)
        os.environ.pop("REDIS_URL", None)
    wanted = {"postgresql": "DATABASE_URL", "redis": "REDIS_URL"}
    asked = [name for name in wanted if not on_sqlite and not os.environ.get(wanted[name])]
    found = start_servers([*asked, "sqlite"] if on_sqlite else asked)
    os.environ.update({wanted[name]: found[name] for name in asked})
    # Empty where the database server is not ours: there a run makes its own, as Django does it.
    ours = prepared.DATABASE if "postgresql" in asked else ""
    os.environ[MIGRATED] = found.get("sqlite", ours)
    os.environ.update(
        RUN_READY_VAR=found["folder"] + "/var",
        # Production values would refuse the races; a test of each default says so itself.
        RUN_READY_LIMITS="test",
        # Hashed names need a collected copy; the live server serves the files as they are.
        STATIC_STORAGE="django.contrib.staticfiles.storage.StaticFilesStorage",
        # The browser's event loop runs in the test's own thread.
        DJANGO_ALLOW_ASYNC_UNSAFE="true",
    )


def keep_apart(number: int) -> None:
    """Give this worker of a parallel run its own Redis database and its own folder."""
    os.environ["RUN_READY_VAR"] += f"/{number}"
    if address := os.environ.get("REDIS_URL"):
        os.environ["REDIS_URL"] = urlsplit(address)._replace(path=f"/{number + 1}").geturl()


def start_servers(wanted: list[str]) -> dict[str, str]:
    """Start the process that owns the servers; return their addresses and its folder."""
    owner = subprocess.Popen(
        [sys.executable, "-m", "tests.servers", *wanted],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        # A Ctrl-C is for the tests; the servers go when they have gone.
        start_new_session=True,
    )
    atexit.register(end_servers, owner)
    line = owner.stdout.readline() if owner.stdout else b""
    if not line:
        pytest.exit("The test services did not start; the reason stands above.", returncode=3)
    found: dict[str, str] = json.loads(line)
    return found


def end_servers(owner: subprocess.Popen) -> None:
    """Let the servers end and their folder go: closing our end of the pipe is all it takes."""
    if owner.stdin:
        owner.stdin.close()
    owner.wait()
