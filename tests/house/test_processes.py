"""The supervisor of processes: when it restarts one, and when it gives up."""

import signal
import sys
import time

import pytest

from clinic.operations.processes import Child, Supervisor

LASTING = [sys.executable, "-c", "import signal; signal.pause()"]
BRIEF = [sys.executable, "-c", "raise SystemExit(3)"]


@pytest.fixture(autouse=True)
def own_signal_handlers():
    """Restore the signal handlers of the test run afterwards."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def a_child(**fields: object) -> Child:
    return Child("worker", BRIEF, started=time.monotonic(), **fields)


def test_each_restart_waits_longer_and_after_five_it_gives_up():
    child = a_child()
    waits = [child.plan_restart() for _ in range(6)]
    assert waits == [1, 2, 4, 8, 16, None]


def test_after_a_minute_of_running_the_restarts_are_counted_anew():
    child = a_child(restarts=5)
    child.started -= 61
    assert child.plan_restart() == 1


def test_a_vital_child_is_never_restarted():
    assert a_child(vital=True).plan_restart() is None


def test_the_end_of_a_vital_child_ends_the_others():
    steady = Child("worker", LASTING)
    supervisor = Supervisor([Child("web", BRIEF, vital=True), steady], environment={})
    assert supervisor.run(on_tick=lambda: None) is False
    assert steady.process.returncode == -signal.SIGTERM


def test_a_signal_ends_all_children_and_is_no_failure():
    steady = Child("web", LASTING, vital=True)
    supervisor = Supervisor([steady], environment={})
    assert supervisor.run(on_tick=lambda: signal.raise_signal(signal.SIGTERM)) is True
    assert steady.process.returncode is not None
