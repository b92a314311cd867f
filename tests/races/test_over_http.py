"""The same race as browsers run it: one redirect, everybody else a 409, never a 5xx."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from booking.models import Appointment
from booking.slot_choice import TimeChoice
from clinic.people.access import SESSION_PATIENT
from tests.factories import make_clinician, make_offer, make_patient, make_referral
from tests.races.test_one_slot import offered
from tests.racing import race

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.promises]
RACERS, ROUNDS = 50, 5


def browser(number: int) -> Client:
    patient = make_patient(email=f"http{number}@example.test")
    make_referral(patient=patient, now=timezone.now() - timedelta(days=2))
    client = Client(raise_request_exception=False)
    session = client.session
    session[SESSION_PATIENT] = str(patient.pk)
    session.save()
    return client


def test_fifty_browsers_for_one_time(settings: Any) -> None:
    settings.LIMITS = {**settings.LIMITS, "hold_sets": (100_000, 600)}
    make_offer()
    make_clinician()
    browsers = [browser(number) for number in range(RACERS)]
    for _ in range(ROUNDS):
        slot = offered(timezone.now())[0]
        choice = TimeChoice(slot.starts_at, int(slot.clinician_id), "").value
        answers = race(
            RACERS,
            lambda n, choice=choice: browsers[n].post("/book/evaluation/keep/", {"slot": choice}),
        )
        statuses = sorted(answer.status_code for answer in answers)
        assert statuses == [302] + [409] * (RACERS - 1)
        assert Appointment.objects.filter(status="held").count() == 1
        Appointment.objects.update(status="released")
