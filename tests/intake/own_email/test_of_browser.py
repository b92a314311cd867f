"""The browser that made a row mends its e-mail until the mailbox is proven, three times at most."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from clinic.models.people import Patient
from clinic.ownership.mailbox import prove
from tests.factories import make_offer, make_patient, make_user
from tests.intake.online_intake.test_flow import start

pytestmark = pytest.mark.django_db
PAGE = "/visits/email/"


@pytest.fixture(autouse=True)
def the_clinic(settings: Any) -> None:
    cache.clear()
    settings.LIMITS = dict.fromkeys(settings.LIMITS, (1000, 600))
    make_offer()


@pytest.mark.promises
def test_this_browser_goes_on_and_the_fourth_change_is_refused() -> None:
    client = start(email="pat@example.test")
    patient = Patient.objects.get(email="pat@example.test")
    for number in (1, 2, 3):
        assert client.post(PAGE, {"email": f"pat{number}@example.test"}).status_code == 302
        assert client.get("/intake/safety/").status_code == 200
        assert "Change it" in client.get(PAGE).content.decode() or number == 3
    assert "call us" in client.get(PAGE).content.decode()
    assert client.post(PAGE, {"email": "pat4@example.test"}).status_code == 200
    patient.refresh_from_db()
    assert (patient.email, patient.own_email_changes) == ("pat3@example.test", 3)


def test_it_is_closed_once_the_mailbox_is_proven() -> None:
    client = start(email="pat@example.test")
    patient = Patient.objects.get(email="pat@example.test")
    prove(patient, timezone.now())
    answer = client.post(PAGE, {"email": "other@example.test"})
    # She signs in with a code, and changes it there.
    assert f'href="/accounts/login/code/?next={PAGE}"' in answer.content.decode()
    patient.refresh_from_db()
    assert patient.email == "pat@example.test"


def test_the_page_says_the_same_whether_the_new_address_is_known() -> None:
    make_patient(email="known@example.test", user=make_user(email="known@example.test"))
    client = start(email="pat@example.test")
    for email in ("known@example.test", "unknown@example.test"):
        answer = client.post(PAGE, {"email": email}, follow=True)
        assert f"Our mail goes to {email} from now on." in answer.content.decode()


def test_it_opens_to_nobody_else() -> None:
    assert Client().get(PAGE).status_code == 302
