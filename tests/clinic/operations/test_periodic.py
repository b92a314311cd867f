"""Periodic jobs: each runs in its own period, by worker and clock or by the loop."""

import os
import sys
from collections.abc import Callable, Generator
from datetime import datetime, timedelta

import pytest
from django.conf import settings

from clinic.models.messages import Heartbeat
from clinic.operations import periodic, processes
from clinic.tasks import TASKS
from tests.celery_processes import CeleryProcess, current_database_url
from tests.factories import NOW
from tests.waiting import wait_until

NO_BROKER = "redis://127.0.0.1:1/0"


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Replace the jobs by three of the test's own, one of which fails; return the list of runs."""
    done: list[str] = []

    def job(name: str) -> periodic.JobAction:
        def action(*, now: datetime) -> None:
            done.append(name)
            if name == "broken":
                raise ValueError("broken")

        return action

    monkeypatch.setattr(periodic, "JOBS", {})
    for name, seconds in (("often", 10), ("broken", 10), ("hourly", 3600)):
        periodic.register(name, seconds, job(name))
    return done


def test_a_job_takes_longer_than_other_tasks_only_if_it_says_so() -> None:
    # Looking through a file of thirty thousand rows took longer on a busy machine, was ended and
    # begun anew, for ever.
    limits = {
        name: task.time_limit or settings.CELERY_TASK_TIME_LIMIT for name, task in TASKS.items()
    }
    assert {name: most for name, most in limits.items() if most != 120} == {"move_in": 1800}


@pytest.mark.django_db
@pytest.mark.promises
def test_each_job_has_its_own_period_and_a_failing_one_stops_no_other(ran: list[str]) -> None:
    for seconds in (0, 9, 10, 3600):
        ended = [name for name, _ in periodic.run_due(now=NOW + timedelta(seconds=seconds))]
        ran.append("".join(f" {name}" for name in ended))
    assert ran == [
        *("often", "broken", "hourly", " often hourly"),
        *("broken", ""),
        *("often", "broken", " often"),
        *("often", "broken", "hourly", " often hourly"),
    ]
    assert set(Heartbeat.objects.values_list("job", flat=True)) == {"often", "hourly"}


def all_have_run() -> bool:
    return set(Heartbeat.objects.values_list("job", flat=True)) >= set(periodic.JOBS)


@pytest.mark.django_db(transaction=True)
def test_clock_and_worker_run_every_registered_job(
    celery_process: Callable[..., CeleryProcess],
) -> None:
    assert set(TASKS) == set(periodic.JOBS)
    Heartbeat.objects.all().delete()
    celery_process("worker")
    for task in TASKS.values():
        task.delay()
    wait_until(all_have_run)


@pytest.fixture
def loop_without_broker(transactional_db: None) -> Generator[None, None, None]:
    """Run `send_due --loop` on the database of the test, without a Redis."""
    environment = {"DATABASE_URL": current_database_url(), "REDIS_URL": NO_BROKER}
    process = processes.start(
        [sys.executable, "manage.py", "send_due", "--loop"],
        env={**os.environ, **environment},
        cwd=settings.BASE_DIR,
    )
    yield
    processes.stop([process])


def test_the_loop_runs_every_registered_job_without_a_broker(loop_without_broker: None) -> None:
    wait_until(all_have_run)


@pytest.mark.django_db(transaction=True)
def test_the_clock_knows_every_registered_job(celery_process: Callable[..., CeleryProcess]) -> None:
    clock = celery_process("beat")
    wait_until(lambda: "clinic.periodic.send_due" in clock.output())
