"""A pytest plugin that gives a test run its own database and broker, before settings are read.

Loaded by `-p tests.services`. If DATABASE_URL or REDIS_URL is set, that server is used instead.
With RUN_READY_TEST_DB=sqlite the tests run on an SQLite file and folders.
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
# The variable with the migrated database that each worker copies (tests.conftest).
MIGRATED = "RUN_READY_TEST_MIGRATED"
# Settings that a developer's shell may have set, but not for the tests.
NOT_OURS = (
    "SITE_URL", "ALLOWED_HOSTS", "EMAIL_URL", "DEBUG", "PROXY_COUNT", *prepared.ENVIRONMENT,
)  # fmt: skip


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests() -> Generator[None, None, None]:
    """Start or find the services before pytest-django reads the settings."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker:
        separate_worker(int(worker.removeprefix("gw")))
    else:
        provide()
    return (yield)


def provide() -> None:
    """Start the servers that are not given, and put their addresses into the environment."""
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
    # Empty if the database server is not ours: then Django creates the test database as usual.
    ours = prepared.DATABASE if "postgresql" in asked else ""
    os.environ[MIGRATED] = found.get("sqlite", ours)
    os.environ.update(
        RUN_READY_VAR=found["folder"] + "/var",
        # The real limits would refuse the races. A test of a limit sets it itself.
        RUN_READY_LIMITS="test",
        # Hashed names would need collectstatic; the live server serves the source files.
        STATIC_STORAGE="django.contrib.staticfiles.storage.StaticFilesStorage",
        # The browser's event loop runs in the test's own thread.
        DJANGO_ALLOW_ASYNC_UNSAFE="true",
    )


def separate_worker(number: int) -> None:
    """Give this worker of a parallel run its own Redis database and folder."""
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
