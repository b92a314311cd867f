"""Private links: for one purpose, one thing and a set time; opening one changes nothing."""

import hashlib
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from clinic.models.links import AccessLink
from clinic.models.people import Patient
from clinic.security import link_pages as views
from clinic.security.private_links import find, issue, revoke
from tests.factories import make_patient

pytestmark = pytest.mark.django_db
ABOUT = "appointment:test"


@pytest.fixture(autouse=True)
def a_destination(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(views._DESTINATIONS, "test", lambda link: "/privacy/")


def token_of(patient: Patient, *, hours: float = 1) -> str:
    until = timezone.now() + timedelta(hours=hours)
    return issue(purpose="test", about=ABOUT, patient=patient, expires_at=until).rsplit("/", 1)[1]


def test_only_the_hash_is_stored() -> None:
    token = token_of(make_patient())
    row = AccessLink.objects.get()
    assert row.token_hash == hashlib.sha256(token.encode()).hexdigest()
    assert token not in str(vars(row))


def test_opening_redirects_to_a_clean_address_and_is_stored_in_the_session() -> None:
    client, token = Client(), token_of(make_patient())
    response = client.get(f"/l/{token}")
    assert (response.status_code, response["Location"]) == (302, "/privacy/")
    assert f"test {ABOUT}" in client.session["links"]


def test_a_link_can_be_opened_again_and_again() -> None:
    token = token_of(make_patient())
    for _ in range(3):
        assert Client().head(f"/l/{token}").status_code == 302
    assert Client().get(f"/l/{token}").status_code == 302


@pytest.mark.parametrize("token", ["x", "a" * 43, "%F0%9F%92%A9", "a" * 3000])
def test_unknown_tokens_get_the_page_for_closed_links(token: str) -> None:
    response = Client().get(f"/l/{token}")
    assert response.status_code == 404
    assert b"no longer opens" in response.content


def test_expired_and_revoked_links_look_like_unknown_ones() -> None:
    patient = make_patient()
    stale, revoked = token_of(patient, hours=-1), token_of(patient)
    revoke(purpose="test", about=ABOUT, now=timezone.now())
    unknown = Client().get("/l/unknown").content
    assert Client().get(f"/l/{stale}").content == unknown
    assert Client().get(f"/l/{revoked}").content == unknown


def test_one_changed_letter_opens_nothing() -> None:
    token = token_of(make_patient())
    other = token[:-1] + ("A" if token[-1] != "A" else "B")
    assert find(other, now=timezone.now()) is None


def test_a_revoked_link_also_closes_in_a_session_that_opened_it(rf) -> None:  # type: ignore[no-untyped-def]
    client, token = Client(), token_of(make_patient())
    client.get(f"/l/{token}")
    request = rf.get("/")
    request.session = client.session
    assert views.opened(request, "test", ABOUT)
    assert not views.opened(request, "test", "appointment:other")
    revoke(purpose="test", about=ABOUT, now=timezone.now())
    assert not views.opened(request, "test", ABOUT)


@pytest.mark.parametrize("address", ["/l/unknown{}", "/calendar/unknown{}.ics"])
def test_who_tries_many_links_that_open_nothing_is_told_to_stop(settings, address):
    # So many seconds that no new window begins in the middle.
    settings.LIMITS = {**settings.LIMITS, "wrong_links": (60, 10**9)}
    one, other = (Client(REMOTE_ADDR=ip) for ip in ("203.0.113.7", "203.0.113.8"))
    answers = [one.get(address.format(n)).status_code for n in range(120)]
    assert answers == [404] * 60 + [429] * 60
    assert other.get(address.format(0)).status_code == 404


def test_a_link_that_works_opens_from_a_network_that_tried_many(settings):
    settings.LIMITS = {**settings.LIMITS, "wrong_links": (0, 600)}
    token = token_of(make_patient())
    assert Client().get("/l/unknown").status_code == 429
    assert Client().get(f"/l/{token}").status_code == 302
