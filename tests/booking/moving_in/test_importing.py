"""What is imported: nothing doubled, nothing lost, nothing of hers overwritten."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine

from booking.models import Appointment, Enrollment, ImportRow, ImportRun, LedgerEntry, Room
from booking.moving_in.choices import choose, say_words
from booking.packages.queries import package_of
from clinic.models.audit import AuditEvent
from clinic.models.messages import Email
from clinic.models.people import Patient
from tests.booking.moving_in.files import (
    CANARY,
    CONTEXT,
    PACKAGES,
    PATIENTS,
    VISITS,
    day,
    file_of,
    go_on,
    imported,
    judged,
    patient_row,
    states,
)
from tests.cast import Cast, make_cast
from tests.factories import NOW, make_patient

pytestmark = [pytest.mark.django_db, pytest.mark.promises]


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def test_patients_and_visits_come_in(cast: Cast) -> None:
    run = imported(
        {
            "patients": file_of(PATIENTS, patient_row(1), patient_row(2, phone="call her sister")),
            "visits": file_of(
                VISITS,
                [1, day(2), "9:00", "evaluation", "Dr. Test"],
                [2, day(2), "1:30 PM", "evaluation", "Dr. Test"],
            ),
        }
    )
    assert states(run, "patients") == {2: ("made", ""), 3: ("made", "")}
    assert states(run, "visits") == {2: ("made", ""), 3: ("made", "")}
    first = Patient.objects.get(name=f"{CANARY} Row1")
    assert (first.phone, first.born_on) == ("+17815551001", date(1990, 1, 2))
    # A number that nobody can dial stays visible.
    assert Patient.objects.get(name=f"{CANARY} Row2").phone == "call her sister"
    visit = Appointment.objects.get(patient=first)
    assert visit.starts_at == datetime(2027, 2, 3, 14, tzinfo=UTC)
    assert (visit.status, visit.price_cents, visit.booked_at) == ("booked", 22_500, NOW)
    kinds = set(Email.objects.filter(patient=first).values_list("kind", flat=True))
    assert kinds == {"reminder_24h"}, "reminders, and no confirmation"
    assert run.status == "imported"


def test_a_known_patient_keeps_her_data_and_gets_the_visits(cast: Cast) -> None:
    run = imported(
        {
            "patients": file_of(
                PATIENTS,
                patient_row(1, name="EXAMPLE Pat", birth_date="5/4/1992", email="new@example.test"),
            ),
            "visits": file_of(VISITS, [1, day(2), "9:00", "evaluation", "Dr. Test"]),
        }
    )
    assert states(run, "patients") == {2: ("joined", "")}
    cast.patient.refresh_from_db()
    assert (cast.patient.name, cast.patient.email) == ("Pat Example", "patient@example.test")
    assert Appointment.objects.get().patient == cast.patient
    assert Patient.objects.count() == 2


def test_a_package_under_way_goes_on(cast: Cast) -> None:
    run = imported(
        {
            "patients": file_of(PATIENTS, patient_row(1)),
            "packages": file_of(
                PACKAGES,
                [
                    *(1, "Run Ready", "2026-12-01", "2027-07-01", "2026-09-01", 2),
                    *("2026-12-10 2026-12-20", "Dr. Test", "$190.00"),
                ],
            ),
            "visits": file_of(VISITS, [1, day(2), "9:00", "Run Ready visit 3", "Dr. Test"]),
        }
    )
    assert states(run, "packages") == {2: ("made", "")}
    assert states(run, "visits") == {2: ("made", "")}
    package = Enrollment.objects.get()
    kinds = list(LedgerEntry.objects.filter(enrollment=package).values_list("kind", flat=True))
    assert kinds == ["grant", "reserve", "consume", "reserve", "consume", "reserve"]
    shown = package_of(package.patient, NOW)
    assert shown is not None
    assert (shown.left, shown.use_by, package.owed_cents) == (3, date(2027, 7, 1), 19_000)
    assert [one.is_done for one in shown.visits] == [True, True, False, False, False, False]
    assert shown.next_visit is not None
    assert shown.next_visit.number == 4
    assert (package.first_visit_from, package.impact_from) == (
        date(2026, 10, 13),
        date(2026, 11, 24),
    )
