"""A colleague lost the app: who gives access takes it away, never one's own."""

from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.audit.details import words_of
from clinic.models.audit import AuditEvent
from clinic.models.people import User
from tests.clinic.sign_in.passkeys import SoftKey
from tests.clinic.sign_in.test_passkeys import with_passkey
from tests.clinic.sign_in.test_sign_in import (
    code_now,
    make_real,
    notices,
    second,
    sign_in,
    with_app,
)
from tests.factories import make_patient

pytestmark = pytest.mark.django_db

WHY = "Lost the phone, asked me in person"


@pytest.fixture(autouse=True)
def no_counts_from_before() -> None:
    cache.clear()


@pytest.fixture
def admin_user() -> User:
    return make_real(email="admin@example.test", is_access_admin=True)


@pytest.fixture
def admin(admin_user: User) -> Client:
    secret = with_app(admin_user)
    client = sign_in(admin_user)
    second(client, code_now(secret))
    return client


@pytest.fixture
def colleague() -> User:
    return make_real(email="colleague@example.test", is_manager=True)


def page_of(user: User) -> str:
    return reverse("reset_second_factor", args=[user.pk])


def test_everything_is_taken_away_and_its_owner_is_told(admin: Client, colleague: User) -> None:
    theirs = with_passkey(colleague, SoftKey())
    with_app(colleague)
    assert theirs.get(reverse("desk_day")).status_code == 200
    notices()
    assert WHY not in admin.get(page_of(colleague)).content.decode()
    assert admin.post(page_of(colleague), {"reason": WHY})["Location"] == reverse("people")
    assert not Authenticator.objects.filter(user=colleague).exists()
    assert theirs.get(reverse("mfa_index")).status_code == 302
    (text,) = notices()
    assert "took away your app, passkeys and recovery codes" in text
    assert WHY not in text
    event = AuditEvent.objects.get(action="reset second factor")
    assert (event.object, words_of(event)) == (f"user:{colleague.pk}", WHY)
    # The password alone opens the set-up page and nothing else.
    again = sign_in(colleague)
    assert again.get(reverse("desk_day"))["Location"] == reverse("mfa_activate_totp")


@pytest.mark.parametrize(
    ("reason", "says"), [("", "Write why"), ("lost it", "Write a sentence"), ("x" * 301, "300")]
)
def test_it_needs_a_reason(admin: Client, colleague: User, reason: str, says: str) -> None:
    with_app(colleague)
    answer = admin.post(page_of(colleague), {"reason": reason})
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert Authenticator.objects.filter(user=colleague).exists()


def test_nobody_takes_away_their_own(admin: Client, admin_user: User) -> None:
    RecoveryCodes.activate(admin_user)
    before = Authenticator.objects.filter(user=admin_user).count()
    assert b"<form method" not in admin.get(page_of(admin_user)).content.split(b"<main")[1]
    answer = admin.post(page_of(admin_user), {"reason": WHY})
    assert answer.status_code == 409
    assert Authenticator.objects.filter(user=admin_user).count() == before


def test_who_has_none_keeps_the_sessions(admin: Client, colleague: User) -> None:
    client = sign_in(colleague)
    answer = admin.post(page_of(colleague), {"reason": WHY})
    assert answer.status_code == 409
    assert "nothing was changed" in answer.content.decode()
    assert client.get(reverse("mfa_index")).status_code == 200


def test_it_asks_for_a_fresh_code_and_only_for_staff(admin: Client, colleague: User) -> None:
    patient = make_patient(user=make_real(email="pat@example.test"))
    assert patient.user is not None
    assert admin.get(page_of(patient.user)).status_code == 404
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        assert "reauthenticate" in admin.post(page_of(colleague), {"reason": WHY})["Location"]


# --- Nobody else gives access: from the server ----------------------------------------------------


def reset(email: str, *options: str) -> None:
    call_command("reset_sign_in", email, "--reason", WHY, *options)


def test_whoever_runs_the_server_takes_it_away_from_the_only_one(
    admin_user: User, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs = with_passkey(admin_user, SoftKey())
    with_app(admin_user)
    reset("Admin@example.test", "--link")
    assert not Authenticator.objects.filter(user=admin_user).exists()
    assert theirs.get(reverse("mfa_index")).status_code == 302
    event = AuditEvent.objects.get(action="reset second factor")
    assert (event.actor, event.object, words_of(event)) == ("system", f"user:{admin_user.pk}", WHY)
    assert any("took away your app" in text for text in notices())
    assert "/accounts/password/reset/key/" in capsys.readouterr().out
    assert sign_in(admin_user).get(reverse("people"))["Location"] == reverse("mfa_activate_totp")


def test_it_is_refused_for_others_and_without_anything_to_take(colleague: User) -> None:
    make_patient(user=make_real(email="pat@example.test"))
    for email in ("pat@example.test", "nobody@example.test"):
        with pytest.raises(CommandError, match="No member of staff"):
            reset(email)
    with pytest.raises(CommandError, match="nothing was changed"):
        reset(colleague.email)
    with pytest.raises(CommandError, match="reason"):
        call_command("reset_sign_in", colleague.email, "--reason", " ")


def test_who_gives_access_signs_a_colleague_out_everywhere(admin: Client, colleague: User) -> None:
    client = sign_in(colleague)
    assert client.get(reverse("mfa_index")).status_code == 200
    page = reverse("person", args=[colleague.pk])
    form = {"is_active": "on", "is_manager": "on", "end_sessions": "1"}
    assert admin.post(page, form).status_code == 302
    assert client.get(reverse("mfa_index")).status_code == 302
    assert AuditEvent.objects.filter(action="end sessions").count() == 1
    assert not AuditEvent.objects.filter(action="change access").exists()
    assert sign_in(colleague).get(reverse("mfa_index")).status_code == 200
