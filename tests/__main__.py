"""Run the suite: checks of the source, all tests, and those marked `promises` on SQLite too.

With arguments, run only those tests, on PostgreSQL and Redis.
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
# A worker that has finished takes tests from the others, as only few tests are slow.
SHARED = ["--dist", "worksteal", "--durations", "10", "--durations-min", "3"]
# For two cores. A third worker uses the time in which the others wait for a browser, a lock or a
# process; the second database runs beside them for the same reason.
EVERYTHING = ["-n", "3", *SHARED]
PROMISES = ["-n", "1", *SHARED, "-m", "promises"]


class Run:
    """A running pytest. Its output goes to the terminal, or into the file `output`."""

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
        """Wait until it ends, print its output if that went into a file; return the exit code."""
        code = self.process.wait()
        if self.output:
            self.announce()
            self.output.seek(0)
            print(self.output.read(), end="", flush=True)
        return code


def promise_files() -> list[str]:
    """Return the files with tests marked `promises`: to collect all others would take longer."""
    found = (path for path in FOLDER.rglob("test_*.py") if "mark.promises" in path.read_text())
    return sorted(str(path) for path in found)


def run_some(arguments: Sequence[str]) -> int:
    """Run pytest with these arguments on PostgreSQL; return its exit code."""
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
    """End every run cleanly when this process is told to end.

    pytest ends cleanly on an interrupt. With a Ctrl-C the terminal sends one to each run, so this
    process ignores its own. Set it before the runs start: a child begins with the default for a
    handled signal, but would go on ignoring an ignored one.
    """

    def interrupt(*_: object) -> None:
        for run in runs:
            run.process.send_signal(signal.SIGINT)

    signal.signal(signal.SIGINT, lambda *_: None)
    signal.signal(signal.SIGTERM, interrupt)


def main(arguments: Sequence[str]) -> int:
    if arguments:
        return run_some(arguments)
    # A failed check fails the run, but the tests run all the same.
    failed = checks.run(checks.STEPS)
    return run_everything() or failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
