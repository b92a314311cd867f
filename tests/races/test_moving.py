"""Series of visits move while others move, cancel or book: each moves as a whole or not."""

from datetime import timedelta
from typing import Any

import pytest

from booking.appointments.changes import cancel_with_following
from booking.models import Appointment
from booking.planner.rescheduling.actions import move_visits
from booking.refusals import AlreadyChanged, Refused, SlotTaken
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.models.messages import Email
from clinic.models.people import Patient
from tests.factories import NOW, make_clinician, make_offer
from tests.races.test_six_visits import book, enrolled, series_of
from tests.racing import race

pytestmark = pytest.mark.django_db(transaction=True)

RACERS = 8
WEEK = timedelta(days=7)


def hers(patient: Patient) -> list[Appointment]:
    return list(Appointment.objects.filter(patient=patient).order_by("visit_number"))


def move_a_week(visits: list[Appointment]) -> list[Appointment]:
    """Move visit 2 and all after it a week on, each to where the next one may still be."""
    return move_visits(
        appointment_id=visits[1].pk,
        seen={one.pk: one.rev for one in visits[1:]},
        times={one.visit_number: (one.starts_at + WEEK, one.clinician_id) for one in visits[1:]},
        context=Context(SYSTEM, NOW),
    )


def assert_whole(before: list[Appointment], outcome: Any) -> None:
    """Check that her visits all moved, or that none did."""
    shift = WEEK if isinstance(outcome, list) else timedelta(0)
    after = hers(before[0].patient)
    assert [one.starts_at for one in after] == [
        one.starts_at + (shift if one.visit_number > 1 else timedelta(0)) for one in before
    ]
    assert {one.status for one in after} == {"booked"}


@pytest.mark.promises
def test_series_moved_towards_each_other_move_whole_and_share_no_time() -> None:
    make_offer()
    clinicians = [make_clinician(email=f"c{number}@example.test").pk for number in range(2)]
    racers = enrolled(RACERS, "move")
    hours = [timedelta(hours=hour) for hour in (0, 2, 4, 6)]
    first = series_of(racers[0])
    for number, patient in enumerate(racers):
        # Two series at each hour, one with each clinician. All move by a week at once.
        clinician, shift = clinicians[number % 2], hours[number // 2]
        book(patient, {visit: (at + shift, clinician) for visit, (at, _) in first.items()})
    before = [hers(patient) for patient in racers]
    outcomes = race(RACERS, lambda n: move_a_week(before[n]))
    assert not [one for one in outcomes if not isinstance(one, list | SlotTaken)], outcomes
    assert any(isinstance(one, list) for one in outcomes)
    for visits, outcome in zip(before, outcomes, strict=True):
        assert_whole(visits, outcome)
    moved = sum(isinstance(one, list) for one in outcomes)
    assert Email.objects.filter(kind="plan_moved", status="due").count() == moved
    taken = list(Appointment.objects.values_list("starts_at", "clinician_id"))
    assert len(set(taken)) == len(taken)


@pytest.mark.promises
def test_one_series_moved_twice_or_cancelled_meanwhile_changes_once() -> None:
    make_offer()
    make_clinician()
    [patient] = enrolled(1, "twice")
    book(patient, series_of(patient))
    before = hers(patient)
    seen = {one.pk: one.rev for one in before[1:]}

    def act(number: int) -> list[Appointment]:
        if number % 2:
            return cancel_with_following(
                appointment_id=before[1].pk, seen=seen, context=Context(SYSTEM, NOW)
            )
        return move_a_week(before)

    outcomes = race(RACERS, act)
    assert sum(isinstance(one, list) for one in outcomes) == 1
    assert all(isinstance(one, list | AlreadyChanged) for one in outcomes), outcomes
    after = hers(patient)
    assert {one.rev for one in after[1:]} == {1}
    assert len({one.status for one in after[1:]}) == 1


@pytest.mark.promises
def test_a_time_booked_while_a_series_moves_there_has_one_owner() -> None:
    make_offer()
    make_clinician()
    racers = enrolled(2, "meet")
    book(racers[0], series_of(racers[0]))
    before = hers(racers[0])
    target = before[5].starts_at + WEEK

    def act(number: int) -> Any:
        if number:
            return book(racers[1], {1: (target, before[5].clinician_id)})
        return move_a_week(before)

    outcomes = race(2, act)
    assert sum(isinstance(one, list) for one in outcomes) == 1
    assert all(isinstance(one, list | Refused) for one in outcomes), outcomes
    assert Appointment.objects.filter(starts_at=target, status="booked").count() == 1
    assert_whole(before, outcomes[0])
