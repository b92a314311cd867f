"""G1, G4 and G10: finding free times and judging answers, measured as calls."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from booking.calendar.sheets import day_sheet
from booking.models import Appointment, Service
from booking.scheduling.availability import free_slots
from booking.scheduling.clinic_days import clinic_days
from booking.scheduling.queries import Search, free_slots_for, load_timetable, upcoming_of
from booking.terms import current_policy
from clinic.models.people import Clinician, Patient
from clinic.practice.wall_time import clinic_date
from intake.day_sheet.queries import clinician_day
from intake.triage.evaluate import evaluate_intake
from tests.bench.figures import Figure, interleaved
from tests.bench.floors import busy_rows, subtraction
from tests.intake.samples import AS_OF, QUIET_INTAKE

DAYS, ROUNDS = 30, 30
OPENS, CLOSES = 9 * 3600, 17 * 3600
INTAKES_A_SECOND = 2000


def evaluation_search() -> Search:
    """Return a search for an evaluation with any clinician, as of now."""
    return Search(
        service=Service.objects.get(code="evaluation"), policy=current_policy(), now=timezone.now()
    )


def free_times() -> Iterator[Figure]:
    """Yield the figures of a month of free times with ten clinicians."""
    search = evaluation_search()
    first = clinic_date(search.now, settings.CLINIC_TIME_ZONE) + timedelta(days=1)
    days = clinic_days(settings.CLINIC_TIME_ZONE, first, DAYS)
    opens = [(day.begins + OPENS, day.begins + CLOSES) for day in days if day.date.weekday() < 5]
    start, end = search.now, search.now + timedelta(days=DAYS + 1)
    clinicians = list(Clinician.objects.values_list("pk", flat=True))
    wish = search.wish()
    # The floor knows no buffers: the 15 minutes after a visit are part of its length there.
    shape = {"seconds": wish.seconds + 900, "grid": wish.grid_minutes * 60}

    def product() -> Any:
        return free_slots_for(search, first_day=first, days=DAYS)

    def floor() -> Any:
        return subtraction(busy_rows(start, end), clinicians, opens, **shape)

    took, least = interleaved(product, floor, rounds=ROUNDS)
    yield Figure("G1", "30 days × 10 clinicians: query and subtraction (F)", "ms", took, least, 2)
    took, least = interleaved(product, lambda: busy_rows(start, end), rounds=ROUNDS)
    yield Figure("G1", "30 days × 10 clinicians: the bare query", "ms", took, least, 5)
    timetable, rows = load_timetable(search, start, end), busy_rows(start, end)
    took, least = interleaved(
        lambda: free_slots(timetable, wish, first_day=first, days=DAYS),
        lambda: subtraction(rows, clinicians, opens, **shape),
        rounds=ROUNDS,
    )
    yield Figure("G10", "the pure engine: plain subtraction of integers", "ms", took, least, 10)


def judging() -> Figure:
    """Return how many complete intakes a second one core judges, compared with the goal."""
    count, began = 500, time.process_time()
    for _ in range(count):
        evaluate_intake(QUIET_INTAKE, as_of=AS_OF, mode="final")
    rate = count / (time.process_time() - began)
    return Figure(
        "G10", "triage: intakes a second of processor time", "/s", rate, INTAKES_A_SECOND, 1, True
    )


def with_history(small: str, large: str) -> Iterator[Figure]:
    """Yield the cost of a call in the large database, compared with the small one."""
    for what, work in _works().items():
        before = (_in_database(large, work), _in_database(small, work))
        took, least = interleaved(work, work, rounds=15, before=before)
        yield Figure("G4", f"history: {what}", "ms", took, least, 1.25)
    use_database(large)


def _works() -> dict[str, Callable[[], Any]]:
    """Return the calls whose cost must not grow with the history, by name."""
    now = timezone.now()
    today = clinic_date(now, settings.CLINIC_TIME_ZONE)
    # The next Monday: never a weekend, on which there is nothing to list.
    monday = today + timedelta(days=7 - today.weekday())
    return {
        "free times, 30 days": lambda: free_slots_for(
            evaluation_search(), first_day=monday, days=DAYS
        ),
        "the desk’s day": lambda: day_sheet(monday, now=now),
        "a clinician’s day": lambda: clinician_day(Clinician.objects.earliest("pk"), monday),
        "a patient’s own visits": lambda: list(upcoming_of(_patient(now), now)),
    }


def _patient(now: datetime) -> Patient:
    """Return the patient of the next visit: each database has its own patients."""
    return Appointment.objects.upcoming(now).earliest("starts_at").patient


def _in_database(name: str, work: Callable[[], Any]) -> Callable[[], Any]:
    """Return what switches to a database and warms up its new connection with the work."""

    def prepare() -> None:
        use_database(name)
        work()

    return prepare


def use_database(name: str) -> None:
    """Point the default connection at another database of the same server."""
    connection.close()
    connection.settings_dict["NAME"] = name
    connection.ensure_connection()
