"""Text that means something elsewhere stays text: in pages, addresses, data for scripts."""

import json
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from tests.cast import Cast, client_for, make_cast
from tests.clinic.sign_in.test_sign_in import make_real
from tests.edges.crawling import read
from tests.factories import PASSWORD, make_patient

pytestmark = pytest.mark.django_db

HOSTILE = "a&b=1#c/../?d=<e>\"'%26%2541{{ f }}{% g %}\\"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def searched(client: Client, text: str) -> str:
    answer = client.post(reverse("desk_patients"), {"q": text}, follow=True)
    body: str = answer.content.decode()
    return body


class _Attributes(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(dict(attrs))


@pytest.mark.parametrize("text", [HOSTILE, "%2541", "&lt;b&gt;", "%26lt;", "{{ 7|add:7 }}"])
def test_a_search_comes_back_as_it_was_typed_once_and_for_all(cast: Cast, text: str) -> None:
    reader = _Attributes()
    reader.feed(searched(client_for(cast.manager), text))
    values = [one.get("value") for one in reader.found if one.get("name") == "q"]
    assert values == [text]


def test_an_address_made_of_what_was_given_keeps_its_shape(cast: Cast) -> None:
    address = f"{reverse('desk_patients')}?q={'%26%23'}x"
    asked = Client().get(f"{address}&next=//elsewhere.example")
    led = urlsplit(asked["Location"])
    assert (led.scheme, led.netloc, led.path) == ("", "", reverse("account_login"))
    [(name, value)] = parse_qsl(led.query)
    assert (name, value) == ("next", f"{address}&next=//elsewhere.example")


@pytest.mark.parametrize(
    "to",
    [
        *("https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example/"),
        *("javascript:alert(1)", "data:text/html,x", "https:elsewhere.example", "\x01//e.example"),
    ],
)
def test_nobody_is_led_to_another_site_or_to_a_script(cast: Cast, to: str) -> None:
    client = Client()
    typed = {"login": cast.manager.email, "password": PASSWORD, "next": to}
    answer = client.post(f"{reverse('account_login')}", typed)
    assert answer.status_code == 302
    assert urlsplit(answer["Location"]).path == reverse("after_sign_in")
    page = read("/", Client().get(reverse("account_login"), {"next": to}).content.decode())
    assert not any(urlsplit(link).netloc for link in page.links)


def test_data_for_a_script_is_read_back_as_it_was_given(settings: Any) -> None:
    settings.MFA_TOTP_ISSUER = "</script><script>\"'&amp;\\u003c"
    client = client_for(make_real(is_manager=True))
    reader = _Attributes()
    reader.feed(client.get(reverse("mfa_add_webauthn")).content.decode())
    [options] = [one["data-options"] for one in reader.found if one.get("data-options")]
    assert options is not None
    assert json.loads(options)["publicKey"]["rp"]["name"] == settings.MFA_TOTP_ISSUER


# --- Parameters: given twice, or in another place -------------------------------------------------


def test_what_a_form_sends_is_not_taken_from_the_address(cast: Cast) -> None:
    typed = {"login": cast.manager.email, "password": PASSWORD}
    client = Client()
    address = f"{reverse('account_login')}?login={typed['login']}&password={PASSWORD}"
    assert client.post(address).status_code == 200
    client.cookies["login"], client.cookies["password"] = typed["login"], PASSWORD
    assert client.post(reverse("account_login")).status_code == 200
    assert "_auth_user_id" not in client.session


def test_of_a_field_that_is_sent_twice_the_last_one_counts(cast: Cast) -> None:
    client = Client()
    twice = {"login": ["nobody@example.test", cast.manager.email], "password": ["x", PASSWORD]}
    assert client.post(reverse("account_login"), twice).status_code == 302
    assert client.session["_auth_user_id"] == str(cast.manager.pk)


# --- Fields that a form does not have -------------------------------------------------------------


def test_fields_that_a_form_does_not_have_change_nothing(cast: Cast) -> None:
    patient = make_patient(email="new@example.test", name="New Person")
    extra: dict[str, Any] = {
        "is_manager": "on",
        "is_sample": "on",
        "epoch": "99",
        "user": cast.manager.pk,
        "user_id": cast.manager.pk,
        "id": cast.patient.pk,
        "merged_into": cast.patient.pk,
        "proven_at": "2020-01-01",
        "own_email_changes": "0",
        "erased_at": "2020-01-01",
    }
    before = {**vars(type(patient).objects.get(pk=patient.pk))}
    form = read(
        "/",
        client_for(cast.manager).get(reverse("desk_contact", args=[patient.pk])).content.decode(),
    )
    [fields] = [one.fields for one in form.forms if "phone" in one.fields]
    sent = {**{name: values[-1] for name, values in fields.items() if values}, **extra}
    answer = client_for(cast.manager).post(
        reverse("desk_contact", args=[patient.pk]), {**sent, "phone": "781-555-0123"}
    )
    assert answer.status_code == 302
    after = {**vars(type(patient).objects.get(pk=patient.pk))}
    changed = {name for name in before if before[name] != after[name]} - {"_state"}
    # What the form has, and what is made from it.
    assert {"phone", "phone_key"} <= changed <= {"phone", "phone_key", "interpreter"}
