"""Many people want many times: no two stored visits overlap, and no time stays empty."""

from collections import defaultdict
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import OperationalError, connection

from booking.appointments.bookings import confirm_hold
from booking.appointments.holds import hold_slot
from booking.models import Appointment, Room
from booking.refusals import Refused
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from tests.factories import NOW, make_clinician, make_offer
from tests.races.test_one_slot import book, offered, patients
from tests.racing import race
from tests.rounds import on_sqlite, rounds

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.promises]
ROUNDS = rounds(on_sqlite(1, 2), 5)


def assert_apart() -> None:
    """Check that no two visits of one clinician, or in one room, overlap with their buffers."""
    taken: dict[tuple[str, int], list[Any]] = defaultdict(list)
    for visit in Appointment.objects.blocking().order_by("busy_from"):
        for whose in (("clinician", visit.clinician_id), ("room", visit.room_id)):
            taken[whose].append((visit.busy_from, visit.busy_until))
    for stretches in taken.values():
        assert all(before[1] <= after[0] for before, after in pairwise(stretches))


def test_fifty_racers_for_starts_that_overlap_leave_visits_that_do_not() -> None:
    make_offer()
    make_clinician()
    racers = patients(50, NOW)
    for _ in range(ROUNDS):
        first = offered(NOW)[0].starts_at.date()
        day = [slot for slot in offered(NOW) if slot.starts_at.date() == first]
        outcomes = race(50, lambda n, day=day: book(racers[n], day[n % len(day)], NOW))
        assert all(isinstance(one, Appointment | Refused) for one in outcomes), outcomes
        booked = sum(isinstance(one, Appointment) for one in outcomes)
        assert booked == Appointment.objects.filter(status="booked").count() >= 1
        assert_apart()
        Appointment.objects.update(status="cancelled", cancelled_at=NOW)


def test_many_racers_for_forty_slots_of_four_clinicians_fill_every_one() -> None:
    make_offer()
    Room.objects.create(name="Room 4")
    for number in range(4):
        make_clinician(email=f"c{number}@example.test")
    # SQLite lets one write at a time, however many wait.
    racers = patients(200 if connection.vendor == "postgresql" else rounds(60, 200), NOW)
    slots = {slot.starts_at: slot for slot in offered(NOW)}
    noons = [slot for at, slot in slots.items() if (at.hour, at.minute) == (17, 0)][:10]
    outcomes = race(len(racers), lambda n: _patiently(racers[n], noons[n % 10]))
    assert all(isinstance(one, Appointment | Refused) for one in outcomes), outcomes
    assert sum(isinstance(one, Appointment) for one in outcomes) == 40
    # Nobody was refused while a slot was left: each time has all four.
    for slot in noons:
        booked = Appointment.objects.filter(status="booked", starts_at=slot.starts_at)
        assert booked.values("clinician").distinct().count() == booked.count() == 4
    assert_apart()


def _patiently(patient: Any, slot: Any) -> Appointment:
    """Book with anyone; try again after a 503, which means that the wait was too long."""
    for _ in range(100):
        with suppress(OperationalError):
            return book(patient, slot, NOW, anyone=True)
    raise AssertionError("A hundred times she was asked to come back.")


def test_of_two_clinicians_and_one_room_one_is_booked_without_a_deadlock() -> None:
    make_offer()
    Room.objects.exclude(pk=Room.objects.earliest("pk").pk).update(is_active=False)
    for number in range(2):
        make_clinician(email=f"c{number}@example.test")
    racers = patients(20, NOW)
    for _ in range(ROUNDS):
        one, other = offered(NOW)[:2]
        assert one.starts_at == other.starts_at
        pair = (one, other)
        outcomes = race(20, lambda n, pair=pair: book(racers[n], pair[n % 2], NOW))
        assert sum(isinstance(outcome, Appointment) for outcome in outcomes) == 1, outcomes
        assert sum(isinstance(outcome, Refused) for outcome in outcomes) == 19, outcomes
        Appointment.objects.update(status="cancelled", cancelled_at=NOW)


def test_one_holder_who_asks_for_a_hundred_times_at_once_holds_only_one() -> None:
    make_offer()
    make_clinician()
    greedy, honest = patients(2, NOW)
    slots = offered(NOW)
    outcomes = race(100, lambda n: _hold(greedy, slots[n * 2], "greedy"))
    assert all(isinstance(one, Appointment | Refused) for one in outcomes), outcomes
    assert Appointment.objects.filter(status="held").count() == 1
    assert book(honest, offered(NOW)[0], NOW).status == "booked"


def test_at_the_end_of_a_hold_its_holder_or_the_next_one_has_the_time_never_both() -> None:
    make_offer()
    make_clinician()
    first, second = patients(2, NOW)
    over = NOW + timedelta(minutes=11)
    for _ in range(rounds(5, 200)):
        slot = offered(NOW)[0]
        held = _hold(first, slot, "first")

        def act(number: int, held: Appointment = held, slot: Any = slot) -> Appointment:
            if number:
                return book(second, slot, over)
            return confirm_hold(
                appointment_id=held.pk,
                holder_key="first",
                exam_wish="",
                context=Context(SYSTEM, over),
            )

        outcomes = race(2, act)
        assert sum(isinstance(one, Appointment) for one in outcomes) == 1, outcomes
        assert sum(isinstance(one, Refused) for one in outcomes) == 1, outcomes
        booked = Appointment.objects.filter(status="booked", starts_at=slot.starts_at)
        assert booked.count() == 1
        booked.update(status="cancelled", cancelled_at=NOW)


def _hold(patient: Any, slot: Any, key: str) -> Appointment:
    return hold_slot(
        patient=patient,
        service_code="evaluation",
        starts_at=slot.starts_at,
        clinician_id=slot.clinician_id,
        holder_key=key,
        context=Context(SYSTEM, NOW),
    )
