"""The clock process: Celery's beat, which also notes that it is alive.

What it asks for is done by the worker, whose heartbeats say nothing about the clock. So the clock
notes its own, and staff read which of the two is down.
"""

import logging
import time
from datetime import datetime, timedelta

from celery.beat import PersistentScheduler
from django.db import Error, close_old_connections

from clinic.database.clock import database_now
from clinic.models.messages import Heartbeat
from clinic.operations.logs import kind_and_place

log = logging.getLogger("run_ready.periodic")

# The name of its heartbeat, and the seconds between two of them.
CLOCK, NOTES_EVERY = "clock", 20.0
# How long it may not have noted itself before somebody is told.
SILENT_CLOCK = timedelta(minutes=3)


def note_clock() -> None:
    """Note that the clock runs now, on the database's time. Raises django.db.Error."""
    Heartbeat.objects.update_or_create(job=CLOCK, defaults={"at": database_now()})


def clock_noted_at() -> datetime | None:
    """Return when the clock process last noted itself (UTC), None if there never was one."""
    found: datetime | None = (
        Heartbeat.objects.filter(job=CLOCK).values_list("at", flat=True).first()
    )
    return found


def is_clock_silent(noted_at: datetime | None, now: datetime) -> bool:
    """Return whether a clock process that there was has stopped noting itself."""
    return noted_at is not None and now - noted_at > SILENT_CLOCK


class Scheduler(PersistentScheduler):
    """A scheduler that notes its heartbeat. The database being away does not stop it."""

    _noted_at: float | None = None

    def tick(self, *args: object, **kwargs: object) -> float:
        """Do what is due; return the seconds until the next tick."""
        self._note()
        wait: float = super().tick(*args, **kwargs)
        return min(wait, NOTES_EVERY)

    def _note(self) -> None:
        now = time.monotonic()
        if self._noted_at is not None and now - self._noted_at < NOTES_EVERY:
            return
        self._noted_at = now
        # As a request does: a connection the server has closed must not fail every further note.
        close_old_connections()
        try:
            note_clock()
        except Error as error:
            log.warning("the clock could not note its heartbeat: %s", kind_and_place(error))
