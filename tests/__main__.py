"""Runs the suite: a look at the source, all tests, and the database's promises on SQLite too.

With arguments: only those tests. All of it on PostgreSQL and Redis unless said otherwise.
"""

import os
import signal
import subprocess
import sys

import pytest

from clinic.operations import processes
from tests import checks

# A worker that is done takes tests from the other: the slow ones are few.
SHARED = ["-n", "2", "--dist", "worksteal"]
SLOWEST = ["--durations", "10", "--durations-min", "3"]
EVERYTHING = [*SHARED, *SLOWEST]
PROMISES = [*SHARED, *SLOWEST, "-m", "promises"]


def run(title: str, database: str, arguments: list[str]) -> int:
    """Run pytest once; return its exit code."""
    print(f"== {title}", flush=True)
    # pytest ends cleanly on an interrupt, and gets its own from the terminal with a Ctrl-C. Set
    # before it starts: handled signals begin as the default in it, ignored ones would stay ignored.
    signal.signal(signal.SIGINT, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: tests.send_signal(signal.SIGINT))
    parent = os.getpid()
    tests = subprocess.Popen(
        [sys.executable, "-m", "pytest", *arguments],
        env={**os.environ, "RUN_READY_TEST_DB": database},
        preexec_fn=lambda: processes.die_with_parent(parent),
    )
    return tests.wait()


def main(arguments: list[str]) -> int:
    # What it finds fails the run, but hides nothing that the tests have to say.
    seen = 0 if arguments else checks.run(checks.STEPS)
    code = run("PostgreSQL and Redis", "postgresql", arguments or EVERYTHING)
    if arguments or code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        return code
    return run("The database's promises on SQLite", "sqlite", PROMISES) or code or seen


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
