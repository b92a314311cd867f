"""What is imported: nothing doubled, nothing lost, nothing of hers overwritten."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.db import connection

from booking.models import (
    Appointment,
    Enrollment,
    ImportRow,
    ImportRun,
    LedgerEntry,
    PackageVersion,
    Room,
)
from booking.moving_in.choices import NotNow, choose, say_words, start_import
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


def test_the_dry_run_writes_nothing_elsewhere(cast: Cast) -> None:
    before = Patient.objects.count()
    run = judged({"patients": file_of(PATIENTS, patient_row(1))})
    assert (run.status, Patient.objects.count()) == ("judged", before)
    assert not Email.objects.exists()
    assert states(run, "patients") == {2: ("new", "")}


def test_one_broken_row_in_a_hundred_loses_none_of_the_others(cast: Cast) -> None:
    rows = [patient_row(number) for number in range(1, 101)]
    rows[49][PATIENTS.index("birth_date")] = "5" * 5000
    run = imported({"patients": file_of(PATIENTS, *rows)})
    found = states(run, "patients")
    assert found.pop(51) == ("refused", "birth_date")
    assert set(found.values()) == {("made", "")}
    assert Patient.objects.filter(name__startswith=CANARY).count() == 99


def test_what_cannot_be_booked_waits_with_its_reason(cast: Cast) -> None:
    Room.objects.exclude(name="Room 1").delete()
    names = [
        [1, day(2), "9:00", "evaluation", "Dr. Test"],
        # Another patient in the same hour, then one on a Sunday, and words that nobody explained.
        [2, day(2), "9:30", "evaluation", "Dr. Test"],
        [2, day(6), "9:00", "evaluation", "Dr. Test"],
        [2, day(3), "9:00", "Massage", "Dr. Test"],
        [2, day(3), "9:00", "evaluation", "Dr. Nobody"],
        [1, day(4), "9:00", "evaluation", "Dr. Test"],
        [1, day(4), "11:00", "Run Ready visit 1", "Dr. Test"],
        [2, day(4), "15:00", "evaluation", "Dr. Nobody"],
    ]
    files: Any = {
        "patients": file_of(PATIENTS, patient_row(1), patient_row(2)),
        "visits": file_of(VISITS, *names),
    }
    run = imported(files)
    assert states(run, "visits") == {
        2: ("made", ""),
        3: ("waits", "clinician_busy"),
        4: ("waits", "outside_hours"),
        5: ("waits", "no_service_here"),
        # The same patient and hour as the line before.
        6: ("joined", "twice_in_file"),
        7: ("waits", "one_ahead"),
        8: ("waits", "no_package"),
        9: ("waits", "no_clinician"),
    }
    assert Appointment.objects.count() == 1


def test_the_same_files_again_double_nothing(cast: Cast) -> None:
    files: Any = {
        "patients": file_of(PATIENTS, patient_row(1), patient_row(2)),
        "visits": file_of(VISITS, [1, day(2), "9:00", "evaluation", "Dr. Test"]),
    }
    imported(files)
    again = imported(files)
    assert set(states(again, "patients").values()) == {("joined", "")}
    assert states(again, "visits") == {2: ("joined", "booked_already")}
    assert (Patient.objects.count(), Appointment.objects.count()) == (4, 1)


def test_two_runs_looked_through_before_either_was_imported(cast: Cast) -> None:
    files: Any = {"patients": file_of(PATIENTS, patient_row(1))}
    first, second = judged(files), judged(files)
    start_import(run_id=first.pk, context=CONTEXT)
    with pytest.raises(NotNow, match="another"):
        start_import(run_id=second.pk, context=CONTEXT)
    go_on(first)
    start_import(run_id=second.pk, context=CONTEXT)
    go_on(second)
    assert states(second, "patients") == {2: ("joined", "")}
    assert Patient.objects.filter(name__startswith=CANARY).count() == 1


def test_who_is_like_her_in_part_is_asked_about(cast: Cast) -> None:
    make_patient(name="Ann Lee", email="lee@example.test", phone="+17815550177")
    rows = (
        # A mother's number and mailbox under another name; then one who differs in the birth date.
        patient_row(1, name="Zoe Lee", email="lee@example.test", phone="781-555-0177"),
        patient_row(2, name="Ann Lee", birth_date="1960-02-03", phone="781-555-0177"),
        patient_row(3),
        patient_row(4, name=f"{CANARY} Row3", phone="781-555-1003", birth_date="1971-01-01"),
    )
    run = judged(
        {
            "patients": file_of(PATIENTS, *rows),
            "visits": file_of(VISITS, [1, day(2), "9:00", "evaluation", "Dr. Test"]),
        }
    )
    assert states(run, "patients") == {
        2: ("unclear", "like_known"),
        3: ("unclear", "like_known"),
        4: ("new", ""),
        5: ("unclear", "like_line"),
    }
    zoe, last = run.rows.get(kind="patients", line=2), run.rows.get(kind="patients", line=5)
    choose(row_id=zoe.pk, patient_id=None, of_line=None, context=CONTEXT)
    choose(row_id=last.pk, patient_id=None, of_line=4, context=CONTEXT)
    start_import(run_id=run.pk, context=CONTEXT)
    go_on(run)
    assert states(run, "patients") == {
        2: ("made", "chosen"),
        3: ("waits", "like_known"),
        4: ("made", ""),
        5: ("joined", "chosen"),
    }
    assert Appointment.objects.get().patient.name == "Zoe Lee"


def test_words_that_somebody_explained_are_taken(cast: Cast) -> None:
    run = judged(
        {
            "patients": file_of(PATIENTS, patient_row(1)),
            "packages": file_of(
                PACKAGES, [1, "Mother's six", "2026-12-01", "", "2026-09-01", 0, "", "", ""]
            ),
            "visits": file_of(
                VISITS,
                [1, day(2), "9:00", "PT 60", "Keane, J."],
                [1, day(11), "9:00", "PT 60", "Keane, J."],
            ),
        }
    )
    assert run.words["services"] == {"PT 60": ""}
    clinician = str(cast.clinician.pk)
    version = str(PackageVersion.objects.get(price_cents__gt=0).pk)
    words = {
        "services": {"PT 60": "*next"},
        "clinicians": {"Keane, J.": clinician},
        "packages": {"Mother's six": version},
    }
    say_words(run_id=run.pk, words=words, context=CONTEXT)
    start_import(run_id=run.pk, context=CONTEXT)
    go_on(run)
    assert states(run, "visits") == {2: ("made", ""), 3: ("made", "")}
    numbers = Appointment.objects.order_by("starts_at").values_list("visit_number", "service__code")
    assert list(numbers) == [(1, "rr1"), (2, "rr2")]


def test_what_stands_in_the_files_is_in_no_event_and_no_clear_column(cast: Cast) -> None:
    imported({"patients": file_of(PATIENTS, patient_row(1, birth_date="never"))})
    events = AuditEvent.objects.values_list("action", "object", "reason", "patient")
    assert CANARY not in str(list(events))
    with connection.cursor() as cursor:
        for model in (ImportRun, ImportRow):
            cursor.execute(f"SELECT * FROM {model._meta.db_table}")  # noqa: S608
            assert CANARY not in str(cursor.fetchall())
