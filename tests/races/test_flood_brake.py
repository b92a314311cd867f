"""Many book at once without a proven mailbox: no more get through than the limit."""

from collections.abc import Sequence

import pytest

from booking.appointments import holds
from booking.appointments.bookings import confirm_hold
from booking.appointments.holds import hold_slot
from booking.flood_brake import brake
from booking.models import Appointment
from booking.refusals import MailboxFirst
from booking.scheduling.timetable import Slot
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.models.people import Patient
from tests.booking.provisional.visitors import free
from tests.factories import NOW, make_clinician, make_offer
from tests.races.controls import let_two_decide_together, take_locks_away
from tests.races.test_one_slot import patients
from tests.racing import race

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.promises]

HOME = brake.network_key("203.0.113.7")
CONTEXT = Context(SYSTEM, NOW)


def hold(patient: Patient, slot: Slot) -> Appointment:
    return hold_slot(
        patient=patient,
        service_code="evaluation",
        starts_at=slot.starts_at,
        clinician_id=slot.clinician_id,
        holder_key=f"holder {patient.pk}",
        context=CONTEXT,
        network=HOME,
    )


def book(patient: Patient, slot: Slot) -> Appointment:
    held = hold(patient, slot)
    return confirm_hold(
        appointment_id=held.pk, holder_key=held.holder_key, exam_wish="", context=CONTEXT
    )


def world(count: int) -> tuple[Sequence[Patient], Sequence[Slot]]:
    """Make that many patients, and times apart enough that they share no lock of the calendar."""
    make_offer()
    clinicians = [make_clinician(email=f"c{number}@example.test") for number in range(count)]
    return patients(count, NOW), [
        slot._replace(clinician_id=clinicians[number].pk)
        for number, slot in enumerate(free()[::10][:count])
    ]


def test_of_ten_at_once_from_one_network_three_get_a_time() -> None:
    people, times = world(10)
    outcomes = race(10, lambda number: book(people[number], times[number]))
    won = [one for one in outcomes if isinstance(one, Appointment)]
    assert len(won) == 3, outcomes
    assert all(isinstance(one, Appointment | MailboxFirst) for one in outcomes), outcomes
    assert Appointment.objects.provisional().count() == 3
    assert all(one.confirm_by is not None for one in Appointment.objects.provisional())


def test_without_its_lock_four_of_three_get_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: two count at once, when two are taken, and both are the third."""
    people, times = world(4)
    for number in range(2):
        book(people[number], times[number])
    take_locks_away(monkeypatch)
    monkeypatch.setattr(brake, "lock_brake", lambda: None)
    let_two_decide_together(monkeypatch, holds, "check_brake")
    outcomes = race(2, lambda number: hold(people[2 + number], times[2 + number]))
    assert all(isinstance(one, Appointment) for one in outcomes), outcomes
    assert brake.taken(NOW).over_all == 4
