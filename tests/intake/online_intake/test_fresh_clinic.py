"""A clinic in which nothing is set up yet: a dangerous answer is seen all the same."""

from typing import Any

import pytest
from django.test import Client

from booking.models import Policy, Referral, Service
from intake.models import Intake, UrgentCall
from tests.intake.online_intake.test_flow import SAFE, post, start

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def many_starts(settings: Any) -> None:
    settings.LIMITS = {**settings.LIMITS, "intake_starts": (1000, 600)}


def test_an_urgent_answer_is_stored_judged_and_called_for() -> None:
    assert not Policy.objects.exists()
    assert not Service.objects.filter(is_active=True, kind="evaluation").exists()
    client = Client()
    start(client)
    answer = post(client, "safety", {**SAFE, "safety_emergency": "chest_pain"})
    assert answer.status_code == 302
    assert "Call 911 now" in client.get(answer["Location"]).content.decode()
    assert UrgentCall.objects.open().count() == 1
    assert Intake.objects.awaiting_review().count() == 1
    assert Referral.objects.get().stops_self_booking


def test_the_default_terms_are_written_down_once() -> None:
    client = Client()
    for _ in range(3):
        start(client)
        post(client, "safety", {**SAFE, "safety_mind": "self_harm"})
        client.session.flush()
        client = Client()
    assert Policy.objects.count() == 1
