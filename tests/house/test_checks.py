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
    """What the suite was asked to run, without running it."""
    asked: list[str] = []
    monkeypatch.setattr(suite, "run_everything", lambda: asked.append("everything") or 0)
    monkeypatch.setattr(suite, "run_some", lambda arguments: asked.extend(arguments) or 0)
    return asked


@pytest.mark.parametrize("fault", [0, 1])
def test_a_failed_check_fails_the_run_but_all_tests_run(runs, monkeypatch, fault):
    monkeypatch.setattr(checks, "run", lambda steps: fault)
    assert suite.main([]) == fault
    assert runs == ["everything"]


def test_with_arguments_only_those_tests_run(runs, monkeypatch):
    looked: list[object] = []
    monkeypatch.setattr(checks, "run", looked.append)
    suite.main(["tests/booking/test_plan.py"])
    assert (looked, runs) == ([], ["tests/booking/test_plan.py"])
