"""The form ends between the moment a page is opened and the moment it is saved or sent."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.models.people import Patient
from intake.intakes import locking
from intake.intakes.sending import send_intake
from intake.models import Intake
from tests.factories import NOW
from tests.intake.online_intake import test_flow as flow
from tests.intake.online_intake.test_flow import fill, post, start

pytestmark = pytest.mark.django_db
what_is_sold = flow.what_is_sold
URGENT = {"safety_emergency": "chest_pain"}


def erased(intake_id: UUID) -> None:
    Patient.objects.filter(intakes=intake_id).update(erased_at=NOW)


def sent(intake_id: UUID) -> None:
    send_intake(intake_id=intake_id, context=Context(SYSTEM, NOW))


def deleted(intake_id: UUID) -> None:
    Intake.objects.filter(pk=intake_id).delete()


@pytest.fixture
def ends_before_the_lock(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Return what makes the form end just before it is locked for the next time."""

    def arrange(end: Callable[[UUID], None]) -> None:
        lock = locking.lock_patient

        def ended_first(patient_id: UUID) -> Patient:
            monkeypatch.setattr(locking, "lock_patient", lock)
            end(Intake.objects.get().pk)
            return lock(patient_id)

        monkeypatch.setattr(locking, "lock_patient", ended_first)

    return arrange


def filled_in() -> Client:
    client = fill(start())
    assert client.get("/intake/care/").status_code == 200
    return client


@pytest.mark.parametrize("end", [erased, sent, deleted])
def test_a_page_that_was_just_opened_is_no_error(
    ends_before_the_lock: Callable[[Any], None], end: Callable[[UUID], None]
) -> None:
    client = filled_in()
    ends_before_the_lock(end)
    answer = post(client, "care", {"care_note": "canary-note"})
    assert (answer.status_code, answer["Location"]) == (302, "/intake/result/")
    assert client.get("/intake/result/", follow=True).status_code == 200
    assert not any("canary-note" in str(one.raw) for one in Intake.objects.all())


@pytest.mark.parametrize("end", [erased, sent, deleted])
def test_an_urgent_answer_shows_help_all_the_same(
    ends_before_the_lock: Callable[[Any], None], end: Callable[[UUID], None]
) -> None:
    client = filled_in()
    ends_before_the_lock(end)
    answer = post(client, "safety", URGENT)
    assert answer.status_code == 200
    assert "911" in answer.content.decode()


@pytest.mark.parametrize("end", [erased, deleted])
def test_what_is_erased_is_not_sent(
    ends_before_the_lock: Callable[[Any], None], end: Callable[[UUID], None]
) -> None:
    client = filled_in()
    client.get("/intake/check/")
    ends_before_the_lock(end)
    assert flow.send(client).status_code == 302
    assert not Intake.objects.sent().exists()
