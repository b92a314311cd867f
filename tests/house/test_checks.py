"""The checks that `./dev test` runs before the tests."""

import sys

import pytest

from tests import __main__ as suite
from tests import checks

FINE = [sys.executable, "-c", "print('nothing to say')"]
FAULTY = [sys.executable, "-c", "print('line 3 is odd'); raise SystemExit(2)"]


def test_a_check_that_fails_is_named_with_its_output_and_the_others_go_on(capsys):
    assert checks.run({"layout": FAULTY, "types": FINE}) == 1
    assert capsys.readouterr().out == (
        "== The source\nlayout: failed\nline 3 is odd\n\ntypes: ok\n"
    )


def test_checks_that_find_nothing_print_one_line_each(capsys):
    assert checks.run({"layout": FINE, "types": FINE}) == 0
    assert capsys.readouterr().out == "== The source\nlayout: ok\ntypes: ok\n"


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the databases that the suite would run on; nothing runs."""
    asked: list[str] = []

    class PretendedRun:
        def __init__(self, title, database, arguments, output=None):
            asked.append(database)

        def announce(self):
            pass

        def finish(self):
            return 0

    monkeypatch.setattr(suite, "Run", PretendedRun)
    # The signals belong to the run that this test is a part of.
    monkeypatch.setattr(suite, "pass_signals_on", lambda runs: None)
    return asked


@pytest.mark.parametrize("fault", [0, 1])
def test_a_failed_check_fails_the_run_but_all_tests_run(runs, monkeypatch, fault):
    monkeypatch.setattr(checks, "run", lambda steps: fault)
    assert suite.main([]) == fault
    assert runs == ["postgresql", "sqlite"]


def test_with_arguments_only_those_tests_run(runs, monkeypatch):
    looked: list[object] = []
    monkeypatch.setattr(checks, "run", looked.append)
    suite.main(["tests/booking/test_plan.py"])
    assert (looked, runs) == ([], ["postgresql"])
