"""`python -m tests.bench.moving_in [PATIENTS] [VISITS]`: how long moving in takes.

It starts a PostgreSQL and a Redis of its own, which are thrown away afterwards.
"""

import csv
import io
import os
import sys
import time
from collections.abc import Iterator
from datetime import timedelta

import django
from django.core.management import call_command

from tests.bench.__main__ import provide, run_sql

BASE, NAME = provide(), "moving_in"
run_sql(f"{BASE}/postgres", f'CREATE DATABASE "{NAME}"')
os.environ["DATABASE_URL"] = f"{BASE}/{NAME}"
django.setup()

from django.db import connection, reset_queries  # noqa: E402
from django.utils import timezone  # noqa: E402

from booking.models import ImportRun, Room, Service  # noqa: E402
from booking.moving_in.choices import say_words, start_import, start_undo  # noqa: E402
from booking.moving_in.entering.importing import import_some  # noqa: E402
from booking.moving_in.entering.undoing import undo_some  # noqa: E402
from booking.moving_in.files.formats import Kind  # noqa: E402
from booking.moving_in.judging import judge  # noqa: E402
from booking.moving_in.queries import run_view  # noqa: E402
from booking.moving_in.reading import begin_run  # noqa: E402
from clinic.audit.context import Context  # noqa: E402
from clinic.audit.record import SYSTEM  # noqa: E402
from tests.factories import make_clinician, make_follow_up, make_offer  # noqa: E402

# Half an hour each, so that a year holds them: so many clinicians work at the same time.
CLINICIANS = 12
CONTACT = ("number", "name", "birth_date", "phone", "email")
STARTS = [(hour, minute) for hour in range(8, 17) for minute in (0, 30)]


def text_of(names: list[str], rows: Iterator[list[object]]) -> bytes:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(names)
    writer.writerows(rows)
    return file.getvalue().encode()


def patients(count: int) -> Iterator[list[object]]:
    for n in range(count):
        phone = f"617-{200 + n // 10_000}-{n % 10_000:04}"
        born = f"{1970 + n % 35}-{n % 12 + 1:02}-{n % 28 + 1:02}"
        yield [
            n,
            f"Patient Number{n}",
            born,
            phone,
            f"p{n}@example.test",
        ]


def visits(count: int, among: int) -> Iterator[list[object]]:
    """Yield visits, each in a place of its own; a patient has one of each kind at most."""
    day, done = timezone.now().date() + timedelta(days=1), 0
    while done < count:
        if day.weekday() < 5:
            for hour, minute in STARTS:
                for clinician in range(CLINICIANS):
                    if done < count:
                        word = "Evaluation" if done < among else "Follow-up"
                        yield [done % among, day, f"{hour}:{minute:02}", word, f"Dr. {clinician}"]
                        done += 1
        day += timedelta(days=1)


def main(how_many_patients: int, how_many_visits: int) -> None:
    call_command("migrate", verbosity=0)
    connection.force_debug_cursor = True
    make_offer()
    for number in range(3, CLINICIANS):
        Room.objects.create(name=f"Room {number + 1}")
    for number in range(CLINICIANS):
        make_clinician(email=f"c{number}@example.test", name=f"Dr. {number}")
    make_follow_up(minutes=30)
    Service.objects.update(minutes=30, buffer_after_minutes=0)
    context = Context(SYSTEM, timezone.now())
    files: dict[Kind, bytes] = {
        "patients": text_of(list(CONTACT), patients(how_many_patients)),
        "visits": text_of(
            ["number", "date", "time", "service", "clinician"],
            visits(how_many_visits, how_many_patients),
        ),
    }
    began = time.monotonic()

    def told(what: str) -> None:
        nonlocal began
        now = time.monotonic()
        print(f"{what}: {now - began:.1f} s, {len(connection.queries)} statements", flush=True)
        began = now
        reset_queries()

    run = begin_run(files=files, wanted="", zone="America/New_York", by=None, context=context)
    told("rows stored")
    judge(run_id=run.pk, context=context)
    told("looked through")
    run.refresh_from_db()
    words = {**run.words, "services": {"Evaluation": "evaluation", "Follow-up": "follow-up"}}
    say_words(run_id=run.pk, words=words, context=context)
    start_import(run_id=run.pk, context=context)
    reset_queries()
    batches, most = 0, 0
    started = time.monotonic()
    while import_some(run_id=run.pk, context=context):
        batches, most = batches + 1, max(most, len(connection.queries))
        reset_queries()
    took = time.monotonic() - started
    print(f"imported: {took:.1f} s, {batches} batches, {most} statements in one at most")
    for kind in run_view(ImportRun.objects.get(pk=run.pk), timezone.now()).kinds:
        print(kind.kind, [(value, count) for value, _label, count in kind.counts])
    start_undo(run_id=run.pk, context=context)
    began = time.monotonic()
    reset_queries()
    while undo_some(run_id=run.pk, context=context):
        reset_queries()
    told("taken back")


if __name__ == "__main__":
    asked = [int(one) for one in sys.argv[1:3]]
    main(*(asked or [10_000, 20_000]))
