"""Many want the last credit of a package: it is used once and never lost."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from booking.appointments.bookings import book_by_staff
from booking.appointments.changes import cancel_appointment
from booking.models import Appointment, Enrollment, LedgerEntry, Service
from booking.packages.ledger import balance, open_reserves
from booking.packages.queries import entries_of
from booking.refusals import AlreadyChanged, Refused
from booking.scheduling.queries import Search, free_slots_for
from booking.terms import current_policy
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.models.people import User
from tests.factories import NOW, make_clinician, make_enrollment, make_manager, make_offer
from tests.races.test_one_slot import patients
from tests.racing import race
from tests.rounds import on_sqlite, rounds

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.promises]
ROUNDS, REDEEMERS = rounds(on_sqlite(1, 2), 5), 50


@pytest.fixture
def manager() -> User:
    make_offer()
    for number in range(3):
        make_clinician(email=f"c{number}@example.test")
    return make_manager()


def last_credit() -> Enrollment:
    """Return a package of which five credits are used."""
    [patient] = patients(1, NOW)
    enrollment = make_enrollment(patient=patient, referral=patient.referrals.get())
    LedgerEntry.objects.create(
        enrollment=enrollment, kind="adjust", delta=-5, at=NOW, by="system", reason="test"
    )
    return enrollment


def free_times(enrollment: Enrollment) -> list[Any]:
    service = Service.objects.get(code="rr1")
    search = Search(
        service=service,
        policy=current_policy(),
        now=NOW,
        patient=enrollment.patient,
        by_staff=True,
    )
    return free_slots_for(search, first_day=NOW.date() + timedelta(days=7), days=14)


def redeem(enrollment: Enrollment, slot: Any, staff: User) -> Appointment:
    return book_by_staff(
        patient=enrollment.patient,
        service_code="rr1",
        starts_at=slot.starts_at,
        clinician_id=slot.clinician_id,
        staff=staff,
        context=Context(SYSTEM, NOW),
        early_reason="a race",
    )


def cancel(visit: Appointment, *, now: datetime = NOW, by_clinic: bool = False) -> Appointment:
    return cancel_appointment(
        appointment_id=visit.pk, rev=visit.rev, context=Context(SYSTEM, now), by_clinic=by_clinic
    )


def assert_sound(enrollment: Enrollment) -> None:
    """Check that each booked visit has reserved one credit, and that the balance is possible."""
    entries = entries_of(enrollment)
    booked = enrollment.appointments.filter(status="booked").values_list("pk", "cycle")
    assert open_reserves(entries) == set(booked)
    assert 0 <= balance(entries) <= 1


def test_fifty_redeemers_of_the_last_credit_use_it_exactly_once(manager: User) -> None:
    enrollment = last_credit()
    for _ in range(ROUNDS):
        slots = free_times(enrollment)
        outcomes = race(
            REDEEMERS, lambda n, slots=slots: redeem(enrollment, slots[n * 3 % len(slots)], manager)
        )
        won = [one for one in outcomes if isinstance(one, Appointment)]
        refused = [one for one in outcomes if isinstance(one, Refused)]
        assert (len(won), len(refused)) == (1, REDEEMERS - 1), outcomes
        assert balance(entries_of(enrollment)) == 0
        assert_sound(enrollment)
        cancel(won[0])
        assert balance(entries_of(enrollment)) == 1


def test_twenty_cancellations_give_the_credit_back_once(manager: User) -> None:
    enrollment = last_credit()
    for _ in range(ROUNDS):
        visit = redeem(enrollment, free_times(enrollment)[0], manager)
        outcomes = race(20, lambda _n, visit=visit: cancel(visit))
        assert sum(isinstance(one, Appointment) for one in outcomes) == 1, outcomes
        assert sum(isinstance(one, AlreadyChanged) for one in outcomes) == 19, outcomes
        returned = LedgerEntry.objects.filter(appointment=visit, kind="return")
        assert (returned.count(), balance(entries_of(enrollment))) == (1, 1)
