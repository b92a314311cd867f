"""An import is taken back within a day: what nobody used goes, the rest stays and is listed."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail

from booking.appointments.changes import cancel_appointment
from booking.models import Appointment, Enrollment, ImportRow, ImportRun
from booking.moving_in.choices import NotNow, close_row, start_undo
from booking.moving_in.work import forget_moved_in
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.messages.delivery.sending import send_due
from clinic.models.audit import AuditEvent
from clinic.models.messages import Email
from clinic.models.people import Patient
from clinic.retention.erasing import erase_patient
from tests.booking.moving_in.files import (
    CANARY,
    CONTEXT,
    PACKAGES,
    PATIENTS,
    VISITS,
    day,
    file_of,
    imported,
    judged,
    patient_row,
    states,
    work,
)
from tests.cast import Cast, make_cast
from tests.factories import NOW

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def visits(*lines: list[Any]) -> bytes:
    return file_of(VISITS, *lines)


def undone(run: ImportRun, now: Any = NOW) -> None:
    start_undo(run_id=run.pk, context=Context(SYSTEM, now))
    work(now)
    run.refresh_from_db()


def test_what_nobody_used_is_gone_and_nobody_is_mailed(cast: Cast) -> None:
    run = imported(
        {
            "patients": file_of(PATIENTS, patient_row(1), patient_row(2)),
            "visits": visits([1, day(2), "9:00", "evaluation", "Dr. Test"]),
        }
    )
    undone(run)
    assert run.status == "undone"
    assert not Patient.objects.filter(name__startswith=CANARY).exists()
    assert (Appointment.objects.count(), Email.objects.count()) == (0, 0)
    assert {one[0] for one in states(run, "patients").values()} == {"taken_back"}
    send_due(now=NOW)
    assert mail.outbox == []
    taken = AuditEvent.objects.filter(action="take import back", reason="patient")
    assert taken.count() == 2


def test_what_was_used_since_stays_and_is_listed(cast: Cast) -> None:
    rows = [patient_row(number) for number in range(1, 4)]
    run = imported(
        {
            "patients": file_of(PATIENTS, *rows),
            "visits": visits(
                [1, day(2), "9:00", "evaluation", "Dr. Test"],
                [2, day(2), "11:00", "evaluation", "Dr. Test"],
            ),
        }
    )
    first = Appointment.objects.get(patient__name=f"{CANARY} Row1")
    cancel_appointment(appointment_id=first.pk, rev=0, context=CONTEXT)
    Patient.objects.filter(name=f"{CANARY} Row3").update(phone="+17815550123")
    undone(run)
    assert states(run, "visits") == {2: ("stays", "used_since"), 3: ("taken_back", "")}
    assert states(run, "patients") == {
        2: ("stays", "used_since"),
        3: ("taken_back", ""),
        4: ("stays", "used_since"),
    }
    left = Patient.objects.filter(name__startswith=CANARY).order_by("name")
    assert [one.name for one in left] == [f"{CANARY} Row1", f"{CANARY} Row3"]


def test_a_package_is_ended_in_the_books(cast: Cast) -> None:
    run = imported(
        {
            "patients": file_of(PATIENTS, patient_row(1)),
            "packages": file_of(
                PACKAGES,
                [1, "Run Ready", "2026-12-01", "", "2026-09-01", 1, "2026-12-10", "Dr. Test", ""],
            ),
            "visits": visits([1, day(2), "9:00", "Run Ready visit 2", "Dr. Test"]),
        }
    )
    undone(run)
    package = Enrollment.objects.get()
    assert (package.ending, package.ending_reason) == ("cancelled", "The import was taken back.")
    assert states(run, "packages") == {2: ("taken_back", "in_books")}
    assert states(run, "visits") == {2: ("taken_back", "in_books")}
    assert states(run, "patients") == {2: ("stays", "used_since")}
    send_due(now=NOW)
    assert mail.outbox == []


def test_after_a_day_it_is_too_late_and_the_cells_are_gone(cast: Cast) -> None:
    run = imported(
        {
            "patients": file_of(PATIENTS, patient_row(1)),
            "visits": visits([1, day(6), "9:00", "evaluation", "Dr. Test"]),
        }
    )
    later = NOW + DAY + timedelta(seconds=1)
    with pytest.raises(NotNow, match="day_over"):
        start_undo(run_id=run.pk, context=Context(SYSTEM, later))
    forget_moved_in(now=NOW)
    assert not ImportRow.objects.filter(cells__isnull=True).exists()
    forget_moved_in(now=later)
    kept = ImportRow.objects.filter(cells__isnull=False)
    assert [row.status for row in kept] == ["waits"]
    waiting = kept.get()
    close_row(row_id=waiting.pk, how="Booked on Monday", by=cast.manager, context=CONTEXT)
    waiting.refresh_from_db()
    assert (waiting.status, waiting.cells, waiting.done_how) == ("done", None, "Booked on Monday")
    forget_moved_in(now=NOW + 91 * DAY)
    assert (ImportRun.objects.count(), ImportRow.objects.count()) == (0, 0)
    assert Patient.objects.filter(name__startswith=CANARY).count() == 1


def test_a_dry_run_that_nobody_went_on_with_is_thrown_away(cast: Cast) -> None:
    run = judged({"patients": file_of(PATIENTS, patient_row(1))})
    forget_moved_in(now=NOW + 2 * DAY)
    run.refresh_from_db()
    assert (run.status, run.files, ImportRow.objects.get().cells) == ("discarded", {}, None)


def test_erasing_a_patient_takes_her_rows_along(cast: Cast, settings: Any, tmp_path: Any) -> None:
    settings.ERASURE_LIST = str(tmp_path / "erasures.sealed")
    imported({"patients": file_of(PATIENTS, patient_row(1), patient_row(2))})
    patient = Patient.objects.get(name=f"{CANARY} Row1")
    erase_patient(patient_id=patient.pk, reason="She asked for it.", context=CONTEXT)
    assert ImportRow.objects.get().patient == Patient.objects.get(name=f"{CANARY} Row2")
