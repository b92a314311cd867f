"""Fifty people want the same six visits, or series that share some: each gets six or none."""

import random
from datetime import datetime, timedelta
from typing import Any

import pytest

from booking.models import Appointment
from booking.planner.actions import Times, book_plan_by_staff, confirm_plan, hold_plan
from booking.planner.plan import PlanWishes, best_plan
from booking.planner.queries import planning_of
from booking.refusals import Refused
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.models.messages import Email
from clinic.models.people import Patient
from tests.factories import (
    NOW,
    make_clinician,
    make_enrollment,
    make_manager,
    make_offer,
    make_patient,
    make_referral,
)
from tests.racing import race
from tests.rounds import on_sqlite, rounds

pytestmark = pytest.mark.django_db(transaction=True)

RACERS, ROUNDS = 50, rounds(on_sqlite(1, 2), 5)


def enrolled(count: int, of: str) -> list[Patient]:
    made = [make_patient(email=f"{of}-{number}@example.test") for number in range(count)]
    for patient in made:
        make_enrollment(patient=patient, referral=make_referral(patient=patient))
    return made


def series_of(patient: Patient) -> dict[int, tuple[datetime, int]]:
    task = planning_of(patient, wishes=PlanWishes(), holder_key="nobody", now=NOW).task
    return {
        number: (slot.starts_at, slot.clinician_id)
        for number, slot in best_plan(task).slots.items()
    }


def book(patient: Patient, times: Times) -> list[Appointment]:
    key = f"holder {patient.pk}"
    held = hold_plan(patient=patient, times=times, holder_key=key, context=Context(SYSTEM, NOW))
    ids = [one.pk for one in held]
    random.shuffle(ids)
    return confirm_plan(
        appointment_ids=ids, holder_key=key, exam_wish="", context=Context(SYSTEM, NOW)
    )


def shuffled(times: Times) -> Times:
    return dict(random.sample(list(times.items()), len(times)))


def winners(outcomes: list[Any]) -> list[list[Appointment]]:
    """Return the series that were booked. All others were refused, and nothing failed."""
    failed = [one for one in outcomes if not isinstance(one, list | Refused)]
    assert not failed
    won = [one for one in outcomes if isinstance(one, list)]
    booked = Appointment.objects.filter(status="booked")
    assert booked.count() == 6 * len(won)
    assert not Appointment.objects.filter(status="held").exists()
    assert Email.objects.filter(kind="plan", status="due").count() == len(won)
    return won


def clear() -> None:
    Email.objects.all().delete()
    Appointment.objects.filter(status="booked").update(status="cancelled", cancelled_at=NOW)


@pytest.mark.promises
def test_of_fifty_racers_for_the_same_six_visits_one_gets_all_and_nobody_a_part() -> None:
    make_offer()
    make_clinician()
    for number in range(ROUNDS):
        racers = enrolled(RACERS, f"same{number}")
        times = series_of(racers[0])
        outcomes = race(RACERS, lambda n, who=racers, times=times: book(who[n], shuffled(times)))
        assert len(winners(outcomes)) == 1
        clear()


@pytest.mark.promises
def test_series_that_share_visits_are_booked_whole_or_not_at_all() -> None:
    """With two clinicians and two hours for each visit, most series share some visit."""
    make_offer()
    clinicians = [make_clinician(email=f"c{number}@example.test").pk for number in range(2)]
    for number in range(ROUNDS):
        racers = enrolled(RACERS, f"overlap{number}")
        hours, times = [timedelta(0), timedelta(hours=3)], series_of(racers[0])
        wanted = [
            {
                visit: (at + random.choice(hours), random.choice(clinicians))
                for visit, (at, _) in times.items()
            }
            for _ in racers
        ]
        outcomes = race(
            RACERS, lambda n, who=racers, wanted=wanted: book(who[n], shuffled(wanted[n]))
        )
        won = winners(outcomes)
        assert 1 <= len(won) <= 4
        taken = [(one.starts_at, one.clinician_id) for series in won for one in series]
        assert len(set(taken)) == len(taken)
        clear()


@pytest.mark.promises
def test_the_desk_and_patients_at_once_for_the_same_six_visits_one_gets_all() -> None:
    """Every second patient is on the telephone, and the desk books without a hold before it."""
    make_offer()
    make_clinician()
    staff = make_manager()

    def one(n: int, who: list[Patient], times: Times) -> list[Appointment]:
        if n % 2:
            return book(who[n], shuffled(times))
        return book_plan_by_staff(
            patient=who[n], times=shuffled(times), staff=staff, context=Context(SYSTEM, NOW)
        )

    for number in range(ROUNDS):
        racers = enrolled(RACERS, f"desk{number}")
        times = series_of(racers[0])
        outcomes = race(RACERS, lambda n, who=racers, times=times: one(n, who, times))
        assert len(winners(outcomes)) == 1
        clear()


@pytest.mark.promises
def test_the_desk_twice_at_once_books_her_six_visits_once() -> None:
    make_offer()
    make_clinician()
    staff = make_manager()
    for number in range(ROUNDS):
        (patient,) = enrolled(1, f"twice{number}")
        times = series_of(patient)
        outcomes = race(
            10,
            lambda _, who=patient, times=times: book_plan_by_staff(
                patient=who, times=times, staff=staff, context=Context(SYSTEM, NOW)
            ),
        )
        assert len(winners(outcomes)) == 1
        clear()
