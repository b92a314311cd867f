"""Made-up clinics: a small consistent one, or a large one; never beside real people."""

import uuid
from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from booking.models import Appointment, EarlierWish
from clinic.management.sample.bulk_insert import insert_rows
from clinic.models.people import Patient
from clinic.people.sample_people import sample_sign_ins
from intake.models import Intake, UrgentCall
from tests.factories import make_patient

pytestmark = [pytest.mark.django_db, pytest.mark.promises]
START = date(2027, 2, 1)


def test_the_sample_clinic_has_every_level_and_work_for_all_staff() -> None:
    call_command("seed", start=START, patients=20)
    levels = set(Intake.objects.sent().values_list("level", flat=True))
    assert levels == {"red", "caution", "clear"}
    assert UrgentCall.objects.open().exists()
    assert Intake.objects.awaiting_review().exists()
    assert {"booked", "completed"} <= set(Appointment.objects.values_list("status", flat=True))
    assert EarlierWish.objects.filter(closed_at=None).count() == 3
    assert not Patient.objects.filter(is_sample=False).exists()
    assert len(sample_sign_ins()) == 4


def test_a_large_clinic_breaks_no_constraint_and_is_repeatable() -> None:
    def made() -> list[tuple[object, ...]]:
        call_command("seed", start=START, clinicians=5, patients=50, appointments=1003, seed=7)
        columns = ("pk", "patient_id", "starts_at", "status", "patient__name", "price_cents")
        return list(Appointment.objects.order_by("pk").values_list(*columns))

    with transaction.atomic():
        first = made()
        transaction.set_rollback(True)
    assert len(first) == 1003
    assert {row[3] for row in first} == {"booked", "completed"}
    assert made() == first
    one = Appointment.objects.first()
    assert one is not None
    one.full_clean()


def test_values_inserted_in_bulk_are_read_back_unchanged() -> None:
    names = ["tab\there", "line\nbreak", "back\\slash", r"\N", "Zoë 👩‍🍼"]
    people = [{"id": uuid.uuid4(), "name": name, "email": ""} for name in names]
    assert insert_rows(Patient(phone="+17815550100", is_sample=True), people) == len(names)
    stored = Patient.objects.in_bulk([one["id"] for one in people])
    assert [stored[one["id"]].name for one in people] == names
    assert all(one.is_sample and one.born_on is None for one in stored.values())


def test_a_database_with_real_people_is_refused() -> None:
    make_patient()
    with pytest.raises(CommandError):
        call_command("seed")
    call_command("seed", if_empty=True)
    assert Patient.objects.count() == 1
