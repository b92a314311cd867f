"""The pages that ask for such a datum: what was typed stays, and the error leads to its field."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.test import Client

from clinic.models.links import BirthDateTries
from clinic.models.people import Patient
from tests.cast import Cast, client_for, make_cast
from tests.factories import make_patient
from tests.intake.online_intake.test_flow import CONSENT

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@dataclass(frozen=True)
class Page:
    """A page, what is typed there, and the field of it that cannot be read."""

    address: str
    client: Callable[[Cast], Client]
    typed: dict[str, str]
    wrong: str


def anybody(cast: Cast) -> Client:
    return Client()


def consenting(cast: Cast) -> Client:
    client = Client()
    client.post("/intake/", CONSENT)
    return client


def desk(cast: Cast) -> Client:
    return client_for(cast.manager)


def patient(cast: Cast) -> Client:
    return client_for(cast.patient.user)


PERSON = {
    "name": "Maya Okafor",
    "phone": "781 555 0142",
    "email": "maya@example.com",
    "interpreter": "Igbo",
}
BORN = {"born_on_month": "2", "born_on_day": "3", "born_on_year": "1989"}
PAGES = [
    Page("/intake/contact/", consenting, {**PERSON, **BORN, "phone": "555-0123"}, "phone"),
    Page("/intake/contact/", consenting, {**PERSON, **BORN, "email": "maya@"}, "email"),
    Page("/intake/contact/", consenting, {**PERSON, **BORN, "name": "\u200b"}, "name"),
    Page(
        "/intake/contact/",
        consenting,
        {**PERSON, **BORN, "born_on_year": "9" * 5_000},
        "born_on_2",
    ),
    Page("/desk/patients/new/", desk, {**PERSON, "born_on": "2/3/1850"}, "born_on"),
    Page("/desk/patients/new/", desk, {**PERSON, "born_on": "2/3/89", "phone": "911"}, "phone"),
    Page("/desk/patient/{pk}/contact/", desk, {**PERSON, "born_on": "2/3/2065"}, "born_on"),
    Page("/intake/desk/{bare}/", desk, {"email": "maya@", **BORN}, "email"),
    Page("/intake/desk/{bare}/", desk, {**BORN, "phone": "1234567"}, "phone"),
    Page("/intake/desk/{bare}/", desk, {"phone": "7815550142", "born_on_day": "x"}, "born_on_1"),
    Page("/intake/link/", anybody, {"email": "maya"}, "email"),
    Page("/accounts/login/", anybody, {"login": "maya"}, "login"),
    Page("/accounts/login/code/", anybody, {"email": "maya"}, "email"),
    Page("/accounts/password/reset/", anybody, {"email": "maya"}, "email"),
    Page(
        "/visits/progress/",
        patient,
        {"birth_gate": "1", **BORN, "born_on_month": "Mai"},
        "born_on_0",
    ),
]


@pytest.mark.parametrize("at", PAGES, ids=lambda at: f"{at.address} {at.wrong}")
def test_what_was_typed_stays_and_the_error_leads_to_its_field(at: Page, cast: Cast) -> None:
    bare = make_patient(email="", phone="555-0123", born_on=None)
    address = at.address.format(pk=cast.patient.pk, bare=bare.pk)
    answer = at.client(cast).post(address, at.typed)
    assert answer.status_code in (200, 422)
    html = answer.content.decode()
    for name, typed in at.typed.items():
        found = re.search(rf'<input[^>]*name="{name}"[^>]*>', html)
        assert found, name
        assert f'value="{typed}"' in found.group(), name
    links = re.findall(r'<a\s+href="#([^"]+)"', html.partition("error-summary")[2])
    assert f"id_{at.wrong}" in links
    field = re.search(rf'<input[^>]*id="id_{at.wrong}"[^>]*>', html)
    assert field
    assert 'aria-invalid="true"' in field.group()
    described = re.search(r'aria-describedby="([^"]+)"', field.group())
    assert described
    assert all(f'id="{one}"' in html for one in described.group(1).split())


def test_what_cannot_be_read_is_no_try_at_the_date_of_birth(cast: Cast) -> None:
    client = patient(cast)
    for _ in range(6):
        for month in ("", "Mai", "13", "9" * 5_000):
            sent = {"birth_gate": "1", **BORN, "born_on_month": month, "born_on_day": "31"}
            assert client.post("/visits/progress/", sent).status_code == 422
    assert not BirthDateTries.objects.filter(wrong__gt=0).exists()
    right = {"birth_gate": "1", "born_on_month": "May", "born_on_day": "4", "born_on_year": "92"}
    assert client.post("/visits/progress/", right).status_code == 302


def test_her_own_browser_may_fill_in_her_birthday(cast: Cast) -> None:
    pages = {
        "/intake/contact/": consenting(cast),
        "/visits/progress/": patient(cast),
    }
    for address, client in pages.items():
        html = client.get(address).content.decode()
        found = re.findall(r'autocomplete="(bday-[a-z]+)"', html)
        assert found == ["bday-month", "bday-day", "bday-year"], address
    # At the desk it would be the birthday of whoever sits there.
    assert "bday" not in desk(cast).get("/desk/patients/new/").content.decode()


def test_a_question_is_answered_by_sending_again(cast: Cast) -> None:
    client = consenting(cast)
    typed = {**PERSON, **BORN, "email": "maya@gmial.com", "phone": "861-555-0142"}
    asked = client.post("/intake/contact/", typed)
    assert asked.status_code == 422
    html = asked.content.decode()
    assert "Did you mean maya@gmail.com?" in html
    assert "Is 861-555-0142 right? We know no number like it." in html
    hidden = dict(re.findall(r'name="(\w+_asked)"\s+value="([^"]*)"', html))
    assert hidden == {"email_asked": "maya@gmial.com", "phone_asked": "+18615550142"}
    stamp = re.search(r'name="stamp" value="(.*?)"', html)
    assert stamp
    again = client.post("/intake/contact/", {**typed, **hidden, "stamp": stamp.group(1)})
    assert again["Location"] == "/intake/safety/"
    stored = Patient.objects.get(name="Maya Okafor")
    assert (stored.email, stored.phone) == ("maya@gmial.com", "+18615550142")


def test_what_is_stored_stays_when_something_else_is_changed(cast: Cast) -> None:
    odd = make_patient(name="Odd Example", email="", phone="ask her sister", born_on=None)
    Patient.objects.filter(pk=odd.pk).update(born_on="2015-05-04")
    client = desk(cast)
    address = f"/desk/patient/{odd.pk}/contact/"
    html = client.get(address).content.decode()
    assert 'value="ask her sister"' in html
    assert 'value="5/4/2015"' in html
    seen = re.search(r'name="seen" value="(.*?)"', html)
    assert seen
    sent = {"name": "Odd Renamed", "phone": "ask her sister", "born_on": "5/4/2015"}
    assert client.post(address, {**sent, "seen": seen.group(1)}).status_code == 302
    odd.refresh_from_db()
    assert (odd.name, odd.phone, f"{odd.born_on}") == (
        "Odd Renamed",
        "ask her sister",
        "2015-05-04",
    )
    # Typed anew it has to be a number.
    assert client.post(address, {**sent, "phone": "ask her mother"}).status_code == 422


def test_the_desk_asks_for_a_number_in_place_of_one_nobody_can_dial(cast: Cast) -> None:
    bare = make_patient(email="", phone="555-0123")
    address = f"/intake/desk/{bare.pk}/"
    agrees = {"adult": "on", "record": "on", "contact": "on"}
    assert desk(cast).post(address, agrees).status_code == 422
    assert desk(cast).post(address, {**agrees, "phone": "781 555 0142 x7"}).status_code == 302
    bare.refresh_from_db()
    assert bare.phone == "+17815550142;ext=7"
