"""The work on runs, in short turns: by the periodic job, or by the command all at once."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from booking.models import ImportRow, ImportRun
from booking.moving_in.entering.importing import import_some
from booking.moving_in.entering.undoing import undo_some
from booking.moving_in.judging import judge
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM, Actor
from clinic.database.retrying import retried

# In seconds, how long one turn of the job works: mail and other jobs wait for it where there is
# one process for all.
TURN = 4
KEPT, KEPT_FOR_A_PERSON = timedelta(days=1), timedelta(days=90)
AT_WORK = (ImportRun.Status.JUDGING, ImportRun.Status.IMPORTING, ImportRun.Status.UNDOING)
Status = ImportRow.Status


def actor_of_run(run: ImportRun) -> Actor:
    """Return who imports: whoever began the run, or the system for one of the command."""
    return Actor(f"user:{run.by_id}", run.by.role) if run.by is not None else SYSTEM


def work_some(*, run_id: UUID, now: datetime) -> bool:
    """Do the next piece of work on a run; return whether more is to do without a person."""
    run = ImportRun.objects.select_related("by").get(pk=run_id)
    context = Context(actor_of_run(run), now)
    if run.status == ImportRun.Status.JUDGING:
        judge(run_id=run.pk, context=context)
        return False
    if run.status == ImportRun.Status.IMPORTING:
        return import_some(run_id=run.pk, context=context)
    return run.status == ImportRun.Status.UNDOING and undo_some(run_id=run.pk, context=context)


def move_in(*, now: datetime) -> int:
    """Work on whatever runs are under way, for one turn; return how many pieces were done.

    A periodic job: a run that was broken off goes on by itself, and two at once take turns.
    """
    pieces, begun = 0, time.monotonic()
    for key in list(ImportRun.objects.filter(status__in=AT_WORK).values_list("pk", flat=True)):
        has_more = True
        while has_more and time.monotonic() - begun < TURN:
            has_more = work_some(run_id=key, now=now)
            pieces += 1
    return pieces


def to_the_end(*, run_id: UUID, clock: Callable[[], datetime]) -> Iterator[None]:
    """Work on a run until nothing is to do without a person; yield after each piece."""
    while work_some(run_id=run_id, now=clock()):
        yield


@retried
def forget_moved_in(*, now: datetime) -> int:
    """Empty what stands in rows a day after, and delete runs after 90 days; return how many rows.

    A row that waits for a person keeps its cells until somebody is done with it.
    """
    over = Q(run__status="imported", run__undo_until__lt=now) | Q(run__status="undone")
    # A dry run that nobody went on with.
    over |= Q(run__status="judged", run__made_at__lt=now - KEPT)
    rows = ImportRow.objects.filter(over, cells__isnull=False).exclude(status=Status.WAITS)
    emptied = rows.update(cells=None)
    for run in ImportRun.objects.filter(status="judged", made_at__lt=now - KEPT):
        run.status, run.files, run.words = ImportRun.Status.DISCARDED, {}, {}
        run.save(update_fields=["status", "files", "words"])
    old = ImportRun.objects.filter(made_at__lt=now - KEPT_FOR_A_PERSON).exclude(status__in=AT_WORK)
    keys = list(old.values_list("pk", flat=True))
    ImportRow.objects.filter(run__in=keys).delete()
    old.filter(pk__in=keys).delete()
    return emptied
