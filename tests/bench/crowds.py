"""G5 and G6: many patients at once for one time, with one clinician and with anyone of ten."""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from django.db import IntegrityError
from django.utils import timezone

from booking.appointments.bookings import confirm_hold
from booking.appointments.holds import hold_slot
from booking.models import Appointment
from booking.refusals import Refused
from booking.scheduling.queries import free_slots_for
from booking.scheduling.timetable import Slot
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.models.people import Patient
from tests.bench import floors
from tests.bench.figures import Figure
from tests.bench.searches import evaluation_search
from tests.factories import make_patient, make_referral
from tests.racing import race

RACERS, ROUNDS = 50, 5


def races() -> Iterator[Figure]:
    """Yield how a race for one time ends, and how long it takes compared with bare inserts."""
    floors.make_insert_table()
    racers = people(RACERS, "racer")
    won = refused = 0
    took = least = 0.0
    for _ in range(ROUNDS):
        slot = offered()[0]
        spent, outcomes = timed(lambda slot=slot: race(RACERS, lambda n: book(racers[n], slot)))
        won += sum(isinstance(one, Appointment) for one in outcomes)
        refused += sum(isinstance(one, Refused) for one in outcomes)
        took += spent
        spent, _outcomes = timed(lambda slot=slot: race(RACERS, lambda n: _insert(slot)))
        least += spent
        forget(racers)
    share = took / ROUNDS * 1000, least / ROUNDS * 1000
    yield Figure("G5", f"{RACERS} racers, one time: wall", "ms", *share, 5)
    yield Figure("G5", "winners a race", "", won / ROUNDS, 1, 1, True)
    yield Figure("G5", "clean refusals a race", "", refused / ROUNDS, RACERS - 1, 1, True)
    slot = _free_with_all(offered())
    # As many can win as there are clinicians who are free at that time.
    free_clinicians = sum(one.starts_at == slot.starts_at for one in offered())
    outcomes = race(RACERS, lambda n: book(racers[n], slot, anyone=True))
    won = sum(isinstance(one, Appointment) for one in outcomes)
    yield Figure("G6", "anyone of ten: winners beside places", "", won, free_clinicians, 1, True)
    odd = [one for one in outcomes if not isinstance(one, Appointment | Refused)]
    if odd:
        yield Figure("G6", f"neither booked nor refused: {odd[0]!r:.20}", "", len(odd), 1, 0)
    forget(racers)


def people(count: int, name: str) -> list[Patient]:
    """Create this many patients who may book an evaluation."""
    made = [make_patient(email=f"{name}{n}@example.test", is_sample=True) for n in range(count)]
    for patient in made:
        make_referral(patient=patient, now=timezone.now() - timedelta(days=2))
    return made


def offered(days: int = 60) -> list[Slot]:
    """Return the free times from the day after tomorrow on."""
    search = evaluation_search()
    return free_slots_for(search, first_day=search.now.date() + timedelta(days=2), days=days)


def book(patient: Patient, slot: Slot, *, anyone: bool = False) -> Appointment:
    """Hold the time and confirm it, as a patient does in two pages."""
    key, now = f"bench {patient.pk}", timezone.now()
    held = hold_slot(
        patient=patient,
        service_code="evaluation",
        starts_at=slot.starts_at,
        clinician_id=None if anyone else slot.clinician_id,
        holder_key=key,
        context=Context(SYSTEM, now),
    )
    return confirm_hold(
        appointment_id=held.pk, holder_key=key, exam_wish="", context=Context(SYSTEM, now)
    )


def _insert(slot: Slot) -> bool:
    """Insert the time into the floor's table; return whether it was free."""
    try:
        floors.insert(slot.clinician_id, slot.starts_at, slot.ends_at)
    except IntegrityError:
        return False
    return True


def _free_with_all(slots: Sequence[Slot]) -> Slot:
    """Return a slot at the time when most clinicians are free."""
    starts = [slot.starts_at for slot in slots]
    return max(slots, key=lambda slot: starts.count(slot.starts_at))


def timed(work: Callable[[], list[Any]]) -> tuple[float, list[Any]]:
    """Return the seconds that the work took, and its result."""
    began = time.perf_counter()
    outcome = work()
    return time.perf_counter() - began, outcome


def forget(patients: Sequence[Patient]) -> None:
    """Free the times of these patients, also those that were held and never confirmed."""
    rows = Appointment.objects.filter(patient__in=patients)
    rows.filter(status="held").update(status="released")
    rows.filter(status="booked").update(status="cancelled", cancelled_at=timezone.now())
