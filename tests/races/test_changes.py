"""Two people change one visit, or want each other's time: there is one outcome, and no loss."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from booking.appointments.changes import cancel_appointment, move_appointment
from booking.models import Appointment
from booking.refusals import AlreadyChanged, Refused
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.models.messages import Email
from tests.factories import NOW, make_clinician, make_manager, make_offer
from tests.races.test_one_slot import book, offered, patients
from tests.racing import race
from tests.rounds import on_sqlite, rounds

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = rounds(on_sqlite(1, 2), 5)


@pytest.fixture(autouse=True)
def clinic() -> None:
    make_offer()
    for number in range(2):
        make_clinician(email=f"c{number}@example.test")


def cancel(visit: Appointment, now: datetime = NOW) -> Appointment:
    return cancel_appointment(appointment_id=visit.pk, rev=visit.rev, context=Context(SYSTEM, now))


def move(visit: Appointment, slot: Any, **fields: Any) -> Appointment:
    return move_appointment(
        appointment_id=visit.pk,
        rev=visit.rev,
        starts_at=slot.starts_at,
        clinician_id=slot.clinician_id,
        context=Context(SYSTEM, NOW),
        **fields,
    )


def both(first: Callable[[], Any], second: Callable[[], Any]) -> list[Any]:
    return race(2, lambda number: (first, second)[number]())


def cancel_all() -> None:
    Appointment.objects.update(status="cancelled", cancelled_at=NOW)
    Email.objects.all().delete()


def changes_mailed() -> list[str]:
    kinds = Email.objects.filter(status="due", kind__in=("cancelled", "moved"))
    return list(kinds.values_list("kind", flat=True))


@pytest.mark.promises
def test_a_move_and_a_booking_that_want_one_time_leave_one_owner_and_lose_nobody() -> None:
    mover, other = patients(2, NOW)
    for _ in range(ROUNDS):
        old, wanted = offered(NOW)[0], offered(NOW)[-1]
        visit = book(mover, old, NOW)
        outcomes = both(
            lambda visit=visit, wanted=wanted: move(visit, wanted),
            lambda wanted=wanted: book(other, wanted, NOW),
        )
        won = [one for one in outcomes if isinstance(one, Appointment)]
        assert len(won) == 1, outcomes
        assert sum(isinstance(one, Refused) for one in outcomes) == 1, outcomes
        owners = Appointment.objects.filter(status="booked", starts_at=wanted.starts_at)
        assert [one.patient_id for one in owners] == [won[0].patient_id]
        if won[0].patient_id == other.pk:
            visit.refresh_from_db()
            assert (visit.status, visit.starts_at) == ("booked", old.starts_at)
        cancel_all()


@pytest.mark.promises
def test_two_patients_who_want_each_others_time_have_one_each() -> None:
    one, two = patients(2, NOW)
    for _ in range(ROUNDS):
        slots = offered(NOW)
        first = slots[0]
        second = next(slot for slot in slots[::-1] if slot.clinician_id != first.clinician_id)
        visits = [book(one, first, NOW), book(two, second, NOW)]
        outcomes = both(
            lambda visits=visits, second=second: move(visits[0], second),
            lambda visits=visits, first=first: move(visits[1], first),
        )
        assert all(isinstance(outcome, Appointment | Refused) for outcome in outcomes), outcomes
        for patient in (one, two):
            assert Appointment.objects.filter(status="booked", patient=patient).count() == 1
        cancel_all()


@pytest.mark.promises
def test_a_cancellation_and_a_move_leave_one_state_and_one_mail() -> None:
    [patient] = patients(1, NOW)
    manager = make_manager()
    for _ in range(ROUNDS):
        slots = offered(NOW)
        visit = book(patient, slots[0], NOW)
        outcomes = both(
            lambda visit=visit: cancel(visit),
            lambda visit=visit, slot=slots[-1]: move(visit, slot, staff=manager),
        )
        assert sum(isinstance(one, Appointment) for one in outcomes) == 1, outcomes
        assert sum(isinstance(one, AlreadyChanged) for one in outcomes) == 1, outcomes
        visit.refresh_from_db()
        told = "cancelled" if visit.status == "cancelled" else "moved"
        assert (visit.rev, changes_mailed()) == (1, [told])
        cancel_all()


@pytest.mark.promises
def test_twenty_who_cancel_one_visit_cancel_it_once_and_mail_once() -> None:
    [patient] = patients(1, NOW)
    for _ in range(ROUNDS):
        visit = book(patient, offered(NOW)[0], NOW)
        outcomes = race(20, lambda _n, visit=visit: cancel(visit))
        assert sum(isinstance(one, Appointment) for one in outcomes) == 1, outcomes
        assert sum(isinstance(one, AlreadyChanged) for one in outcomes) == 19, outcomes
        assert changes_mailed() == ["cancelled"]
        cancel_all()
