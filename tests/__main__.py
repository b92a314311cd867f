"""Runs the suite: a look at the source, all tests, and the database's promises on SQLite too.

With arguments: only those tests. All of it on PostgreSQL and Redis unless said otherwise.
"""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from clinic.operations import processes
from tests import checks

FOLDER = Path(__file__).resolve().parent
# A worker that is done takes tests from the others: the slow ones are few.
SHARED = ["--dist", "worksteal", "--durations", "10", "--durations-min", "3"]
# Two cores are the least we count on. A third worker fills the time in which a browser, a lock or a
# process that starts is waited for; the second database runs beside them for the same reason.
EVERYTHING = ["-n", "3", *SHARED]
PROMISES = ["-n", "1", *SHARED, "-m", "promises"]


class Run:
    """One pytest that has been started; what it says goes to the terminal or into `output`."""

    def __init__(
        self, title: str, database: str, arguments: Sequence[str], output: IO[str] | None = None
    ) -> None:
        self.title, self.output = title, output
        parent = os.getpid()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pytest", *arguments],
            env={**os.environ, "RUN_READY_TEST_DB": database},
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            preexec_fn=lambda: processes.die_with_parent(parent),
        )

    def announce(self) -> None:
        print(f"== {self.title}", flush=True)

    def finish(self) -> int:
        """Wait for its end, show what it said if nobody saw it yet; return its exit code."""
        code = self.process.wait()
        if self.output:
            self.announce()
            self.output.seek(0)
            print(self.output.read(), end="", flush=True)
        return code


def promise_files() -> list[str]:
    """Return the files that hold promises; reading all the others takes longer than these."""
    found = (path for path in FOLDER.rglob("test_*.py") if "mark.promises" in path.read_text())
    return sorted(str(path) for path in found)


def run_some(arguments: Sequence[str]) -> int:
    """Run what was asked for, on PostgreSQL."""
    runs: list[Run] = []
    pass_signals_on(runs)
    runs.append(Run("PostgreSQL and Redis", "postgresql", arguments))
    runs[0].announce()
    return runs[0].finish()


def run_everything() -> int:
    """Run both databases side by side; return the first exit code that is not 0."""
    runs: list[Run] = []
    pass_signals_on(runs)
    with tempfile.TemporaryFile("w+") as aside:
        runs.append(Run("PostgreSQL and Redis", "postgresql", EVERYTHING))
        promises = [*PROMISES, *promise_files()]
        runs.append(Run("The database's promises on SQLite", "sqlite", promises, output=aside))
        runs[0].announce()
        codes = [run.finish() for run in runs]
    return next((code for code in codes if code), 0)


def pass_signals_on(runs: Sequence[Run]) -> None:
    """Let every run end cleanly when we are asked to end.

    pytest does so on an interrupt, and gets its own from the terminal with a Ctrl-C. Set before it
    starts: handled signals begin as the default in it, ignored ones would stay ignored.
    """

    def interrupt(*_: object) -> None:
        for run in runs:
            run.process.send_signal(signal.SIGINT)

    signal.signal(signal.SIGINT, lambda *_: None)
    signal.signal(signal.SIGTERM, interrupt)


def main(arguments: Sequence[str]) -> int:
    if arguments:
        return run_some(arguments)
    # What it finds fails the run, but hides nothing that the tests have to say.
    seen = checks.run(checks.STEPS)
    return run_everything() or seen


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
