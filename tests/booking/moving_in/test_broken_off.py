"""Broken off in the middle by an error or a kill, and two at once: nothing doubled or lost."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import connection

from booking.models import Appointment, ImportRow, ImportRun
from booking.moving_in.choices import start_import
from booking.moving_in.entering.importing import import_some
from booking.moving_in.files.formats import Kind
from booking.packages import ledger_actions
from clinic.models.messages import Email
from clinic.models.people import Patient
from tests.booking.moving_in.files import (
    CANARY,
    CONTEXT,
    PATIENTS,
    VISITS,
    day,
    file_of,
    go_on,
    judged,
    patient_row,
    states,
    work,
)
from tests.cast import make_cast
from tests.celery_processes import current_database_url
from tests.factories import NOW
from tests.racing import race


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def begun(count: int) -> ImportRun:
    """Return a run of so many patients, each with a visit, that is to be imported."""
    run = judged(
        {
            "patients": file_of(PATIENTS, *(patient_row(one) for one in range(1, count + 1))),
            "visits": file_of(
                VISITS,
                # Four a day, two hours apart.
                *(
                    [one, day(1 + (one - 1) // 4), f"{8 + 2 * ((one - 1) % 4)}:00", *EVAL]
                    for one in range(1, count + 1)
                ),
            ),
        }
    )
    start_import(run_id=run.pk, context=CONTEXT)
    return run


EVAL = ("evaluation", "Dr. Test")


def outcome(run: ImportRun) -> tuple[Any, ...]:
    """Return what became of each row, and who has which visits."""
    rows = ImportRow.objects.filter(run=run).order_by("kind", "line")
    visits = Appointment.objects.order_by("patient__name", "starts_at")
    return (
        list(rows.values_list("kind", "line", "status", "reason")),
        list(visits.values_list("patient__name", "starts_at", "room__name", "status")),
        list(Patient.objects.order_by("name").values_list("name", flat=True)),
    )


@pytest.mark.django_db
def test_an_error_in_the_middle_of_a_batch_leaves_nothing_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_cast()
    run = begun(12)
    calls = []

    def fail(*args: Any, **options: Any) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError
        written(*args, **options)

    written = ledger_actions.write_for
    monkeypatch.setattr(ledger_actions, "write_for", fail)
    with pytest.raises(RuntimeError):
        go_on(run, most=4)
    assert Appointment.objects.count() == 4
    assert sorted(one[0] for one in states(run, "visits").values()) == ["made"] * 4 + ["new"] * 8
    go_on(run, most=4)
    assert {one[0] for one in states(run, "visits").values()} == {"made"}
    assert Appointment.objects.count() == 12
    assert Patient.objects.filter(name__startswith=CANARY).count() == 12


@pytest.mark.django_db(transaction=True)
def test_two_at_once_take_turns() -> None:
    make_cast()
    run = begun(12)

    def work(number: int) -> None:
        while import_some(run_id=run.pk, context=CONTEXT, most=3):
            pass

    assert race(2, work) == [None, None]
    assert {one[0] for one in states(run, "visits").values()} == {"made"}
    assert Appointment.objects.count() == 12
    assert Patient.objects.filter(name__startswith=CANARY).count() == 12


KILLED = """
import os, django
os.environ["DJANGO_SETTINGS_MODULE"] = "clinic.settings"
django.setup()
import time_machine
from booking.moving_in.entering import importing
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from datetime import datetime, UTC
import sys, time
now = datetime(2027, 2, 1, 14, tzinfo=UTC)
context = Context(SYSTEM, now)
update = importing.write_states
done = []
with time_machine.travel(now, tick=False):
    def slow(rows, names):
        done.append(1)
        if len(done) == int(sys.argv[2]):
            # Everything of this batch is written and nothing is committed.
            print("in the middle", flush=True)
            time.sleep(600)
        return update(rows, names)
    importing.write_states = slow
    while importing.import_some(run_id=sys.argv[1], context=context, most=4):
        pass
"""


@pytest.mark.django_db(transaction=True)
def test_a_killed_process_is_gone_on_from_where_it_was() -> None:
    make_cast()
    control = begun(12)
    go_on(control)
    wanted = outcome(control)
    _empty()
    run = begun(12)
    _kill_in_batch(4, run)
    assert Patient.objects.filter(name__startswith=CANARY).count() == 12
    assert Appointment.objects.count() == 0
    _wait_for_locks(run)
    # The periodic job goes on by itself.
    work()
    assert outcome(run) == wanted


# What another system calls the columns of a patient and of a visit; the others are its template's.
COLUMNS: dict[str, dict[Kind, tuple[str, ...]]] = {
    "openemr": {
        "patients": ("pid", "fname", "lname", "DOB", "phone_cell", "email"),
        "visits": ("pc_pid", "pc_eventDate", "pc_startTime", "pc_title", "pc_aid"),
    },
    "webpt": {
        "visits": (
            *("patient_id", "start_date", "appointment_type", "calendar_title"),
            "appointment_status",
        ),
    },
    "nookal": {
        "patients": ("First Name", "Last Name", "Date of Birth", "Mobile Phone", "Email Address"),
        # It has no numbers: a visit names her.
        "visits": ("name", "birth_date", "date", "time", "service", "clinician", "phone", "email"),
    },
}


def a_hundred(fmt: str) -> dict[Kind, bytes]:
    """Return files of a hundred patients with a visit each, one in a hundred rows broken."""
    patients, visits = [], []
    for number in range(1, 101):
        _, name, born, phone, email, _ = patient_row(number)
        first, last = name.split()
        born = "never" if number == 50 else born
        date, time_ = day(1 + (number - 1) // 4), f"{8 + 2 * ((number - 1) % 4)}:00"
        time_ = "25:00" if number == 30 else time_
        if fmt == "openemr":
            patients.append([number, first, last, born, phone, email])
            visits.append([number, date, time_, *EVAL])
        elif fmt == "webpt":
            patients.append([number, name, born, phone, email, ""])
            visits.append([number, f"{date} {time_}", *EVAL, "Active"])
        else:
            patients.append([first, last, born, phone, email])
            visits.append([name, born, date, time_, *EVAL, phone, email])
    names: dict[Kind, tuple[str, ...]] = {"patients": PATIENTS, **COLUMNS[fmt]}
    return {
        "patients": file_of(names["patients"], *patients),
        "visits": file_of(names["visits"], *visits),
    }


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fmt", COLUMNS)
def test_three_systems_with_broken_rows_and_a_kill_lose_and_double_nothing(fmt: str) -> None:
    make_cast()
    control = judged(a_hundred(fmt))
    start_import(run_id=control.pk, context=CONTEXT)
    go_on(control)
    wanted = outcome(control)
    assert {one["format"] for one in control.files.values()} >= {fmt}
    refused = ImportRow.objects.filter(status="refused").order_by("kind", "line")
    # Line 1 has the names. The visit of whoever was refused has nobody.
    assert list(refused.values_list("kind", "line")) == [
        ("patients", 51),
        ("visits", 31),
        ("visits", 51),
    ]
    booked = Appointment.objects.count()
    assert booked > 50
    _empty()
    run = judged(a_hundred(fmt))
    start_import(run_id=run.pk, context=CONTEXT)
    # 25 batches of patients, then those of visits.
    _kill_in_batch(30, run)
    assert Patient.objects.filter(name__startswith=CANARY).count() == 99
    assert 0 < Appointment.objects.count() < booked
    _wait_for_locks(run)
    work()
    assert outcome(run) == wanted


def _kill_in_batch(number: int, run: ImportRun) -> None:
    """Import in a process of its own, and kill that when this batch is written, not committed."""
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(run.pk), str(number)],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DATABASE_URL": current_database_url()},
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"in the middle\n"
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()


def _empty() -> None:
    """Take the rows of the control run away."""
    ImportRow.objects.all().delete()
    ImportRun.objects.all().delete()
    Email.objects.all().delete()
    Appointment.objects.all().delete()
    Patient.objects.filter(name__startswith=CANARY).delete()


def _wait_for_locks(run: ImportRun) -> None:
    """Wait until the server has noticed that the other end is gone."""
    if connection.vendor == "sqlite":
        return
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'"
                " AND datname = current_database()"
            )
            if cursor.fetchone() == (0,):
                return
        time.sleep(0.1)
