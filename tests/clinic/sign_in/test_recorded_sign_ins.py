"""What happens at the door is in the audit trail: failures, locks, sign-outs, refusals."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.totp.internal import auth as totp
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from clinic.audit.sign_ins import record_lock
from clinic.models.audit import AuditEvent
from tests.cast import Cast, client_for, make_cast
from tests.clinic.sign_in.test_mailed_codes import mailed_code
from tests.factories import NOW, PASSWORD
from tests.intake.checkins.test_checkin_pages import BORN

pytestmark = pytest.mark.django_db

SIGN_IN = "/accounts/login/"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def written() -> list[tuple[Any, ...]]:
    """Return (actor, action, object, allowed, reason) of every event, the oldest first."""
    columns = ("actor", "action", "object", "allowed", "reason")
    return list(AuditEvent.objects.order_by("pk").values_list(*columns))


def test_a_wrong_password_is_written_and_whose_it_was_for(cast: Cast) -> None:
    client = Client(REMOTE_ADDR="203.0.113.9")
    for email in ("Manager@example.test", "nobody@example.test"):
        client.post(SIGN_IN, {"login": email, "password": "wrong-and-typed-here"})
    assert written() == [
        ("anonymous", "sign in", f"user:{cast.manager.pk}", False, "password"),
        ("anonymous", "sign in", "", False, "password"),
    ]
    assert set(AuditEvent.objects.values_list("ip", flat=True)) == {"203.0.113.9"}
    assert "typed-here" not in str(list(AuditEvent.objects.values_list()))


def test_a_wrong_code_of_the_second_step_is_written(cast: Cast) -> None:
    totp.TOTP.activate(cast.manager, totp.generate_totp_secret())
    client = Client()
    client.post(SIGN_IN, {"login": cast.manager.email, "password": PASSWORD})
    client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert ("anonymous", "sign in", f"user:{cast.manager.pk}", False, "totp") in written()


def test_a_wrong_mailed_code_is_written(cast: Cast) -> None:
    client = Client()
    client.post("/accounts/login/code/", {"email": cast.patient.email})
    client.post(reverse("account_confirm_login_code"), {"code": "000000"})
    # Whose it would have been is not asked: the work is the same for any address.
    assert written()[-1] == ("anonymous", "sign in", "", False, "mailed code")


def test_the_fifth_wrong_password_closes_and_is_written_as_a_lock(cast: Cast) -> None:
    client = Client()
    for _ in range(5):
        client.post(SIGN_IN, {"login": cast.manager.email, "password": "wrong"})
    locks = [one for one in written() if one[1] == "lock sign-in"]
    assert locks == [
        ("anonymous", "lock sign-in", f"user:{cast.manager.pk}", False, "sign-in"),
    ]


def test_signing_out_and_the_end_of_a_session_in_time_are_written(cast: Cast) -> None:
    me = f"user:{cast.manager.pk}"
    client = client_for(cast.manager)
    client.post(reverse("account_logout"))
    assert written() == [(me, "sign out", "", True, "")]
    with time_machine.travel(NOW, tick=False) as clock:
        client = client_for(cast.manager)
        client.get("/desk/patients/")
        clock.shift(timedelta(minutes=16))
        assert client.get("/desk/patients/").status_code == 302
    assert written()[-1] == (me, "sign out", "", True, "time")


def test_the_fifth_wrong_date_of_birth_is_a_lock(cast: Cast) -> None:
    client = client_for(cast.patient.user)
    for _ in range(5):
        client.post("/visits/readers/", {**BORN, "born_on_year": "1991"})
    assert [one[4] for one in written() if one[1] == "lock sign-in"] == ["date of birth"]


def test_a_lock_and_a_refusal_are_written(cast: Cast) -> None:
    request = RequestFactory().get("/")
    request.user = cast.admin
    record_lock("password", request, cast.manager)
    record_lock("mailed codes")
    client_for(cast.admin).get("/desk/patients/")
    assert [one for one in written() if not one[3]] == [
        (f"user:{cast.admin.pk}", "lock sign-in", f"user:{cast.manager.pk}", False, "password"),
        ("system", "lock sign-in", "", False, "mailed codes"),
        (f"user:{cast.admin.pk}", "enter", "", False, "patients"),
    ]


def test_a_sign_in_is_written_with_how_it_was_proven(cast: Cast) -> None:
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(cast.manager, secret)
    client = Client(REMOTE_ADDR="203.0.113.9")
    client.post(SIGN_IN, {"login": cast.manager.email, "password": PASSWORD})
    assert written() == []
    code = totp.hotp_value(secret, int(timezone.now().timestamp()) // 30)
    client.post(reverse("mfa_authenticate"), {"code": f"{code:06}"})
    me = f"user:{cast.manager.pk}"
    assert (me, "sign in", "", True, "password, totp") in written()
    mailed = Client()
    mailed.post(reverse("account_request_login_code"), {"email": cast.patient.email})
    mailed.post(reverse("account_confirm_login_code"), {"code": mailed_code()})
    assert written()[-1][1:] == ("sign in", "", True, "code")
