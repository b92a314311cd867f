"""When the mailbox of a patient's row is proven."""

from datetime import timedelta

import pytest

from clinic.models.people import Patient
from clinic.ownership.mailbox import is_proven, prove
from tests.factories import NOW, make_patient

pytestmark = pytest.mark.django_db


def test_a_mailbox_is_proven_from_then_on() -> None:
    patient = make_patient()
    assert not is_proven(patient)
    prove(patient, NOW)
    assert is_proven(patient)
    assert is_proven(Patient.objects.get(pk=patient.pk))
    prove(patient, NOW + timedelta(days=1))
    assert Patient.objects.get(pk=patient.pk).proven_at == NOW + timedelta(days=1)


def test_without_an_address_nothing_is_proven() -> None:
    patient = make_patient(email="")
    prove(patient, NOW)
    assert not is_proven(Patient.objects.get(pk=patient.pk))


def test_what_was_shown_counts_for_that_address_only() -> None:
    seen = make_patient(email="old@example.test")
    Patient.objects.filter(pk=seen.pk).update(email="new@example.test")
    prove(seen, NOW)
    assert not is_proven(Patient.objects.get(pk=seen.pk))
