"""Passkeys beside the authenticator app: adding one, signing in with it, proving it again."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page

from clinic.models.audit import AuditEvent
from clinic.models.people import User
from tests.clinic.sign_in.passkeys import SoftKey
from tests.clinic.sign_in.test_sign_in import (
    code_now,
    make_real,
    notices,
    second,
    sign_in,
    with_app,
)
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

VIRTUAL = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(autouse=True)
def no_counts_from_before() -> None:
    cache.clear()


def browser() -> Client:
    """Return a client at localhost: passkeys are bound to a host name and need https elsewhere."""
    return Client(SERVER_NAME="localhost")


def with_passkey(user: User, key: SoftKey) -> Client:
    """Return a client, signed in by password, in which the user has added this passkey."""
    client = sign_in(user, browser())
    answer = add(client, key)
    assert answer.status_code == 302, answer.content
    return client


def add(client: Client, key: SoftKey, name: str = "Laptop") -> Any:
    options = client.get(reverse("mfa_add_webauthn")).context["js_data"]["creation_options"]
    form = {"name": name, "credential": key.made(options)}
    return client.post(reverse("mfa_add_webauthn"), form)


def asked(client: Client) -> dict[str, Any]:
    answer = client.get(reverse("mfa_login_webauthn"), headers={"accept": "application/json"})
    options: dict[str, Any] = answer.json()["request_options"]
    return options


def show(client: Client, key: SoftKey, **form: str) -> Any:
    form["credential"] = key.proof(asked(client))
    return client.post(reverse("mfa_login_webauthn"), form)


# --- Adding and removing --------------------------------------------------------------------------


def test_a_passkey_opens_the_pages_as_an_app_does() -> None:
    user, key = make_real(is_manager=True), SoftKey()
    client, elsewhere = with_passkey(user, key), sign_in(user, browser())
    assert client.get(reverse("desk_day")).status_code == 200
    page = client.get(reverse("mfa_index")).content.decode()
    assert "Laptop" in page
    assert "Your passkey does without it." in page
    assert any("A passkey was added." in text for text in notices())
    # With the password alone nobody gets in any more.
    assert elsewhere.get(reverse("desk_day")).status_code == 302
    assert elsewhere.get(reverse("mfa_index")).status_code == 302


def test_adding_one_ends_the_sessions_elsewhere_and_is_recorded() -> None:
    user = make_real(is_manager=True)
    elsewhere = sign_in(user)
    with_passkey(user, SoftKey())
    assert elsewhere.get(reverse("mfa_index")).status_code == 302
    assert AuditEvent.objects.filter(action="change second factor", reason="webauthn").exists()


def test_adding_one_asks_for_a_fresh_proof() -> None:
    user = make_real(is_manager=True)
    client = sign_in(user, browser())
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        answer = client.get(reverse("mfa_add_webauthn"))
        assert answer["Location"].startswith(reverse("account_reauthenticate"))


def test_the_last_one_removed_closes_the_pages() -> None:
    user = make_real(is_manager=True)
    client = with_passkey(user, SoftKey())
    row = Authenticator.objects.get(user=user, type=Authenticator.Type.WEBAUTHN)
    page = reverse("mfa_remove_webauthn", args=[row.pk])
    assert b"Laptop" in client.get(page).content
    assert client.post(page)["Location"] == reverse("mfa_index")
    assert client.get(reverse("desk_day"))["Location"] == reverse("mfa_activate_totp")
    assert any("A passkey was removed." in text for text in notices())
    assert not Authenticator.objects.filter(user=user).exists()


def test_nobody_removes_the_passkey_of_somebody_else() -> None:
    with_passkey(make_real(is_manager=True), SoftKey())
    row = Authenticator.objects.get(type=Authenticator.Type.WEBAUTHN)
    thief = sign_in(make_user(email="thief@example.test", is_manager=True))
    assert thief.post(reverse("mfa_remove_webauthn", args=[row.pk])).status_code == 404


@pytest.mark.parametrize(
    ("key", "says"),
    [
        (SoftKey(asks_holder=False), "has to ask for a PIN"),
        (SoftKey(origin="https://evil.example"), "not accepted"),
        (SoftKey(origin="http://evil.localhost.example"), "not accepted"),
    ],
)
def test_a_passkey_that_proves_too_little_is_not_taken(key: SoftKey, says: str) -> None:
    client = sign_in(make_real(is_manager=True), browser())
    answer = add(client, key, name="My name for it")
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert "My name for it" in answer.content.decode()
    assert not Authenticator.objects.exists()


GARBAGE = [
    "",
    "{",
    "[]",
    "{}",
    "null",
    '{"id": "x"}',
    '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {}}',
    '{"id": 1, "rawId": [], "type": {}, "response": {"clientDataJSON": {}, "signature": 3}}',
    '{"id": "AA", "rawId": "AA", "response": {"clientDataJSON": "AA", "attestationObject": "AA"}}',
    '{"response": {"userHandle": "ZZZZZZZZZZZZZZZZZZ"}}',
    '{"response": {"userHandle": "MQ"}, "n": ' + "9" * 5000 + "}",
    '{"response": {"userHandle": "\\u0000"}}',
    "[" * 9000 + "]" * 9000,
    "x" * 50_000,
]


@pytest.mark.parametrize("garbage", GARBAGE)
def test_garbage_is_answered_not_a_crash(garbage: str) -> None:
    client = sign_in(make_real(is_manager=True), browser())
    client.get(reverse("mfa_add_webauthn"))
    form = {"name": "x", "credential": garbage}
    assert client.post(reverse("mfa_add_webauthn"), form).status_code == 422
    stranger = browser()
    asked(stranger)
    answer = stranger.post(reverse("mfa_login_webauthn"), {"credential": garbage}, follow=True)
    assert answer.status_code == 200
    assert "The passkey was not accepted" in answer.content.decode()


# --- Signing in -----------------------------------------------------------------------------------


def test_signing_in_with_a_passkey_needs_neither_password_nor_code() -> None:
    user, key = make_real(is_manager=True), SoftKey()
    with_passkey(user, key)
    client = browser()
    answer = show(client, key, next=reverse("desk_patients"))
    assert answer["Location"] == reverse("desk_patients")
    assert client.get(reverse("desk_patients")).status_code == 200
    assert AuditEvent.objects.filter(action="sign in", actor=f"user:{user.pk}").count() == 2


def test_no_lock_closes_a_passkey(settings: Any) -> None:
    user, key = make_real(is_manager=True), SoftKey()
    with_passkey(user, key)
    for _ in range(6):
        sign_in(user, password="not-the-password-at-all")
    client = browser()
    assert show(client, key).status_code == 302
    assert client.get(reverse("desk_day")).status_code == 200


def wrong_key(key: SoftKey) -> SoftKey:
    return SoftKey(name=key.name, owner=key.owner)


@pytest.mark.parametrize(
    "changed",
    [
        wrong_key,
        lambda key: SoftKey(owner=key.owner, key=key.key),
        lambda key: SoftKey(name=key.name, owner="MQ", key=key.key),
        lambda key: SoftKey(name=key.name, owner=key.owner, key=key.key, asks_holder=False),
        lambda key: SoftKey(name=key.name, owner=key.owner, key=key.key, origin="http://x.test"),
    ],
)
def test_another_key_site_or_holder_signs_nobody_in(changed: Callable[[SoftKey], SoftKey]) -> None:
    key = SoftKey()
    make_user(email="first@example.test")
    with_passkey(make_real(is_manager=True), key)
    client = browser()
    answer = show(client, changed(key), next="/desk/patients/")
    assert answer["Location"] == reverse("account_login") + "?next=%2Fdesk%2Fpatients%2F"
    assert client.get(reverse("desk_day")).status_code == 302


def test_a_proof_works_once() -> None:
    key = SoftKey()
    with_passkey(make_real(is_manager=True), key)
    client = browser()
    form = {"credential": key.proof(asked(client))}
    client.post(reverse("mfa_login_webauthn"), form)
    client.post(reverse("account_logout"))
    thief = browser()
    asked(thief)
    for one in (client, thief):
        one.post(reverse("mfa_login_webauthn"), form)
        assert one.get(reverse("desk_day")).status_code == 302


def test_a_closed_sign_in_stays_closed() -> None:
    user, key = make_real(is_manager=True), SoftKey()
    with_passkey(user, key)
    User.objects.filter(pk=user.pk).update(is_active=False)
    client = browser()
    assert show(client, key)["Location"] == reverse("account_inactive")
    assert client.get(reverse("desk_day")).status_code == 302


def test_after_the_password_a_passkey_stands_in_for_the_code() -> None:
    user, key = make_real(is_manager=True), SoftKey()
    with_passkey(user, key)
    client = sign_in(user, browser())
    page = client.get(reverse("mfa_authenticate"))
    proof = {"credential": key.proof(page.context["js_data"]["request_options"])}
    assert client.post(reverse("mfa_authenticate"), {"credential": "{}"}).status_code == 200
    page = client.get(reverse("mfa_authenticate"))
    assert client.post(reverse("mfa_authenticate"), proof).status_code == 200  # an older wish
    page = client.get(reverse("mfa_authenticate"))
    proof = {"credential": key.proof(page.context["js_data"]["request_options"])}
    assert client.post(reverse("mfa_authenticate"), proof).status_code == 302
    assert client.get(reverse("desk_day")).status_code == 200


def test_who_has_no_passkey_is_not_asked_for_one_after_the_password() -> None:
    user = make_real(is_manager=True)
    with_app(user)
    assert b"data-passkey" not in sign_in(user).get(reverse("mfa_authenticate")).content


# --- Proving it again -----------------------------------------------------------------------------


def test_a_passkey_is_a_fresh_proof() -> None:
    user, key = make_real(is_access_admin=True), SoftKey()
    client = with_passkey(user, key)
    page, again = reverse("new_person"), reverse("mfa_reauthenticate_webauthn")
    assert client.get(page).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        assert client.get(page)["Location"].startswith(again)
        assert client.post(again, {"credential": "{}"}).status_code == 422
        assert client.get(page).status_code == 302
        options = client.get(again).context["js_data"]["request_options"]
        proof = {"credential": key.proof(options), "next": page}
        assert client.post(again, proof)["Location"] == page
        assert client.get(page).status_code == 200


def test_with_an_app_too_its_code_comes_first_and_the_passkey_is_offered() -> None:
    user, key = make_real(is_access_admin=True), SoftKey()
    secret = with_app(user)
    client = sign_in(user, browser())
    second(client, code_now(secret))
    add(client, key)
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        answer = client.get(reverse("new_person"), follow=True)
        assert answer.redirect_chain[-1][0].startswith(reverse("mfa_reauthenticate"))
        assert "Use a passkey" in answer.content.decode()
        assert "Use your password" not in answer.content.decode()


# --- In a browser ---------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_colleague_adds_a_passkey_and_signs_in_with_it(
    page: Page, axe: Callable[[Page], None]
) -> None:
    user = make_real(is_manager=True)
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    added = device.send("WebAuthn.addVirtualAuthenticator", {"options": VIRTUAL})
    page.goto(reverse("account_login"))
    page.fill("[name=login]", user.email)
    page.fill("[name=password]", PASSWORD)
    page.click("main .btn-primary")
    page.goto(reverse("mfa_add_webauthn"))
    axe(page)
    page.fill("[name=name]", "Telephone")
    page.click("text=Add the passkey")
    page.wait_for_selector(".codes li")
    page.goto(reverse("mfa_index"))
    assert "Telephone" in page.inner_text("main")
    axe(page)
    page.goto(reverse("mfa_add_webauthn"))
    page.fill("[name=name]", "Again")
    page.click("text=Add the passkey")
    page.wait_for_selector("text=has a passkey for this sign-in already")
    page.goto(reverse("account_logout"))
    page.click("main .btn-primary")
    page.goto(reverse("account_login"))
    axe(page)
    page.click("text=Sign in with a passkey")
    page.wait_for_url("**/desk/**")
    # Without the passkey nothing comes of it, and the page says so.
    page.goto(reverse("account_logout"))
    page.click("main .btn-primary")
    device.send("WebAuthn.removeVirtualAuthenticator", added)
    device.send("WebAuthn.addVirtualAuthenticator", {"options": VIRTUAL})
    page.goto(reverse("account_login"))
    page.click("text=Sign in with a passkey")
    page.wait_for_selector("text=Nothing came of it")
