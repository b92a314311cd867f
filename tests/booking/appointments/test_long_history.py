"""Years of past visits cost nothing: a query about a few days reads those days."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from booking.appointments.bookings import confirm_hold
from booking.appointments.holds import hold_slot
from booking.calendar.sheets import day_sheet, week_sheet
from booking.models import Appointment
from booking.scheduling.queries import upcoming_of
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.management.sample.bulk import make_bulk
from intake.day_sheet.queries import clinician_day
from tests.big_tables import analyze
from tests.booking.calendar.test_desk_calendar import at
from tests.cast import Cast, make_cast
from tests.factories import make_clinician, make_patient, make_referral

pytestmark = pytest.mark.django_db

ZONE = "America/New_York"
TODAY = date(2027, 2, 1)
BEFORE = datetime(2027, 1, 25, 14, tzinfo=UTC)


@pytest.fixture
def cast() -> Cast:
    """Return the cast of a clinic with four clinicians and years of visits."""
    cast = make_cast()
    for number in range(3):
        make_clinician(email=f"c{number}@example.test", name=f"Dr. {number}")
    make_bulk(patients=200, appointments=16_000, start=TODAY, rng=Random(1), zone=ZONE)
    analyze()
    return cast


def whole_table_reads(work: Callable[[], object]) -> list[str]:
    """Return the statements of the work for which the database reads all visits."""
    with CaptureQueriesContext(connection) as seen:
        work()
    found = []
    for query in seen.captured_queries:
        sql = query["sql"]
        if sql.startswith("SELECT") and '"booking_appointment"' in sql:
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN {sql}")
                plan = "\n".join(line for (line,) in cursor.fetchall())
            if "Seq Scan on booking_appointment" in plan:
                found.append(f"{sql}\n{plan}")
    assert seen.captured_queries
    return found


def book_one() -> Appointment:
    patient = make_patient(email="new@example.test")
    make_referral(patient=patient, now=BEFORE)
    held = hold_slot(
        patient=patient,
        service_code="evaluation",
        starts_at=at(17, day=TODAY) - timedelta(hours=2),
        clinician_id=None,
        holder_key="a browser",
        context=Context(SYSTEM, BEFORE),
    )
    return confirm_hold(
        appointment_id=held.pk,
        holder_key="a browser",
        exam_wish="",
        context=Context(SYSTEM, BEFORE),
    )


def test_a_booking_a_day_a_week_and_a_person_read_no_more_than_theirs(cast: Cast) -> None:
    Appointment.objects.filter(starts_at__gte=at(13), starts_at__lt=at(23)).delete()
    works: dict[str, Callable[[], object]] = {
        "booking": book_one,
        "day": lambda: day_sheet(TODAY, now=BEFORE),
        "week": lambda: week_sheet(TODAY, now=BEFORE, clinician=cast.clinician),
        "her day": lambda: clinician_day(cast.clinician, TODAY),
        "own visits": lambda: list(upcoming_of(cast.patient, BEFORE)),
    }
    assert {name: found for name, work in works.items() if (found := whole_table_reads(work))} == {}
