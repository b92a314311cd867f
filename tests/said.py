"""Show what the tests of a proof printed, also those that passed: `pytest -p tests.said`.

pytest keeps that to itself, and so do processes that run tests side by side. What a proof counted
is what somebody runs it for.
"""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write it under the name of its test, after everything ran."""
    for report in terminalreporter.getreports("passed"):
        if said := report.capstdout.strip():
            terminalreporter.write_line(f"{report.nodeid}:")
            for line in said.splitlines():
                terminalreporter.write_line(f"  {line}")
