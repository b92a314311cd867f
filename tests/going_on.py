"""Go on with a proof that was stopped: `pytest -p tests.going_on` leaves out what passed before.

PASSED names the file that lists the tests that passed, one in a line, and BEFORE its copy from
before this run: a process that begins later must choose the same tests as the others.
"""

import os
from collections.abc import Collection
from pathlib import Path

import pytest

PASSED, BEFORE = "RUN_READY_PASSED", "RUN_READY_PASSED_BEFORE"


def passed_before(file: Path) -> set[str]:
    """Return the tests that the file lists; none if it is not there yet."""
    return set(file.read_text().splitlines()) if file.exists() else set()


def forget_unfinished(folder: Path, passed: Collection[str]) -> None:
    """Remove what tests that did not pass were first to ask for, so that they ask again.

    Such a file ends in .first and names its test.
    """
    for file in folder.glob("*.first"):
        if file.read_text() not in passed:
            file.unlink()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the tests that passed before, in each of the processes alike."""
    before = passed_before(Path(os.environ[BEFORE]))
    done = [item for item in items if item.nodeid in before]
    config.hook.pytest_deselected(items=done)
    items[:] = [item for item in items if item.nodeid not in before]


class _Noting:
    """Note each test that passed together with what comes after it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._called: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.passed and report.when == "call":
            self._called.add(report.nodeid)
        elif report.passed and report.when == "teardown" and report.nodeid in self._called:
            with self._file.open("a") as file:
                file.write(f"{report.nodeid}\n")


def pytest_configure(config: pytest.Config) -> None:
    """Note what passes, in the one process that hears of all tests."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Noting(Path(os.environ[PASSED])))
