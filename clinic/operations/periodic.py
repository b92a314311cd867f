"""The deeds that run again and again: one list, for the clock process and for the loop without it.

Each app registers its own in AppConfig.ready. Celery makes one task of each (clinic.tasks), and
`manage.py send_due --loop` runs them all where there is no broker. Both may run at once, so a deed
must do no harm when it runs twice: what it owes is a row with a key of its own.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from clinic.database.clock import database_now
from clinic.models.messages import Heartbeat

log = logging.getLogger("run_ready.periodic")


class JobAction(Protocol):
    """What a job does. `now` is the database's time, read once for the run; aware UTC."""

    def __call__(self, *, now: datetime) -> object: ...


@dataclass(frozen=True)
class Job:
    """A deed and how many seconds lie between two runs of it."""

    name: str
    seconds: float
    deed: JobAction


JOBS: dict[str, Job] = {}


def register(name: str, seconds: float, deed: JobAction) -> None:
    """Have a deed run every so many seconds. The name is the heartbeat's and the task's."""
    JOBS[name] = Job(name, seconds, deed)


def run(name: str, *, now: datetime | None = None) -> object:
    """Run one job and, if it came to its end, note when; return what its deed returned.

    `now` is the database's clock by default. Raises whatever the deed raises.
    """
    now = now or database_now()
    result = JOBS[name].deed(now=now)
    Heartbeat.objects.update_or_create(job=name, defaults={"at": now})
    return result


def run_due(*, now: datetime | None = None) -> Iterator[tuple[str, object]]:
    """Run each job whose turn it is; yield the name and what its deed returned, as they end.

    A job that fails is logged and has its turn again in the next call; it keeps no other from
    running. Raises OperationalError when the database cannot even be asked for the time.
    """
    now = now or database_now()
    last = dict(Heartbeat.objects.filter(job__in=JOBS).values_list("job", "at"))
    for job in JOBS.values():
        if job.name in last and now - last[job.name] < timedelta(seconds=job.seconds):
            continue
        try:
            yield job.name, run(job.name, now=now)
        except Exception:
            log.exception("periodic job %s failed", job.name)
