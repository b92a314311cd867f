"""The pages of the check-in: link and date of birth, urgent answers first, sent once."""

import re
from collections.abc import Generator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import OperationalError
from django.test import Client

from booking.models import Appointment
from clinic.messages.delivery.sending import send_due
from clinic.models.audit import AuditEvent
from clinic.models.messages import Email
from clinic.security.private_links import issue
from intake.checkins.links import CHECK_IN, about
from intake.models import Intake, UrgentCall
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW
from tests.intake.checkins.checking_in import DAY, POSTED_FINE, check_in, make_package, make_visit

pytestmark = pytest.mark.django_db

VISIT = NOW + 10 * DAY
TWO_DAYS_BEFORE = VISIT - 2 * DAY
BORN = {"born_on_month": "5", "born_on_day": "4", "born_on_year": "1992", "birth_gate": "1"}


@pytest.fixture(autouse=True)
def two_days_before() -> Generator[Any, None, None]:
    with time_machine.travel(TWO_DAYS_BEFORE, tick=False) as clock:
        yield clock


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def visit(cast: Cast) -> Appointment:
    return make_visit(make_package(cast.patient), cast.clinician, 2, VISIT)


def link(visit: Appointment) -> str:
    address = issue(
        purpose=CHECK_IN, about=about(visit), patient=visit.patient, expires_at=visit.starts_at
    )
    return "/l/" + address.rpartition("/")[2]


def page_of(visit: Appointment) -> str:
    return f"/visits/check-in/{visit.pk}/"


def open_link(visit: Appointment) -> Client:
    """Open the mailed link and give the date of birth."""
    client = Client()
    assert client.get(link(visit))["Location"] == page_of(visit)
    client.post(page_of(visit), BORN)
    return client


def post(client: Client, visit: Appointment, **changed: Any) -> Any:
    body = client.get(page_of(visit)).content.decode()
    shown = re.findall(r'name="shown" value="(.*?)"', body)
    return client.post(page_of(visit), {**POSTED_FINE, "shown": shown, **changed})


def test_the_link_asks_for_the_date_of_birth_before_any_question(visit: Appointment) -> None:
    client = Client()
    client.get(link(visit))
    page = client.get(page_of(visit)).content.decode()
    assert "date of birth" in page
    assert "Since your last visit" not in page
    wrong = client.post(page_of(visit), {**BORN, "born_on_year": "1991"})
    assert wrong.status_code == 422
    assert client.post(page_of(visit), BORN)["Location"] == page_of(visit)
    assert "Since your last visit" in client.get(page_of(visit)).content.decode()


def test_five_wrong_dates_lock_it_in_the_same_words(visit: Appointment) -> None:
    client = Client()
    client.get(link(visit))
    for year in range(1980, 1985):
        client.post(page_of(visit), {**BORN, "born_on_year": str(year)})
    assert client.post(page_of(visit), BORN).status_code == 422


def test_without_a_link_or_as_somebody_else_there_is_no_page(
    cast: Cast, visit: Appointment
) -> None:
    other = client_for(cast.other_patient.user)
    for client in (Client(), other, client_for(cast.manager), client_for(cast.clinician.user)):
        assert client.get(page_of(visit)).status_code == 404
        assert client.post(page_of(visit), POSTED_FINE).status_code == 404
    assert not Intake.objects.checkins().exists()


def test_once_sent_it_shows_what_it_means_and_the_link_is_dead(visit: Appointment) -> None:
    address = link(visit)
    client = open_link(visit)
    answer = post(client, visit, ci_pain_worst="4")
    assert answer["Location"] == f"{page_of(visit)}result/"
    page = client.get(answer["Location"]).content.decode()
    assert "Running: stay where you are, or take a step back, until runs feel easy." in page
    assert "Repeat your stage." in page
    assert "Your visit goes ahead on Thursday, February 11" in page
    assert Client().get(address).status_code == 404
    # A second click on the button, and Back.
    assert client.post(page_of(visit), POSTED_FINE)["Location"] == answer["Location"]
    assert client.get(page_of(visit))["Location"] == answer["Location"]
    assert client.get(answer["Location"]).status_code == 200
    assert Intake.objects.checkins().sent().count() == 1


def test_a_follow_up_is_asked_next_and_nothing_typed_is_lost(visit: Appointment) -> None:
    client = open_link(visit)
    answer = post(client, visit, ci_leak_frequency="weekly")
    assert answer["Location"].startswith(page_of(visit) + "#")
    assert not Intake.objects.checkins().sent().exists()
    page = client.get(page_of(visit)).content.decode()
    assert "How much did leaking bother you?" in page
    assert re.search(r'name="ci_worry" value="2"[^>]* checked', page)
    assert post(client, visit, ci_leak_frequency="weekly", ci_leak_bother="3").status_code == 302
    assert Intake.objects.checkins().sent().count() == 1


def test_a_missing_answer_is_named_and_what_was_given_is_saved(visit: Appointment) -> None:
    client = open_link(visit)
    answer = post(client, visit, ci_worry="")
    assert answer.status_code == 422
    assert b"There is a problem" in answer.content
    assert Intake.objects.checkins().drafts().get().raw["ci.load"] == "walk30"


def test_an_urgent_answer_comes_before_a_missing_one_and_can_be_taken_back(
    visit: Appointment,
) -> None:
    client = open_link(visit)
    answer = post(client, visit, ci_warning="chest_breath", ci_worry="")
    emergency = f"{page_of(visit)}help/"
    assert answer["Location"] == emergency
    page = client.get(emergency).content.decode()
    assert "Call 911 now" in page
    assert f'action="{emergency}"' in page
    assert client.get(page_of(visit))["Location"] == emergency
    assert client.post(emergency, {"answer": "mistake"})["Location"] == page_of(visit)
    assert post(client, visit)["Location"] == f"{page_of(visit)}result/"
    call = UrgentCall.objects.get()
    assert call.changed_answers == {"ci.warning": ["none"]}
    assert call.task.is_open


def test_saying_that_help_is_coming_leaves_the_call_open(visit: Appointment) -> None:
    client = open_link(visit)
    post(client, visit, ci_warning="self_harm")
    answer = client.post(f"{page_of(visit)}help/", {"answer": "help"})
    assert answer["Location"] == f"{page_of(visit)}helped/"
    assert UrgentCall.objects.get().help_on_the_way_at is not None


@pytest.mark.parametrize("status", [403, 503, 404])
def test_an_emergency_is_answered_whatever_fails(
    visit: Appointment, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client(enforce_csrf_checks=status == 403, raise_request_exception=False)
    if status != 404:
        client.get(link(visit))

    def down(*args: Any, **kwargs: Any) -> None:
        raise OperationalError

    if status == 503:
        monkeypatch.setattr("intake.checkins.views.ask_birth_date", down)
    answer = client.post(page_of(visit), {"ci_warning": "leg"})
    assert b"Go to the emergency room now" in answer.content


def test_outside_its_days_it_says_when(visit: Appointment, two_days_before: Any) -> None:
    client = open_link(visit)
    two_days_before.move_to(VISIT - 4 * DAY)
    early = client.get(page_of(visit))
    assert early.status_code == 409
    assert b"It opens on Monday, February 8" in early.content
    two_days_before.move_to(VISIT + timedelta(minutes=1))
    assert Client().get(link(visit)).status_code == 404


def test_reading_and_sending_are_audited(visit: Appointment) -> None:
    client = open_link(visit)
    client.get(post(client, visit)["Location"])
    acts = set(
        AuditEvent.objects.filter(patient=str(visit.patient_id)).values_list("action", flat=True)
    )
    assert {"start check-in", "send check-in", "read own result"} <= acts


def test_the_reminder_carries_the_link_only_while_it_is_open_and_unsent(
    cast: Cast, visit: Appointment, mailoutbox: list[Any], settings: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    def remind(kind: str) -> str:
        Email.objects.create(
            kind=kind, about=f"appointment:{visit.pk}", rev=visit.rev, patient=visit.patient,
            due_at=TWO_DAYS_BEFORE, next_try_at=TWO_DAYS_BEFORE,
            useless_after=visit.starts_at, status="due",
        )  # fmt: skip
        send_due(now=TWO_DAYS_BEFORE)
        return str(mailoutbox[-1].body)

    first = remind("reminder_48h")
    asked = re.search(r"short form before you come:\s+\S+(/l/\S+)", first)
    assert asked
    assert Client().get(asked[1])["Location"] == page_of(visit)
    check_in(visit, now=TWO_DAYS_BEFORE)
    assert "short form" not in remind("reminder_24h")
    assert Client().get(asked[1]).status_code == 404
