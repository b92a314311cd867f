"""NoOverlap on appointments: what two of them may never share, on both databases."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from booking.models import Appointment, Room
from clinic.practice.promised import promise_of
from tests.constraints import refusal
from tests.factories import (
    NOW,
    make_appointment,
    make_clinician,
    make_offer,
    make_patient,
    make_referral,
)

pytestmark = pytest.mark.promises

HOUR = timedelta(hours=1)
CLINICIAN = "appointment_clinician_no_overlap"
ROOM = "appointment_room_no_overlap"
PATIENT = "appointment_patient_no_overlap"


class Desk:
    """A clinic with one visit of an hour at NOW, busy for 15 minutes more; all else is free."""

    def __init__(self) -> None:
        make_offer()
        self.clinician = make_clinician()
        self.patient = make_patient()
        self.room = Room.objects.get(name="Room 1")
        self.visit = self.appointment()

    def appointment(self, **fields: Any) -> Appointment:
        same = {"clinician": self.clinician, "patient": self.patient, "room": self.room}
        defaults = {"starts_at": NOW, "service": "rr2", **same}
        return make_appointment(**{**defaults, **fields})

    def appointment_sharing(self, only: str, **fields: Any) -> Appointment:
        """Make an appointment that has only its clinician, room or patient in common."""
        number = uuid.uuid4().hex
        others = {
            "clinician": lambda: make_clinician(email=f"{number}@example.test"),
            "patient": lambda: make_patient(email=f"{number}@example.test"),
            "room": lambda: Room.objects.create(name=number),
        }
        return self.appointment(
            **{name: make() for name, make in others.items() if name != only}, **fields
        )


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk()


@pytest.mark.parametrize(
    ("shared", "name"), [("clinician", CLINICIAN), ("room", ROOM), ("patient", PATIENT)]
)
def test_one_clinician_one_room_and_one_patient_are_in_one_place(desk, shared, name):
    assert refusal(lambda: desk.appointment_sharing(shared)) == name
    assert refusal(lambda: desk.appointment_sharing("nothing")) == "done"


@pytest.mark.parametrize(
    ("minutes", "shared", "expected"),
    [
        (-75, "clinician", "done"),
        (-74, "clinician", CLINICIAN),
        (74, "clinician", CLINICIAN),
        (75, "clinician", "done"),
        (75, "room", "done"),
        (74, "room", ROOM),
        # The patient is busy during the visit, not during the buffer after it.
        (60, "patient", "done"),
        (59, "patient", PATIENT),
        (-60, "patient", "done"),
    ],
)
def test_one_may_begin_where_the_other_ends(desk, minutes, shared, expected):
    starts_at = NOW + timedelta(minutes=minutes)
    assert refusal(lambda: desk.appointment_sharing(shared, starts_at=starts_at)) == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        *(("held", CLINICIAN), ("booked", CLINICIAN), ("arrived", CLINICIAN)),
        *(("completed", CLINICIAN), ("no_show", CLINICIAN)),
        *(("cancelled", "done"), ("released", "done")),
    ],
)
def test_time_is_taken_until_it_is_cancelled_or_released(desk, status, expected):
    fields = {"status": status, "starts_at": NOW + 5 * HOUR}
    if status == "held":
        fields |= {"hold_until": NOW, "holder_key": "somebody"}
    if status == "cancelled":
        fields |= {"cancelled_at": NOW}
    desk.appointment_sharing("clinician", **fields)
    later = {"starts_at": NOW + 5 * HOUR}
    assert refusal(lambda: desk.appointment_sharing("clinician", **later)) == expected


def test_a_reason_lets_staff_overlap_clinician_and_room_but_never_the_patient(desk):
    on_purpose = {"overlap_reason": "Joint visit, agreed with both"}
    assert refusal(lambda: desk.appointment_sharing("clinician", **on_purpose)) == "done"
    assert refusal(lambda: desk.appointment_sharing("room", **on_purpose)) == "done"
    assert refusal(lambda: desk.appointment_sharing("patient", **on_purpose)) == PATIENT


def test_undoing_a_cancellation_and_moving_are_held_to_it_too(desk):
    cancelled = desk.appointment_sharing("clinician", status="cancelled", cancelled_at=NOW)
    rows = Appointment.objects.filter(pk=cancelled.pk)
    assert refusal(lambda: rows.update(status="booked")) == CLINICIAN
    later = desk.appointment_sharing("clinician", starts_at=NOW + 3 * HOUR)
    moved = {"busy_from": NOW, "starts_at": NOW, "ends_at": NOW + HOUR, "busy_until": NOW + HOUR}
    rows = Appointment.objects.filter(pk=later.pk)
    assert refusal(lambda: rows.update(**moved, **promise_of(NOW))) == CLINICIAN
    # Its own old time is not in its way.
    assert refusal(lambda: rows.update(busy_until=later.busy_until + HOUR)) == "done"


def test_several_rows_at_once_are_held_to_it_against_each_other(desk):
    values = {f.attname: getattr(desk.visit, f.attname) for f in Appointment._meta.concrete_fields}
    desk.visit.delete()
    twice = [Appointment(**{**values, "id": uuid.uuid4()}) for _ in range(2)]
    # Which of the three is named first is the database's choice.
    assert refusal(lambda: Appointment.objects.bulk_create(twice)) in (CLINICIAN, ROOM, PATIENT)
    assert not Appointment.objects.exists()


def test_a_form_learns_of_it_before_saving(desk):
    again = Appointment.objects.get(pk=desk.visit.pk)
    again.full_clean()
    again._state.adding, again.pk = True, uuid.uuid4()
    with pytest.raises(ValidationError) as refused:
        again.full_clean()
    assert set(refused.value.messages) == {
        "The clinician is taken at this time.",
        "The room is taken at this time.",
        "The patient has another appointment at this time.",
    }
    # A field that is wrong or not asked for leaves nothing to compare.
    again.validate_constraints(exclude={"starts_at", "busy_from"})
    again.validate_constraints(exclude={"status"})
    again.status = "cancelled"
    again.cancelled_at = NOW
    again.full_clean()


# --- Which constraint refused ---------------------------------------------------------------------


def test_other_constraints_are_named_too(desk):
    make_referral(patient=desk.patient)
    assert refusal(lambda: make_referral(patient=desk.patient)) == "referral_one_current"
    rows = Appointment.objects.filter(pk=desk.visit.pk)
    backwards = {"ends_at": NOW - HOUR}
    assert refusal(lambda: rows.update(**backwards)) == "appointment_end_after_start"


def test_a_refusal_without_a_named_constraint_has_no_name(desk):
    rows = Appointment.objects.filter(pk=desk.visit.pk)
    assert refusal(lambda: rows.update(starts_at=None)) is None
