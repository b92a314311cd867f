"""Fields for passwords: masked, of any signs and length, taken as typed, the old one asked for."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models.people import User
from tests.cast import client_for
from tests.clinic.sign_in.test_sign_in import (
    choose,
    first_user,
    link_in,
    make_real,
    notices,
    sign_in,
)
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

INPUT = re.compile(r"<input[^>]*>")
FIELDS = {
    "account_login": {"password": "current-password"},
    "account_reauthenticate": {"password": "current-password"},
    "account_change_password": {
        "oldpassword": "current-password",
        "password1": "new-password",
        "password2": "new-password",
    },
    "the mailed link": {"password1": "new-password", "password2": "new-password"},
}
# 64 signs and more, of any kind.
ODD = [
    "x7Qe" * 4 + "tangerine harbor " * 4,
    "ohne-zwang-und-zeichen",
    "蛙が池に飛び込む水の音がする静けさ",
    "  two spaces at either end  ",
    "🦆🦢 ducks on the water 🦆🦢",
    'quartz <b>&amp; "harbor" \'; -- lanterns',
    "long " + "winding road of words " * 12,
]


def page_of(name: str) -> str:
    user = make_user(email="fields@example.test", is_manager=True)
    if name == "account_login":
        return Client().get(reverse(name)).content.decode()
    if name == "the mailed link":
        Client().post(reverse("account_reset_password"), {"email": user.email})
        path = link_in(notices()[0])
        return Client().get(path, follow=True).content.decode()
    return client_for(user).get(reverse(name)).content.decode()


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_is_masked_may_be_filled_in_by_a_manager_and_has_no_end(name: str) -> None:
    found = {}
    for field in INPUT.findall(page_of(name)):
        said = dict(re.findall(r'(\w+)="([^"]*)"', field))
        if "password" in said.get("name", ""):
            assert said["type"] == "password", field
            assert not {"maxlength", "onpaste", "readonly", "value"} & set(said), field
            found[said["name"]] = said["autocomplete"]
    assert found == FIELDS[name]


@pytest.mark.parametrize("password", ODD)
def test_any_signs_in_any_number_are_taken_and_compared_as_typed(password: str) -> None:
    user = make_user(email="fields@example.test", is_manager=True)
    client = sign_in(user)
    new = {"oldpassword": PASSWORD, "password1": password, "password2": password}
    assert client.post(reverse("account_change_password"), new).status_code == 302
    for other in (password[:-1], password.swapcase(), password.strip() + " ", password + "x"):
        if other != password:
            assert "_auth_user_id" not in sign_in(user, password=other).session, other
    User.objects.update(session_epoch=0)
    assert "_auth_user_id" in sign_in(user, password=password).session


@pytest.mark.parametrize("old", ["", "wrong-and-typed-here"])
def test_changing_it_needs_the_old_one(old: str) -> None:
    user = make_user(is_manager=True)
    new = {"oldpassword": old, "password1": ODD[1], "password2": ODD[1]}
    assert sign_in(user).post(reverse("account_change_password"), new).status_code == 200
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_changing_it_needs_a_fresh_proof_too() -> None:
    client = sign_in(make_user(is_manager=True))
    page = reverse("account_change_password")
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        assert "reauthenticate" in client.get(page)["Location"]


def test_nothing_asks_for_another_one_with_time() -> None:
    user = make_user(is_manager=True)
    with time_machine.travel(timezone.now() + timedelta(days=5 * 365)):
        client = sign_in(user)
        assert client.get(reverse("desk_day")).status_code == 200


def test_the_first_link_is_good_for_a_day_and_for_one_password(capsys: Any) -> None:
    path = first_user(capsys, "--manager")
    for hours, seen in ((30, b"works no more"), (18, b"password1")):
        with time_machine.travel(timezone.now() + timedelta(hours=hours)):
            assert seen in Client().get(path, follow=True).content
    assert choose(Client(), path, ODD[1]).status_code == 302
    assert b"works no more" in Client().get(path, follow=True).content


def test_a_fresh_installation_has_no_account_and_a_public_one_no_sample(settings: Any) -> None:
    assert User.objects.count() == 0
    settings.TRIAL = False
    with pytest.raises(Exception, match="public"):
        call_command("seed", patients=1)


@pytest.mark.parametrize(
    ("password", "is_taken"),
    [
        ("EllPond-Melrose-2026", False),
        ("RunReady!RunReady!", False),
        ("pelvic floor clinic", False),
        ("41LakeviewAvenue!!", False),
        ("practice-manager-desk", False),
        ("lanterns by the pond", True),
        ("herons-desk-umbrella", True),
    ],
)
def test_the_clinics_own_words_are_no_password(password: str, is_taken: bool) -> None:
    user = User(email="imani@example.test", name="Imani Brooks")
    if is_taken:
        validate_password(password, user)
        return
    with pytest.raises(ValidationError) as refused:
        validate_password(password, user)
    assert "words of the clinic" in " ".join(refused.value.messages)


def test_a_real_person_is_no_sample() -> None:
    assert not make_real().is_sample
