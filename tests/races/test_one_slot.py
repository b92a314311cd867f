"""Fifty people want one time: one gets it, the others are told so, whatever the database."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from booking.actions import placing
from booking.actions.asking import Request, search_of, service_of
from booking.actions.booking import confirm_hold
from booking.actions.holding import hold_slot
from booking.models import Appointment, Service
from booking.queries.slots import Search, free_slots_for
from booking.refusals import Refused
from booking.terms import current_policy
from booking.timetable import Slot
from clinic.audit.record import SYSTEM
from clinic.mail.models import Email
from clinic.people.models import Clinician, Patient
from tests.factories import NOW, make_clinician, make_offer, make_patient, make_referral
from tests.racing import race

pytestmark = pytest.mark.django_db(transaction=True)

RACERS, ROUNDS = 50, 20


def patients(count: int, now: datetime) -> list[Patient]:
    made = [make_patient(email=f"racer{n}@example.test") for n in range(count)]
    for patient in made:
        make_referral(patient=patient, now=now)
    return made


def offered(now: datetime) -> list[Any]:
    search = Search(
        service=Service.objects.get(code="evaluation"), policy=current_policy(), now=now
    )
    return free_slots_for(search, first_day=now.date() + timedelta(days=3), days=14)


def book(patient: Patient, slot: Any, now: datetime, *, anyone: bool = False) -> Appointment:
    key = f"holder {patient.pk}"
    held = hold_slot(
        patient=patient,
        service_code="evaluation",
        starts_at=slot.starts_at,
        clinician_id=None if anyone else slot.clinician_id,
        holder_key=key,
        now=now,
        actor=SYSTEM,
    )
    return confirm_hold(appointment_id=held.pk, holder_key=key, exam_wish="", now=now, actor=SYSTEM)


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
def test_with_lock_and_constraint_removed_the_same_race_books_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control: proves that the race above could see a double booking.

    On SQLite the lock is the transaction that begins as a writer, so there the same steps run
    without one: look, then insert.
    """
    make_offer()
    make_clinician()
    now = NOW
    racers = patients(2, now)
    slot = offered(now)[0]
    together = threading.Barrier(2)
    decide = placing.slot_at

    def decide_together(*args: Any, **kwargs: Any) -> Any:
        found = decide(*args, **kwargs)
        together.wait(20)
        return found

    monkeypatch.setattr(placing, "lock_calendar", lambda *_: None)
    monkeypatch.setattr(placing, "slot_at", decide_together)
    act = _look_then_insert if connection.vendor == "sqlite" else _hold
    with _without_constraints():
        outcomes = race(2, lambda n: act(racers[n], slot, f"holder {n}", now))
        assert all(isinstance(one, Appointment) for one in outcomes), outcomes
        assert Appointment.objects.filter(status="held", starts_at=slot.starts_at).count() == 2
        Appointment.objects.all().delete()


def _hold(patient: Patient, slot: Slot, key: str, now: datetime) -> Appointment:
    return hold_slot(
        patient=patient,
        service_code="evaluation",
        starts_at=slot.starts_at,
        clinician_id=slot.clinician_id,
        holder_key=key,
        now=now,
        actor=SYSTEM,
    )


def _look_then_insert(patient: Patient, slot: Slot, key: str, now: datetime) -> Appointment:
    request = Request(
        patient=patient,
        service=service_of("evaluation"),
        starts_at=slot.starts_at,
        now=now,
        clinician_id=slot.clinician_id,
        holder_key=key,
    )
    search = search_of(request)
    timetable = placing.load_timetable(search, slot.starts_at, slot.starts_at)
    found = placing.slot_at(
        timetable, search.wish(), clinician_id=slot.clinician_id, starts_at=slot.starts_at
    )
    assert found is not None
    held = placing.appointment_at(found, request)
    held.status, held.hold_until = Appointment.Status.HELD, now + timedelta(minutes=10)
    held.save()
    return held


@contextmanager
def _without_constraints() -> Generator[None, None, None]:
    put_away = _drop_triggers() if connection.vendor == "sqlite" else _remove_constraints()
    with put_away:
        try:
            yield
        finally:
            Appointment.objects.all().delete()


@contextmanager
def _remove_constraints() -> Generator[None, None, None]:
    constraints = [one for one in Appointment._meta.constraints if one.name.endswith("_no_overlap")]
    with connection.schema_editor() as editor:
        for one in constraints:
            editor.remove_constraint(Appointment, one)
    yield
    with connection.schema_editor() as editor:
        for one in constraints:
            editor.add_constraint(Appointment, one)


@contextmanager
def _drop_triggers() -> Generator[None, None, None]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s",
            ["%no_overlap%"],
        )
        triggers = cursor.fetchall()
        assert triggers
        for name, _ in triggers:
            cursor.execute(f'DROP TRIGGER "{name}"')
    yield
    with connection.cursor() as cursor:
        for _, statement in triggers:
            cursor.execute(statement)


@pytest.mark.promises
def test_anyone_of_three_clinicians_fills_every_place_and_no_more() -> None:
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
    make_offer()
    make_clinician()
    now = NOW
    patient = patients(1, now)[0]
    slots = offered(now)
    wanted = [slots[0], slots[-1]]

    def act(number: int) -> Appointment:
        key = f"tab {number}"
        held = hold_slot(
            patient=patient,
            service_code="evaluation",
            starts_at=wanted[number].starts_at,
            clinician_id=wanted[number].clinician_id,
            holder_key=key,
            now=now,
            actor=SYSTEM,
        )
        return confirm_hold(
            appointment_id=held.pk, holder_key=key, exam_wish="", now=now, actor=SYSTEM
        )

    outcomes = race(2, act)
    assert sum(isinstance(one, Appointment) for one in outcomes) == 1
    assert Appointment.objects.filter(status="booked").count() == 1
