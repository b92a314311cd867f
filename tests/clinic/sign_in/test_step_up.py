"""A fresh proof before access is changed: a code or a passkey, not a password alone."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from tests.clinic.sign_in.test_sign_in import code_now, make_real, second, sign_in, with_app
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_counts_from_before() -> None:
    cache.clear()


def test_a_password_is_no_fresh_proof_for_who_has_an_app() -> None:
    user = make_real(is_access_admin=True)
    secret = with_app(user)
    client, page = sign_in(user), reverse("new_person")
    second(client, code_now(secret))
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        assert client.get(page)["Location"].startswith(reverse("mfa_reauthenticate"))
        by_password = client.get(reverse("account_reauthenticate"))
        assert by_password["Location"].startswith(reverse("mfa_reauthenticate"))
        client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
        assert client.get(page).status_code == 302
        asked = client.get(reverse("mfa_reauthenticate"))
        assert b"password" not in asked.content.lower()
        client.post(reverse("mfa_reauthenticate"), {"code": code_now(secret)})
        assert client.get(page).status_code == 200


def test_the_sample_users_of_a_trial_prove_it_by_their_password() -> None:
    user = make_user(is_access_admin=True)
    client, page = sign_in(user), reverse("new_person")
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        assert client.get(page)["Location"].startswith(reverse("account_reauthenticate"))
        client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
        assert client.get(page).status_code == 200
