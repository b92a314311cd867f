"""Her own link opens the questions on her own row, after her date of birth, and shows no answer."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client

from booking.appointments.bookings import book_by_staff
from booking.models import Appointment, Referral
from booking.referrals.questions import are_missing, is_asked
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.messages.delivery.sending import send_due
from clinic.models.people import Patient
from clinic.people.contact import change_address
from intake.models import Intake, Task
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW
from tests.intake.online_intake.test_flow import CONSENT, PAGES, SAFE, birth, post, send
from tests.racing import race

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
STARTS = NOW + 8 * DAY
CONTEXT = Context(SYSTEM, NOW)
BORN = {"birth_gate": "1", "born_on_month": "5", "born_on_day": "4", "born_on_year": "1992"}
WRONG = {**BORN, "born_on_year": "1991"}
TITLE = "Please answer the questions before your visit"


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as moving:
        yield moving


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def links(cast: Cast) -> dict[str, str]:
    """Book her by telephone; return the two links of the confirmation by where they lead."""
    book_by_staff(
        patient=cast.patient, service_code="evaluation", starts_at=STARTS, clinician_id=None,
        staff=cast.manager, context=CONTEXT,
    )  # fmt: skip
    send_due(now=NOW)
    found = set(re.findall(r"/l/[\w-]{32}", str(mail.outbox[-1].body)))
    return {
        "questions" if "/intake/" in Client().get(one)["Location"] else "visit": one
        for one in found
    }


def opened(link: str) -> tuple[Client, str]:
    """Open the link in a browser of its own; return it and the address it leads to."""
    client = Client()
    answer = client.get(link)
    assert answer.status_code == 302
    return client, answer["Location"]


def begun(link: str) -> Client:
    client, page = opened(link)
    assert client.post(page, BORN)["Location"] == page
    assert client.post(page, CONSENT)["Location"] == "/intake/safety/"
    return client


def test_what_she_answers_by_her_link_stands_on_her_own_row(cast: Cast) -> None:
    rows = Patient.objects.count()
    client = begun(links(cast)["questions"])
    assert are_missing(cast.patient)
    for slug, answers in [("safety", SAFE), ("birth", birth()), *PAGES]:
        post(client, slug, answers)
        post(client, slug, answers)
    send(client)
    intake = Intake.objects.get()
    assert (intake.patient, intake.sent_at) == (cast.patient, NOW)
    assert Patient.objects.count() == rows
    assert not are_missing(cast.patient)
    # Her visit is kept, and the page of it asks for nothing more.
    assert Appointment.objects.get().status == "booked"
    other, page = opened(links_again())
    assert TITLE not in other.get(page).content.decode()


def links_again() -> str:
    """Return the link to her visit from the last confirmation."""
    found = re.findall(r"/l/[\w-]{32}", str(mail.outbox[0].body))
    return next(one for one in found if "/book/" in Client().get(one)["Location"])


def test_a_link_that_was_used_says_only_that_the_answers_have_come(cast: Cast) -> None:
    link = links(cast)["questions"]
    client = begun(link)
    for slug, answers in [("safety", SAFE), ("birth", birth()), *PAGES]:
        post(client, slug, answers)
        post(client, slug, answers)
    send(client)
    other, page = opened(link)
    # Before the date of birth not even that.
    assert "sent" not in main_of(other.get(page))
    body = other.post(page, BORN, follow=True).content.decode()
    assert "Your answers were sent" in body
    assert "<form" not in body.partition("<main")[2].partition("</main>")[0]


def main_of(page: Any) -> str:
    return str(page.content.decode()).partition("<main")[2].partition("</main>")[0]


def test_an_urgent_answer_before_she_sends_leaves_the_questions_missing(cast: Cast) -> None:
    client = begun(links(cast)["questions"])
    client.post("/intake/safety/", {"safety_emergency": "chest_pain"})
    # The call is owed at once, as in a form begun on the site.
    assert Task.objects.get().kind == "urgent_call"
    referral = Referral.objects.current().get()
    assert referral.stops_self_booking
    assert are_missing(cast.patient)
    # While it is open nothing else asks for her attention; the desk sees that they are missing.
    assert not is_asked(cast.patient, referral)
    desk = client_for(cast.manager)
    with time_machine.travel(STARTS - DAY, tick=False):
        listed = client_for(cast.manager).get("/desk/lists/questions/").content.decode()
        assert cast.patient.name in listed
    assert "She has not answered the questions." in main_of(
        desk.get(f"/desk/patient/{cast.patient.pk}/")
    )


def test_a_second_press_of_the_date_of_birth_begins_nothing(cast: Cast) -> None:
    client, page = opened(links(cast)["questions"])
    for _press in range(2):
        assert client.post(page, BORN)["Location"] == page
    assert not Intake.objects.exists()


def test_without_a_date_of_birth_nothing_is_offered_that_would_not_open(cast: Cast) -> None:
    found = links(cast)
    Patient.objects.filter(pk=cast.patient.pk).update(born_on=None)
    visit, page = opened(found["visit"])
    assert TITLE not in visit.get(page).content.decode()
    client, page = opened(found["questions"])
    answer = client.get(page)
    assert answer.status_code == 404
    assert "<form" not in main_of(answer)


def test_opening_the_link_and_giving_the_date_of_birth_begins_nothing(cast: Cast) -> None:
    client, page = opened(links(cast)["questions"])
    gate = client.get(page).content.decode()
    assert "First your date of birth" in gate
    assert cast.patient.name not in gate
    assert client.post(page, CONSENT).status_code == 200
    assert client.post(page, BORN).status_code == 302
    assert "Please confirm" in client.get(page).content.decode()
    assert client.post(page, {"adult": "on"}).status_code == 422
    assert not Intake.objects.exists()


def test_somebody_who_found_the_mail_sees_no_answer(cast: Cast) -> None:
    link = links(cast)["questions"]
    client = begun(link)
    post(client, "safety", SAFE)
    draft = Intake.objects.get()
    finder, page = opened(link)
    assert finder.post(page, WRONG).status_code == 422
    for address in (page, "/intake/safety/", "/intake/check/"):
        body = finder.get(address, follow=True).content.decode()
        assert 'name="safety_emergency"' not in body
        assert "You have started already" not in body
    assert finder.post(page, CONSENT).status_code == 200
    # She goes on in another browser, with the same draft.
    other, _page = opened(link)
    other.post(page, BORN)
    assert "You have started already" in other.get(page).content.decode()
    assert other.post(page)["Location"] == "/intake/birth/"
    assert Intake.objects.get() == draft


def test_a_double_press_begins_one_form(cast: Cast) -> None:
    link = links(cast)["questions"]
    client, page = opened(link)
    client.post(page, BORN)
    for _ in range(2):
        assert client.post(page, CONSENT)["Location"] == "/intake/safety/"
    assert Intake.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_once_begin_one_form(cast: Cast) -> None:
    link = links(cast)["questions"]
    clients = [opened(link) for _ in range(4)]
    for client, page in clients:
        client.post(page, BORN)

    def press(number: int) -> int:
        client, page = clients[number]
        return client.post(page, CONSENT).status_code

    answers = race(len(clients), press)
    assert answers == [302] * 4
    assert Intake.objects.count() == 1


def test_the_link_to_her_visit_leads_to_the_questions_too(cast: Cast) -> None:
    client, page = opened(links(cast)["visit"])
    body = client.get(page).content.decode()
    assert TITLE in body
    address = f"/intake/visit/{Appointment.objects.get().pk}/"
    assert f'href="{address}"' in body
    assert "First your date of birth" in client.get(address).content.decode()
    client.post(address, BORN)
    assert client.post(address, CONSENT)["Location"] == "/intake/safety/"
    assert Intake.objects.get().patient == cast.patient


def test_signed_in_she_is_asked_on_the_page_of_her_visits(cast: Cast) -> None:
    links(cast)
    client = client_for(cast.patient.user)
    body = client.get("/visits/").content.decode()
    assert TITLE in body
    address = f"/intake/visit/{Appointment.objects.get().pk}/"
    assert f'href="{address}"' in body
    client.post(address, BORN)
    client.post(address, CONSENT)
    assert Intake.objects.get().patient == cast.patient
    # Nobody else gets in, with or without a sign-in.
    for stranger in (Client(), client_for(cast.other_patient.user)):
        assert stranger.get(address).status_code == 404


def test_the_link_dies_with_the_address_and_when_the_visit_begins(cast: Cast, clock: Any) -> None:
    link = links(cast)["questions"]
    client, page = opened(link)
    cast.patient.refresh_from_db()
    change_address(cast.patient, "new@example.test", context=CONTEXT)
    assert client.get(page).status_code == 404
    assert client.post(page, BORN).status_code == 404
    assert Client().get(link).status_code == 404


def test_the_link_dies_when_the_visit_begins(cast: Cast, clock: Any) -> None:
    link = links(cast)["questions"]
    clock.move_to(STARTS - timedelta(seconds=1))
    assert Client().get(link).status_code == 302
    clock.move_to(STARTS)
    assert Client().get(link).status_code == 404


def test_a_form_that_the_desk_fills_in_is_not_opened_by_her_link(cast: Cast) -> None:
    link = links(cast)["questions"]
    theirs = Intake.objects.create(
        patient=cast.patient, questionnaire_version="1.1", started_at=NOW, saved_at=NOW,
        entered_by=cast.manager,
    )  # fmt: skip
    begun(link)
    assert Intake.objects.exclude(pk=theirs.pk).get().entered_by is None


def test_who_is_under_18_is_not_asked(cast: Cast) -> None:
    link = links(cast)["questions"]
    Patient.objects.filter(pk=cast.patient.pk).update(born_on=date(2010, 5, 4))
    client, page = opened(link)
    client.post(page, {**BORN, "born_on_year": "2010"})
    assert client.get(page)["Location"] == "/intake/under-18/"
