"""NoOverlap: what two appointments may never share, whatever the code does, on both databases."""

import uuid
from collections.abc import Callable, Generator
from datetime import timedelta
from typing import Any

import pytest
from django.apps.registry import Apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.db.models import Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking.constraints import NoOverlap, violated
from booking.models import Appointment, Room
from tests.factories import (
    NOW,
    make_appointment,
    make_clinician,
    make_offer,
    make_patient,
    make_referral,
)
from tests.racing import race

pytestmark = pytest.mark.promises

HOUR = timedelta(hours=1)
CLINICIAN = "appointment_clinician_no_overlap"
ROOM = "appointment_room_no_overlap"
PATIENT = "appointment_patient_no_overlap"


def refusal(act: Callable[[], Any]) -> str | None:
    """Do it; return the name of the constraint that refused, "done" if none did."""
    try:
        with transaction.atomic():
            act()
    except IntegrityError as error:
        return violated(error)
    return "done"


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
        # The patient is kept by the visit itself, not by the buffer after it.
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
    assert refusal(lambda: rows.update(**moved)) == CLINICIAN
    # Its own old time does not stand in its way.
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


# --- On a table of its own ------------------------------------------------------------------------

# A declaration with a plainer table, to change the table itself.
FREE = NoOverlap(
    name="keeper_free",
    within=("keeper",),
    range=("begins", "ends"),
    condition=Q(status__in=["held", "it's on"]),
    violation_error_message="Taken.",
    violation_error_code="overlap",
)


def make_model(*constraints: NoOverlap) -> type[models.Model]:
    """Make a model outside the product's own, with the table yet to be made."""
    meta = {"app_label": "booking", "apps": Apps(), "db_table": "booking_scratch"}
    fields = {
        "keeper": models.IntegerField(null=True),
        "status": models.CharField(max_length=10, default="held"),
        "begins": models.DateTimeField(null=True),
        "ends": models.DateTimeField(null=True),
        "Meta": type("Meta", (), {**meta, "constraints": constraints}),
        "__module__": __name__,
    }
    return type("Scratch", (models.Model,), fields)


def alter_status(model: type[models.Model]) -> None:
    """Widen a column: on SQLite that makes a new table and drops the old one."""
    wider = models.CharField(max_length=20, default="held")
    wider.set_attributes_from_name("status")
    wider.model = model
    with connection.schema_editor() as editor:
        editor.alter_field(model, model._meta.get_field("status"), wider)


@pytest.fixture
def scratch(transactional_db: None) -> Generator[Any, None, None]:
    model = make_model(FREE)
    with connection.schema_editor() as editor:
        editor.create_model(model)
    yield model
    with connection.schema_editor() as editor:
        editor.delete_model(model)


def row(model: Any, begins: int | None, ends: int | None, keeper: int | None = 1, **fields) -> Any:
    hours = [None if hour is None else NOW + hour * HOUR for hour in (begins, ends)]
    return model(keeper=keeper, begins=hours[0], ends=hours[1], **fields)


def test_it_survives_a_change_of_the_table(scratch):
    row(scratch, 0, 2).save()
    for _ in range(2):
        alter_status(scratch)
        assert refusal(row(scratch, 1, 3).save) == "keeper_free"
        assert refusal(row(scratch, 1, 3, status="it's on").save) == "keeper_free"
    assert refusal(row(scratch, 2, 3).save) == "done"


def test_a_migration_can_take_it_away_and_put_it_on_rows_that_keep_it(scratch):
    with_it, without_it = make_model(FREE), make_model()
    row(scratch, 0, 2).save()
    with connection.schema_editor() as editor:
        editor.remove_constraint(without_it, FREE)
    wrong = row(scratch, 1, 3)
    assert refusal(wrong.save) == "done"
    with pytest.raises(IntegrityError) as refused, connection.schema_editor() as editor:
        editor.add_constraint(with_it, FREE)
    assert violated(refused.value) == "keeper_free"
    wrong.delete()
    with connection.schema_editor() as editor:
        editor.add_constraint(with_it, FREE)
    assert refusal(row(scratch, 1, 3).save) == "keeper_free"


@pytest.mark.parametrize(
    "missing", [(None, 3, 1), (0, None, 1), (0, 3, None), (1, 1, 1), (3, 0, 1)]
)
def test_a_row_with_a_null_or_without_length_overlaps_nothing(scratch, missing):
    begins, ends, keeper = missing
    row(scratch, 0, 3).save()
    odd = row(scratch, begins, ends, keeper)
    odd.validate_constraints()
    assert refusal(odd.save) == "done"
    row(scratch, 5, 6).save()


hours = st.tuples(st.integers(0, 8), st.integers(1, 8)).map(lambda pair: (pair[0], sum(pair)))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(hours, st.sampled_from([1, 2]), st.booleans()), max_size=6))
def test_it_refuses_exactly_what_overlaps(scratch, wanted):
    scratch.objects.all().delete()
    kept: list[tuple[int, int, int]] = []
    for (begins, ends), keeper, takes_part in wanted:
        clash = takes_part and any(keeper == k and begins < e and b < ends for b, e, k in kept)
        new = row(scratch, begins, ends, keeper, status="held" if takes_part else "gone")
        if clash:
            with pytest.raises(ValidationError):
                new.validate_constraints()
        else:
            new.validate_constraints()
        assert refusal(new.save) == ("keeper_free" if clash else "done")
        if takes_part and not clash:
            kept.append((begins, ends, keeper))


def test_of_many_at_the_same_moment_one_gets_it(scratch):
    results = race(8, lambda _: row(scratch, 0, 1).save())
    assert sum(result is None for result in results) == 1
    assert scratch.objects.count() == 1


# --- The declaration ------------------------------------------------------------------------------


def test_it_is_rebuilt_from_a_migration_and_equal_only_to_the_same():
    path, args, kwargs = FREE.deconstruct()
    assert (path, args) == ("booking.constraints.NoOverlap", ())
    assert NoOverlap(**kwargs) == FREE
    assert hash(NoOverlap(**kwargs)) == hash(FREE)
    for changed in ({"within": ()}, {"range": ("ends", "begins")}, {"condition": Q(keeper=1)}):
        assert NoOverlap(**{**kwargs, **changed}) != FREE
    assert FREE != "keeper_free"


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
