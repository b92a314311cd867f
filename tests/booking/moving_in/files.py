"""Files of other systems, and runs of them."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from booking.models import ImportRow, ImportRun
from booking.moving_in.choices import start_import
from booking.moving_in.entering.importing import import_some
from booking.moving_in.files.formats import Kind
from booking.moving_in.judging import judge
from booking.moving_in.reading import begin_run
from booking.moving_in.work import AT_WORK, move_in
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from tests.factories import NOW

CONTEXT = Context(SYSTEM, NOW)
# Names that stand nowhere else.
CANARY = "Zanarique"
PATIENTS = ("number", "name", "birth_date", "phone", "email", "interpreter")
VISITS = ("number", "date", "time", "service", "clinician")
PACKAGES = (
    *("number", "package", "sold_on", "expires_on", "gave_birth_on", "visits_used"),
    *("visit_dates", "clinician", "still_to_pay"),
)


def file_of(names: Sequence[str], *rows: Sequence[object], separator: str = ",") -> bytes:
    """Return a file with these columns and rows."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator)
    writer.writerow(names)
    writer.writerows(rows)
    return text.getvalue().encode()


def patient_row(number: int, **other: str) -> list[str]:
    """Return a row of our template for patients; nobody else has anything of it."""
    values = {
        "number": str(number),
        "name": f"{CANARY} Row{number}",
        "birth_date": f"1990-01-{number % 28 + 1:02}",
        "phone": f"781-555-{1000 + number}",
        "email": f"row{number}@example.test",
        "interpreter": "",
    }
    return [{**values, **other}[one] for one in PATIENTS]


def day(number: int) -> str:
    """Return the date so many days after Monday, February 1, 2027."""
    return (NOW + timedelta(days=number)).date().isoformat()


def judged(files: dict[Kind, bytes], *, wanted: str = "", by: Any = None) -> ImportRun:
    """Return a run of these files that was looked through."""
    run = begin_run(files=files, wanted=wanted, zone="America/New_York", by=by, context=CONTEXT)
    judge(run_id=run.pk, context=CONTEXT)
    run.refresh_from_db()
    return run


def imported(files: dict[Kind, bytes], **more: Any) -> ImportRun:
    """Return a run of these files that was imported to its end."""
    run = judged(files, **more)
    start_import(run_id=run.pk, context=CONTEXT)
    go_on(run)
    return run


def go_on(run: ImportRun, most: int = 200) -> None:
    """Import what is left of the run."""
    while import_some(run_id=run.pk, context=CONTEXT, most=most):
        pass
    run.refresh_from_db()


def work(now: datetime = NOW) -> None:
    """Run the periodic job until nothing is left to do: on a busy machine one turn is too short."""
    while ImportRun.objects.filter(status__in=AT_WORK).exists():
        move_in(now=now)


def states(run: ImportRun, kind: str) -> dict[int, tuple[str, str]]:
    """Return state and reason of each line of that kind."""
    rows = ImportRow.objects.filter(run=run, kind=kind).order_by("line")
    return {row.line: (row.status, row.reason) for row in rows}
