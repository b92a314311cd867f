"""Made-up clinics: small and true, or large; never over real people."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command

from booking.models import Appointment
from clinic.people.models import Patient
from clinic.sample import sample_sign_ins
from intake.models import Intake, UrgentCall
from tests.factories import make_patient

pytestmark = [pytest.mark.django_db, pytest.mark.promises]
START = date(2027, 2, 1)


def test_the_sample_clinic_has_every_level_and_work_for_everybody() -> None:
    call_command("seed", start=START, patients=20)
    levels = set(Intake.objects.sent().values_list("level", flat=True))
    assert levels == {"red", "caution", "clear"}
    assert UrgentCall.objects.open().exists()
    assert Intake.objects.awaiting_review().exists()
    assert {"booked", "completed"} <= set(Appointment.objects.values_list("status", flat=True))
    assert not Patient.objects.filter(is_sample=False).exists()
    assert len(sample_sign_ins()) == 4


def test_a_large_clinic_breaks_no_constraint_and_repeats_itself() -> None:
    call_command("seed", start=START, clinicians=5, patients=50, appointments=1000, seed=7)
    assert Appointment.objects.count() == 1000


def test_real_people_are_left_alone() -> None:
    make_patient()
    with pytest.raises(CommandError):
        call_command("seed")
    call_command("seed", if_empty=True)
    assert Patient.objects.count() == 1
