"""G7 and G11: all six visits at once, in a race of fifty patients, and as the best plan."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from booking.models import Appointment
from booking.planner.actions import Times, confirm_plan, hold_plan
from booking.planner.plan import PlanWishes, best_plan
from booking.planner.queries import Planning, planning_of
from booking.refusals import Refused
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.models.people import Clinician, Patient
from tests.bench import floors
from tests.bench.crowds import RACERS, ROUNDS, forget, timed
from tests.bench.figures import Figure, interleaved
from tests.factories import make_enrollment, make_patient, make_referral
from tests.racing import race

WEEKS = 12


def plans() -> Iterator[Figure]:
    """Yield how long the best plan takes, compared with listing the times it chooses from."""
    [patient] = enrolled(1, "planner")
    now = timezone.now()
    until = now + timedelta(weeks=WEEKS)

    def listed() -> Planning:
        return planning_of(patient, wishes=PlanWishes(), holder_key="", now=now)

    task = listed().task
    within = {
        number: [slot for slot in slots if slot.starts_at < until]
        for number, slots in task.slots.items()
    }
    task = replace(task, slots=within)
    times = {(slot.starts_at, slot.clinician_id) for slots in within.values() for slot in slots}
    took, least = interleaved(lambda: best_plan(task), listed, rounds=10)
    what = f"best plan of {WEEKS} weeks ({len(times):,} times): listing the times"
    yield Figure("G11", what, "ms", took, least, 20)


def races() -> Iterator[Figure]:
    """Yield how races for six visits end, and how long they take compared with bare inserts."""
    floors.make_insert_table()
    others = list(Clinician.objects.filter(is_active=True).values_list("pk", flat=True))
    hours = [timedelta(0), timedelta(hours=3)]
    for name, may_differ in (("the same six", False), ("overlapping sixes", True)):
        took = least = 0.0
        parts = odd = won = 0
        for number in range(ROUNDS):
            # A credit is used once: each round has people of its own.
            racers = enrolled(RACERS, f"{name[:4]}{number}-")
            times = _series(racers[0])
            wanted = [
                {
                    number: (at + random.choice(hours), random.choice(others[:2]))
                    if may_differ
                    else (at, clinician)
                    for number, (at, clinician) in times.items()
                }
                for _ in racers
            ]
            spent, outcomes = timed(
                lambda who=racers, w=wanted: race(RACERS, lambda n: book(who[n], w[n]))
            )
            took += spent
            spent, _outcomes = timed(lambda w=wanted: race(RACERS, lambda n: _insert(w[n])))
            least += spent
            winners = [one for one in outcomes if isinstance(one, list)]
            won += len(winners)
            booked = Appointment.objects.filter(patient__in=racers, status="booked").count()
            parts += booked - 6 * len(winners)
            odd += sum(not isinstance(one, list | Refused) for one in outcomes)
            forget(racers)
        share = took / ROUNDS * 1000, least / ROUNDS * 1000
        yield Figure("G7", f"{RACERS} racers, {name}: wall", "ms", *share, 5)
        yield Figure("G7", f"{name}: visits of a series in part", "", parts, 1, 0)
        yield Figure("G7", f"{name}: neither booked nor refused", "", odd, 1, 0)
        if not may_differ:
            yield Figure("G7", f"{name}: winners a race", "", won / ROUNDS, 1, 1, True)


def enrolled(count: int, name: str) -> list[Patient]:
    """Create this many patients with a package and no visit planned."""
    made = [make_patient(email=f"{name}{n}@example.test", is_sample=True) for n in range(count)]
    for patient in made:
        referral = make_referral(patient=patient, now=timezone.now())
        make_enrollment(patient=patient, referral=referral, now=timezone.now())
    return made


def book(patient: Patient, times: Times) -> list[Appointment]:
    """Hold the six in random order and confirm them, as a patient does in two pages."""
    key, now = f"bench {patient.pk}", timezone.now()
    # A request may name them in any order; hold_plan has to lock in an order of its own.
    shuffled = dict(random.sample(list(times.items()), len(times)))
    held = hold_plan(patient=patient, times=shuffled, holder_key=key, context=Context(SYSTEM, now))
    ids = [one.pk for one in held]
    return confirm_plan(
        appointment_ids=ids, holder_key=key, exam_wish="", context=Context(SYSTEM, now)
    )


def _series(patient: Patient) -> dict[int, tuple[datetime, int]]:
    """Return start and clinician of each visit of the best plan, by its number."""
    now = timezone.now()
    task = planning_of(patient, wishes=PlanWishes(), holder_key="", now=now).task
    plan = best_plan(task)
    return {number: (slot.starts_at, slot.clinician_id) for number, slot in plan.slots.items()}


def _insert(times: Mapping[int, tuple[datetime, int]]) -> bool:
    """Insert the six, all or none; sorted, so that two series cannot deadlock."""
    try:
        with transaction.atomic():
            for at, clinician in sorted(times.values(), key=lambda one: (one[1], one[0])):
                floors.insert(clinician, at, at + timedelta(hours=1))
    except IntegrityError:
        return False
    return True
