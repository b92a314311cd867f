"""Every address of the site, asked for by everybody, by other methods, and without its token."""

from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from tests.clinic.site.test_headers import assert_strict
from tests.edges.addresses import CANARY, Address, every_address, fill_clinic
from tests.edges.crawling import read
from tests.edges.test_reading import state
from tests.rounds import rounds

pytestmark = pytest.mark.django_db

# Refused before anybody is asked who they are: in the suite one role and one method stand for all.
TRACING = rounds(("manager",), ("patient", "manager", "clinician", "admin"))
FORGED = rounds(("POST",), ("POST", "PUT"))

ELSEWHERE = "https://elsewhere.example/"
SCHEMES = {"", "tel", "sms", "mailto", "https"}
# Whatever is neither a page nor a file to be stored, and its type.
NO_PAGES = {
    "live": "text/plain; charset=utf-8",
    "ready": "text/plain; charset=utf-8",
    "mail_health": "text/plain; charset=utf-8",
    "clock_health": "text/plain; charset=utf-8",
    "set_up": "text/plain; charset=utf-8",
    "fhir_form": "application/fhir+json",
    "fhir_codes": "application/fhir+json",
    "mfa_login_webauthn": "application/json",
}


@pytest.fixture
def people(settings: Any) -> dict[str, Client]:
    settings.LIMITS = dict.fromkeys(settings.LIMITS, (1_000_000, 600))
    return fill_clinic()


def judge(role: str, at: Address, answer: Any) -> None:
    """Raise AssertionError if anything about this answer is not as it must be."""
    # No mail sender runs in a test, so the probe is told that mail is silent.
    assert answer.status_code < 500 or at.name == "mail_health"
    assert_strict(answer)
    assert [one for one in answer.headers if one.lower().startswith("access-control")] == []
    assert not urlsplit(answer.headers.get("Location", "")).netloc
    assert_cookies(answer.cookies)
    kind = answer.headers.get("Content-Type", "")
    body = answer.content.decode()
    assert not kind.startswith("text/") or "charset=utf-8" in kind, kind
    if body and not kind.startswith("text/html"):
        is_file = answer.headers.get("Content-Disposition", "").startswith("attachment;")
        assert is_file or NO_PAGES[at.name] == kind
    if role in ("anybody", "other", "admin"):
        assert CANARY not in body
    if answer.status_code == 200 and kind.startswith("text/html"):
        page = read(at.path, body)
        assert {urlsplit(link).scheme for link in page.links} <= SCHEMES
        is_whole = "<html" in body and role != "anybody"
        assert not is_whole or "/accounts/logout/" in page.links, "no way to sign out"


def assert_cookies(cookies: SimpleCookie) -> None:
    for cookie in cookies.values():
        assert cookie["httponly"], cookie
        assert cookie["samesite"] in ("Lax", "Strict"), cookie
        assert (cookie["path"], cookie["domain"]) == ("/", ""), cookie


def test_each_answer_is_strict_tells_nothing_to_others_and_changes_nothing(
    people: dict[str, Client],
) -> None:
    addresses = every_address()
    assert len(addresses) > 180
    before, wrong, shown = state(), [], set()
    for at in addresses:
        for role, client in people.items():
            answer = client.get(at.path, {"next": ELSEWHERE}, headers={"referer": ELSEWHERE})
            shown |= {role} if CANARY in answer.content.decode() else set()
            try:
                judge(role, at, answer)
            except AssertionError as error:
                wrong.append(f"{role} {at.name}: {str(error).splitlines()[0]}")
    assert "\n".join(wrong) == ""
    # Those who may see her do.
    assert shown == {"clinician", "manager"}
    after = state()
    assert [name for name in before if before[name] != after[name]] == []


def test_no_other_method_no_forged_form_and_no_stranger_changes_anything(
    people: dict[str, Client],
) -> None:
    addresses, before = every_address(), state()
    forging = Client(enforce_csrf_checks=True)
    forging.cookies = people["manager"].cookies
    for at in addresses:
        for role in TRACING:
            answer = people[role].generic("TRACE", at.path, CANARY)
            assert answer.status_code in (302, 403, 404, 405), (role, at.name)
            assert CANARY not in answer.content.decode(), (role, at.name)
        for method in FORGED:
            refused = forging.generic(method, at.path, "any=thing").status_code
            # Its own token is the key: a mail program has no form of ours.
            assert refused == (405 if at.name == "open_link" else 403), (method, at.name)
        for role in ("anybody", "other", "admin"):
            if at.has_row:
                refused = people[role].post(at.path, {"sure": "1", "reason": "because of it"})
                assert refused.status_code in (302, 403, 404, 405, 409), at.name
                assert CANARY not in refused.content.decode(), at.name
    after = state()
    assert [name for name in before if before[name] != after[name]] == []
