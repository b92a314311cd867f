"""How staff sign in: password, second factor, lost password, first person, giving access."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page

from clinic.messages.delivery.sending import send_due
from clinic.models.audit import AuditEvent
from clinic.models.messages import Email
from clinic.models.people import Clinician, Patient, User
from clinic.sign_in.guessing import tries
from clinic.sign_in.guessing.tries import TryLimit
from tests.cast import client_for
from tests.factories import PASSWORD, make_patient, make_user
from tests.racing import race

pytestmark = pytest.mark.django_db

NEW_PASSWORD = "two-lanterns-on-a-pond"


def make_real(*, email: str = "real@example.test", **fields: Any) -> User:
    return make_user(email=email, name="Rea Lperson", is_sample=False, **fields)


def code_now(secret: str) -> str:
    counter = int(timezone.now().timestamp()) // 30
    return f"{hotp_value(secret, counter):06}"


def with_app(user: User) -> str:
    """Set up an authenticator app for the user; return its secret."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def sign_in(user: User, client: Client | None = None, password: str = PASSWORD) -> Client:
    client = client or Client()
    client.post(reverse("account_login"), {"login": user.email, "password": password})
    return client


def second(client: Client, code: str) -> Any:
    return client.post(reverse("mfa_authenticate"), {"code": code})


def notices() -> list[str]:
    """Send the mail that is due and return the texts."""
    mail.outbox.clear()
    send_due(now=timezone.now() + timedelta(seconds=1))
    return [str(one.body) for one in mail.outbox]


# --- Two factors ----------------------------------------------------------------------------------


def test_with_only_a_password_only_the_set_up_page_opens() -> None:
    user = make_real(is_manager=True, is_access_admin=True)
    client = sign_in(user)
    for name in ("desk_day", "desk_patients", "task_list", "people", "desk_mails"):
        assert client.get(reverse(name))["Location"] == reverse("mfa_activate_totp"), name
    assert client.get(reverse("mfa_activate_totp")).status_code == 200
    assert client.get(reverse("mfa_index")).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_setting_up_the_app_opens_the_pages_and_uses_its_code_up() -> None:
    user = make_real(is_manager=True)
    client, elsewhere = sign_in(user), sign_in(user)
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    assert secret in page.content.decode()
    code = code_now(secret)
    assert client.post(reverse("mfa_activate_totp"), {"code": code}).status_code == 302
    assert client.get(reverse("desk_day")).status_code == 200
    codes = client.get(reverse("mfa_view_recovery_codes")).content.decode()
    assert len(re.findall(r"\b\d{20}\b", codes)) == 10
    # Other sessions have to sign in again, and not with the code that was used.
    assert elsewhere.get(reverse("mfa_index")).status_code == 302
    assert second(sign_in(user), code).status_code == 200
    assert any("An authenticator app was set up." in text for text in notices())


def test_the_secrets_are_stored_encrypted() -> None:
    user = make_real(is_manager=True)
    secret = with_app(user)
    RecoveryCodes.activate(user)
    stored = " ".join(str(row.data) for row in Authenticator.objects.all())
    assert secret not in stored
    assert "gAAAA" in stored


def test_a_session_gets_a_new_name_when_somebody_signs_in() -> None:
    user = make_real(is_manager=True)
    secret = with_app(user)
    client = Client()
    client.post("/intake/", {"adult": "on", "record": "on", "contact": "on"})
    planted = client.cookies["sessionid"].value
    sign_in(user, client)
    half = client.cookies["sessionid"].value
    second(client, code_now(secret))
    whole = client.cookies["sessionid"].value
    assert whole not in (planted, half)
    assert client.get(reverse("desk_day")).status_code == 200
    thief = Client()
    for old in (planted, half):
        thief.cookies["sessionid"] = old
        assert thief.get(reverse("desk_day")).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_of_twenty_at_once_with_one_code_one_gets_in(monkeypatch: pytest.MonkeyPatch) -> None:
    # Else only five of them would be judged at all.
    endless = TryLimit(1000, timedelta(minutes=15), timedelta(minutes=15))
    for name in ("OF_ONE_PLACE", "OF_THE_ACCOUNT"):
        monkeypatch.setattr(tries, name, endless)
    user = make_real(is_manager=True)
    secret = with_app(user)
    clients = [sign_in(user) for _ in range(20)]
    code = code_now(secret)
    answers = race(20, lambda n: second(clients[n], code).status_code)
    assert sorted(answers) == [200] * 19 + [302]


def test_a_recovery_code_works_once_and_its_owner_is_told() -> None:
    user = make_real(is_manager=True)
    with_app(user)
    code = RecoveryCodes.activate(user).generate_codes()[0]
    assert second(sign_in(user), code).status_code == 302
    assert second(sign_in(user), code).status_code == 200
    (text,) = notices()
    assert "A recovery code was used" in text
    assert AuditEvent.objects.filter(action="use recovery code").count() == 1


def test_five_wrong_codes_close_the_sign_in_for_fifteen_minutes() -> None:
    user = make_real(is_manager=True)
    secret = with_app(user)
    half_in = [sign_in(user) for _ in range(6)]
    for client in half_in[:5]:
        assert second(client, "000000").status_code == 200
    assert second(half_in[5], code_now(secret)).status_code == 200
    # Not even the password is judged any more.
    assert second(sign_in(user), code_now(secret))["Location"] == reverse("account_login")
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert second(sign_in(user), code_now(secret)).status_code == 302


def test_many_guesses_from_one_address_are_stopped(settings: Any) -> None:
    settings.LIMITS = {**settings.LIMITS, "typing": (30, 60)}
    guesses = [
        Client().post(
            reverse("account_login"),
            {"login": f"somebody{n}@example.test", "password": "wrong-guess-again"},
            headers={"x-forwarded-for": f"10.0.0.{n}"},
        )
        for n in range(32)
    ]
    assert guesses[-1].status_code == 429
    assert b"Too many tries" in guesses[-1].content


# --- Passwords ------------------------------------------------------------------------------------


def link_in(text: str) -> str:
    found = re.search(r"https?://[^/]+(/accounts/password/reset/key/\S+)", text)
    assert found is not None
    return found[1]


def choose(client: Client, path: str, password: str = NEW_PASSWORD) -> Any:
    form = client.get(path, follow=True)
    address = form.request["PATH_INFO"]
    return client.post(address, {"password1": password, "password2": password})


def test_a_lost_password_is_replaced_once_and_the_second_factor_stays() -> None:
    user = make_real(is_manager=True)
    secret = with_app(user)
    signed_in = sign_in(user)
    second(signed_in, code_now(secret))
    client = Client()
    client.post(reverse("account_reset_password"), {"email": user.email})
    (text,) = notices()
    path = link_in(text)
    for _ in range(3):
        assert Client().get(path).status_code == 302
    assert choose(client, path)["Location"] == reverse("account_reset_password_from_key_done")
    assert b"works no more" in Client().get(path, follow=True).content
    assert signed_in.get(reverse("desk_day")).status_code == 302
    fresh = sign_in(user, password=NEW_PASSWORD)
    assert fresh.get(reverse("desk_day")).status_code == 302
    assert "chosen with the link" in notices()[0]


def test_everybody_who_asks_for_a_link_sees_the_same_page() -> None:
    user, patient = make_real(is_manager=True), make_patient(email="pat@example.test")
    patient.user = make_real(email="pat@example.test")
    patient.save()
    closed = make_real(email="closed@example.test", is_manager=True, is_active=False)
    pages = set()
    for email in (user.email, "pat@example.test", closed.email, "nobody@example.test"):
        answer = Client().post(reverse("account_reset_password"), {"email": email}, follow=True)
        pages.add((answer.status_code, answer.request["PATH_INFO"], len(answer.content)))
    assert len(pages) == 1
    notices()
    assert list(Email.objects.values_list("user__email", flat=True)) == [user.email]


def test_changing_the_password_ends_the_other_sessions_and_sends_a_notice() -> None:
    user = make_user(is_manager=True)
    client, elsewhere = sign_in(user), sign_in(user)
    new = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    assert client.post(reverse("account_change_password"), new).status_code == 302
    assert client.get(reverse("desk_day")).status_code == 200
    assert elsewhere.get(reverse("desk_day")).status_code == 302
    (text,) = notices()
    assert "Your password was changed." in text


def test_patients_have_no_password_pages() -> None:
    patient = make_patient(user=make_real(email="pat@example.test"))
    client = client_for(patient.user)
    for name in ("account_change_password", "mfa_index", "mfa_activate_totp"):
        assert client.get(reverse(name)).status_code == 403, name


def test_a_password_is_stored_as_an_argon2id_hash(real_passwords: None) -> None:
    user = User.objects.create_user("new@example.test", PASSWORD)
    assert user.password.startswith("argon2$argon2id$")
    assert user.check_password(PASSWORD)


@pytest.mark.parametrize("password", ["short", "password1234", "x" * 11])
def test_weak_passwords_are_refused(password: str) -> None:
    user = make_real(is_manager=True)
    Client().post(reverse("account_reset_password"), {"email": user.email})
    assert choose(Client(), link_in(notices()[0]), password).status_code == 200


# --- The first person -----------------------------------------------------------------------------


def first_user(capsys: Any, *flags: str, email: str = "ada@example.test") -> str:
    call_command("first_user", "--email", email, "--name", "Ada First", *flags)
    return link_in(capsys.readouterr().out)


def test_the_first_person_chooses_a_password_from_the_printed_link(capsys: Any) -> None:
    first_user(capsys, "--manager", "--clinician", "--access-admin")
    path = first_user(capsys, "--manager")
    assert choose(Client(), path).status_code == 302
    user = User.objects.get()
    assert (user.is_manager, user.is_clinician, user.is_access_admin) == (True, True, True)
    client = sign_in(user, password=NEW_PASSWORD)
    assert client.get(reverse("desk_day"))["Location"] == reverse("mfa_activate_totp")
    with pytest.raises(CommandError, match="already"):
        first_user(capsys, "--manager")
    with pytest.raises(CommandError, match="already"):
        first_user(capsys, "--manager", email="eve@example.test")


def test_a_first_person_needs_a_role_and_a_database_without_samples(capsys: Any) -> None:
    with pytest.raises(CommandError, match="role"):
        first_user(capsys)
    make_user(email="sample@example.test")
    with pytest.raises(CommandError, match="sample"):
        first_user(capsys, "--manager")
    assert User.objects.count() == 1


# --- Who gives access -----------------------------------------------------------------------------


@pytest.fixture
def admin() -> Client:
    user = make_real(is_access_admin=True)
    secret = with_app(user)
    client = sign_in(user)
    second(client, code_now(secret))
    return client


def test_adding_changing_and_closing_a_person_are_each_recorded(admin: Client) -> None:
    new = {"name": "Dr. New", "email": "New@Example.test", "is_clinician": "on"}
    assert admin.post(reverse("new_person"), new).status_code == 302
    user = User.objects.get(email="new@example.test")
    assert user.is_clinician
    choose(Client(), link_in(notices()[0]))
    theirs = sign_in(user, password=NEW_PASSWORD)
    page = reverse("person", args=[user.pk])
    assert admin.post(page, {"is_active": "on", "is_manager": "on"}).status_code == 302
    assert theirs.get(reverse("mfa_index")).status_code == 302
    user = User.objects.get(pk=user.pk)
    assert (user.is_manager, user.is_clinician) == (True, False)
    assert Clinician.objects.get().is_active
    admin.post(page, {"is_manager": "on", "is_clinician": "on"})
    assert not User.objects.get(pk=user.pk).is_active
    assert Clinician.objects.get().user_id == user.pk
    assert b"Closed" in admin.get(reverse("people")).content
    done = AuditEvent.objects.filter(object=f"user:{user.pk}").values_list("action", "reason")
    assert ("give access", "clinician") in done
    assert ("change access", "manager") in done
    assert ("change access", "closed") in done


@pytest.mark.parametrize(
    ("form", "status", "says"),
    [
        ({"name": "X", "email": "x@example.test"}, 409, "at least one role"),
        ({"name": "X", "email": "real@example.test", "is_manager": "on"}, 409, "already signs in"),
        ({"name": "", "email": "nonsense"}, 422, "Enter a name"),
    ],
)
def test_a_refused_person_is_explained_and_what_was_typed_stays(
    admin: Client, form: dict[str, str], status: int, says: str
) -> None:
    answer = admin.post(reverse("new_person"), form)
    assert answer.status_code == status
    assert says in answer.content.decode()
    assert form["email"] in answer.content.decode()


def test_nobody_changes_their_own_access(admin: Client) -> None:
    me = User.objects.get(email="real@example.test")
    page = reverse("person", args=[me.pk])
    assert admin.post(page, {"is_active": "on", "is_manager": "on"}).status_code == 409
    me.refresh_from_db()
    assert (me.is_manager, me.is_access_admin) == (False, True)


def test_a_sample_clinic_takes_no_real_person(admin: Client) -> None:
    make_user(email="sample@example.test")
    new = {"name": "Dr. New", "email": "new@example.test", "is_clinician": "on"}
    answer = admin.post(reverse("new_person"), new)
    assert answer.status_code == 409
    assert b"sample clinic" in answer.content


def test_giving_access_asks_for_a_new_code() -> None:
    user = make_real(is_access_admin=True)
    secret = with_app(user)
    client = sign_in(user)
    second(client, code_now(secret))
    assert client.get(reverse("new_person")).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        assert client.get(reverse("people")).status_code == 200
        answer = client.get(reverse("new_person"))
        assert "reauthenticate" in answer["Location"]
        client.post(reverse("mfa_reauthenticate"), {"code": code_now(secret)})
        assert client.get(reverse("new_person")).status_code == 200


def test_the_access_admin_starts_on_her_own_page(admin: Client) -> None:
    assert admin.get(reverse("after_sign_in"))["Location"] == reverse("people")


def test_patients_are_not_listed_among_the_staff(admin: Client) -> None:
    patient = make_patient(user=make_real(email="pat@example.test"))
    assert Patient.objects.count() == 1
    assert b"pat@example.test" not in admin.get(reverse("people")).content
    page = reverse("person", args=[patient.user_id])
    assert admin.get(page).status_code == 404


# --- In a browser ---------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_new_colleague_gets_in_on_a_telephone(
    page: Page, axe: Callable[[Page], None], capsys: Any
) -> None:
    page.goto(first_user(capsys, "--manager", "--access-admin"))
    axe(page)
    for name in ("password1", "password2"):
        page.fill(f"[name={name}]", NEW_PASSWORD)
    page.click("main .btn-primary")
    page.click("main .btn-primary")
    page.fill("[name=login]", "ada@example.test")
    page.fill("[name=password]", NEW_PASSWORD)
    page.click("main .btn-primary")
    axe(page)
    page.fill("[name=code]", code_now(page.locator("code").inner_text()))
    page.click("main .btn-primary")
    assert page.locator(".codes li").count() == 10
    axe(page)
    page.goto(reverse("new_person"))
    page.click("main .btn-primary")
    axe(page)
    assert page.locator(".error-summary a").count() == 2
