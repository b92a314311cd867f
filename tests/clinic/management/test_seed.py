"""Made-up clinics: a small consistent one, or a large one; never beside real people."""

import re
import uuid
from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from booking.catalog.queries import sold_versions
from booking.models import Appointment, EarlierWish, Enrollment, Service
from clinic.management.sample.bulk_insert import insert_rows
from clinic.models.messages import Email
from clinic.models.people import Patient, User
from clinic.people.sample_people import sample_sign_ins
from intake.models import Intake, UrgentCall
from tests.factories import make_patient

pytestmark = [pytest.mark.django_db, pytest.mark.promises]
START = date(2027, 2, 1)

# Typed from the models: what a trial has to show, and what each of them can be.
EVERY = {
    (Appointment, "status"): {
        *("held", "booked", "arrived", "completed", "no_show", "cancelled", "released"),
    },
    (Appointment, "attention"): {"", "red", "stop", "check_in_due", "compare"},
    (Enrollment, "status"): {"live", "finished", "cancelled", "expired"},
    (Intake, "status"): {
        *("draft", "draft_waiting", "draft_decided", "sent", "waiting", "decided"),
    },
    (Intake, "level"): {"", "red", "caution", "clear"},
    (Email, "status"): {"due", "claimed", "sent", "skipped", "failed", "needs_human"},
    (Service, "kind"): {"evaluation", "package_visit", "follow_up"},
}


def test_the_sample_clinic_shows_everything_that_can_be_and_has_work_for_all_staff() -> None:
    call_command("seed", start=START, patients=20)
    levels = set(Intake.objects.sent().values_list("level", flat=True))
    assert levels == {"red", "caution", "clear"}
    assert UrgentCall.objects.open().exists()
    assert Intake.objects.awaiting_review().exists()
    assert {"booked", "completed"} <= set(Appointment.objects.values_list("status", flat=True))
    assert EarlierWish.objects.filter(closed_at=None).count() == 3
    assert not Patient.objects.filter(is_sample=False).exists()
    assert len(sample_sign_ins()) == 4
    for (model, name), expected in EVERY.items():
        assert {str(getattr(row, name)) for row in model.objects.all()} == expected, name
    # Whatever a model can be and nobody typed above is missing in the sample too.
    assert set(Appointment.Status.values) == EVERY[Appointment, "status"]
    assert set(Appointment.Attention.values) == EVERY[Appointment, "attention"]
    assert {*Enrollment.Ending.values, Enrollment.LIVE} == EVERY[Enrollment, "status"]
    assert {*map(str, Intake.Status)} == EVERY[Intake, "status"]
    assert set(Email.Status.values) == EVERY[Email, "status"]
    assert Appointment.objects.provisional().exists()
    # It sells two packages and a follow-up, and its patients are as various as a real clinic's.
    assert [one.visit_count for one in sold_versions()] == [6, 8]
    bought = Enrollment.objects.values_list("version__visit_count", flat=True)
    assert {*bought} == {6, 8}
    assert Appointment.objects.filter(service__kind="follow_up", status="booked").exists()
    lasting = {(one.ends_at - one.starts_at).seconds // 60 for one in Appointment.objects.all()}
    assert {30, 45, 60, 90} <= lasting
    names = list(Patient.objects.values_list("name", flat=True))
    assert len(names) == len({*names})
    assert max(map(len, names)) > 70
    assert [one for one in names if re.search(r"[\u0590-\u06ff]", one)]
    assert [one for one in names if re.search(r"[À-ỹ]", one)]
    assert len({*Patient.objects.exclude(interpreter="").values_list("interpreter")}) >= 3
    assert User.objects.filter(is_access_admin=True, is_active=True).exists()
    assert Intake.objects.filter(heard_from__isnull=False).exists()
    assert Intake.objects.filter(came_by__isnull=False).exists()


def test_a_large_clinic_breaks_no_constraint_and_is_repeatable() -> None:
    def made() -> list[tuple[object, ...]]:
        call_command("seed", start=START, clinicians=5, patients=50, appointments=1003, seed=7)
        columns = (
            *("pk", "patient_id", "starts_at", "status", "patient__name", "price_cents"),
            *("attention", "confirm_by", "ends_at"),
        )
        return list(Appointment.objects.order_by("pk").values_list(*columns))

    with transaction.atomic():
        first = made()
        transaction.set_rollback(True)
    assert len(first) == 1003
    # Busy days look like those of a busy clinic.
    assert {row[3] for row in first} == {"booked", "arrived", "completed", "no_show", "cancelled"}
    assert {row[6] for row in first} == {"", "check_in_due", "red", "stop"}
    assert sum(row[7] is not None for row in first) >= 5
    assert {(row[8] - row[2]).seconds // 60 for row in first} == {30, 45, 60, 90}
    names = {row[1]: row[4] for row in first}
    assert len(set(names.values())) == len(names) > 40
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
