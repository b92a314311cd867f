"""The periodic jobs: a list for the clock process, and for the loop that runs without a broker.

Each app registers its jobs in AppConfig.ready. Celery gets one task for each (clinic.tasks), and
`manage.py send_due --loop` runs them where there is no broker. Both may run at the same time, so
an action must do no harm when it runs twice: what it owes is a row with a unique key.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from clinic.database.clock import database_now
from clinic.models.messages import Heartbeat
from clinic.practice.facts import keep_up

log = logging.getLogger("run_ready.periodic")


class JobAction(Protocol):
    """What a job does. `now` is the database's time (aware, UTC), read once for the run."""

    def __call__(self, *, now: datetime) -> object: ...


@dataclass(frozen=True)
class Job:
    """An action, the seconds between two runs of it, and how many the longest run may take.

    None is what every task may take. A worker that takes longer is ended, and the job begins anew.
    """

    name: str
    seconds: float
    action: JobAction
    most_seconds: float | None = None


JOBS: dict[str, Job] = {}


def register(
    name: str, seconds: float, action: JobAction, *, most_seconds: float | None = None
) -> None:
    """Have an action run every so many seconds. Its heartbeat and its task have this name."""
    JOBS[name] = Job(name, seconds, action, most_seconds)


def run(name: str, *, now: datetime | None = None) -> object:
    """Run one job, note its heartbeat, and return what the action returned.

    `now` is by default the database's time. Raises what the action raises; then no heartbeat is
    noted.
    """
    keep_up()
    now = now or database_now()
    result = JOBS[name].action(now=now)
    # Only now: a heartbeat that grows old shows that the job fails.
    Heartbeat.objects.update_or_create(job=name, defaults={"at": now})
    return result


def run_due(*, now: datetime | None = None) -> Iterator[tuple[str, object]]:
    """Run each job that is due; yield its name and what its action returned.

    A job that fails is logged and is due again in the next call; the others run all the same.
    Raises OperationalError when the database does not even answer with the time.
    """
    now = now or database_now()
    last = dict(Heartbeat.objects.filter(job__in=JOBS).values_list("job", "at"))
    for job in JOBS.values():
        if job.name in last and now - last[job.name] < timedelta(seconds=job.seconds):
            continue
        try:
            yield job.name, run(job.name, now=now)
        except Exception:  # one job that fails must not stop the others
            log.exception("periodic job %s failed", job.name)
