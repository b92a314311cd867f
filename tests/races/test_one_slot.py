"""Fifty people want one time: one gets it and the others are refused, on either database."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from booking.appointments.bookings import confirm_hold
from booking.appointments.holds import hold_slot
from booking.models import Appointment, Service
from booking.refusals import Refused
from booking.scheduling.queries import Search, free_slots_for
from booking.terms import current_policy
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.models.messages import Email
from clinic.models.people import Clinician, Patient
from tests.factories import NOW, make_clinician, make_offer, make_patient, make_referral
from tests.racing import race
from tests.rounds import on_sqlite, rounds

pytestmark = pytest.mark.django_db(transaction=True)

RACERS, ROUNDS = 50, rounds(on_sqlite(1, 4), 20)


def patients(count: int, now: datetime) -> list[Patient]:
    made = [make_patient(email=f"racer{n}@example.test") for n in range(count)]
    for patient in made:
        make_referral(patient=patient, now=now)
    return made


def offered(now: datetime, code: str = "evaluation") -> list[Any]:
    search = Search(service=Service.objects.get(code=code), policy=current_policy(), now=now)
    return free_slots_for(search, first_day=now.date() + timedelta(days=3), days=14)


def book(
    patient: Patient, slot: Any, now: datetime, *, anyone: bool = False, tab: str = ""
) -> Appointment:
    key = f"holder {tab or patient.pk}"
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


@pytest.mark.promises
def test_fifty_racers_for_one_time_leave_one_booking_and_forty_nine_refusals() -> None:
    make_offer()
    make_clinician()
    now = NOW
    racers = patients(RACERS, now)
    for _ in range(ROUNDS):
        slot = offered(now)[0]
        outcomes = race(RACERS, lambda n, slot=slot: book(racers[n], slot, now))
        won = [one for one in outcomes if isinstance(one, Appointment)]
        refused = [one for one in outcomes if isinstance(one, Refused)]
        assert (len(won), len(refused)) == (1, RACERS - 1), outcomes
        assert Appointment.objects.filter(status="booked").count() == 1
        assert Email.objects.filter(kind="confirmation", status="due").count() == 1
        Email.objects.all().delete()
        Appointment.objects.update(status="cancelled", cancelled_at=now)


@pytest.mark.promises
def test_anyone_of_three_clinicians_fills_every_slot_and_no_more() -> None:
    make_offer()
    for number in range(3):
        make_clinician(email=f"c{number}@example.test")
    now = NOW
    racers = patients(20, now)
    slot = offered(now)[0]
    outcomes = race(20, lambda n: book(racers[n], slot, now, anyone=True))
    won = [one for one in outcomes if isinstance(one, Appointment)]
    assert len(won) == 3
    assert {one.clinician_id for one in won} == set(Clinician.objects.values_list("pk", flat=True))
    assert all(isinstance(one, Appointment | Refused) for one in outcomes)


@pytest.mark.promises
def test_one_patient_in_two_tabs_gets_one_evaluation() -> None:
    """The two times are on two days with two clinicians, so that they share only her own row."""
    make_offer()
    for number in range(2):
        make_clinician(email=f"c{number}@example.test")
    [patient] = patients(1, NOW)
    for _ in range(5):
        slots = offered(NOW)
        first = slots[0]
        wanted = [first, next(one for one in slots[::-1] if one.clinician_id != first.clinician_id)]
        outcomes = race(2, lambda n, wanted=wanted: book(patient, wanted[n], NOW, tab=f"tab {n}"))
        assert sum(isinstance(one, Appointment) for one in outcomes) == 1, outcomes
        assert sum(isinstance(one, Refused) for one in outcomes) == 1, outcomes
        booked = Appointment.objects.filter(status="booked")
        assert booked.count() == 1
        booked.update(status="cancelled", cancelled_at=NOW)
        Appointment.objects.filter(status="held").update(status="released")
