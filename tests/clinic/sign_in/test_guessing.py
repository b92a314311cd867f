"""Who guesses passwords or codes of staff is stopped, and keeps nobody else out."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import hotp_value
from django.core.cache import cache
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from clinic.models.messages import Email
from clinic.models.people import User
from clinic.models.sign_in import KnownBrowser, TryCount, UsedStep
from clinic.sign_in.guessing.known_browsers import COOKIE
from clinic.sign_in.guessing.tries import take_try
from clinic.sign_in.guessing.used_steps import use_code
from tests.clinic.sign_in.test_sign_in import (
    NEW_PASSWORD,
    code_now,
    make_real,
    notices,
    second,
    sign_in,
    with_app,
)
from tests.factories import PASSWORD, make_user
from tests.racing import race

pytestmark = pytest.mark.django_db

HOME, CAFE = "192.0.2.10", "198.51.100.7"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(datetime(2027, 2, 1, 14, 0, tzinfo=UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def user() -> User:
    # A sample person of a trial, who needs no second step: the password is the whole sign-in.
    return make_user(email="ruth@example.test", is_manager=True)


def at(address: str) -> Client:
    return Client(REMOTE_ADDR=address)


def gets_in(user: User, client: Client) -> bool:
    return sign_in(user, client).get(reverse("desk_day")).status_code == 200


def guess(user: User, address: str, times: int) -> None:
    for _ in range(times):
        sign_in(user, at(address), "wrong-guess-again")


# --- Where the account is closed, and for whom --------------------------------------------------


def test_five_wrong_passwords_close_the_account_there_and_nowhere_else(
    user: User, clock: Any
) -> None:
    guess(user, CAFE, 5)
    refused = at(CAFE).post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert b"Too many" in refused.content
    assert gets_in(user, at(HOME))
    clock.shift(15 * MINUTE - timedelta(seconds=1))
    assert not gets_in(user, at(CAFE))
    clock.shift(timedelta(seconds=2))
    assert gets_in(user, at(CAFE))


def test_a_flood_and_an_empty_cache_open_no_lock(user: User) -> None:
    guess(user, CAFE, 5)
    for number in range(60):
        asked = {"email": f"nobody{number}@example.test"}
        at(f"198.51.100.{number}").post(reverse("account_reset_password"), asked)
    cache.clear()
    assert not gets_in(user, at(CAFE))
    # What was put into the cache is not there: no promise can stand in it.
    cache.set("anything", "kept")
    assert cache.get("anything") is None


def test_twenty_in_an_hour_from_everywhere_close_the_account_but_not_her_own_browser(
    user: User, clock: Any
) -> None:
    hers = at(HOME)
    assert gets_in(user, hers)
    hers.post(reverse("account_logout"))
    for number in range(4):
        guess(user, f"203.0.113.{number}", 5)
    assert not gets_in(user, at(CAFE))
    # Also not from the network she is on, but for the browser in which she signed in before.
    assert not gets_in(user, at(HOME))
    assert gets_in(user, hers)
    clock.shift(15 * MINUTE)
    guess(user, CAFE, 1)
    # Within the hour each further wrong one closes it again; what is refused uses nothing up.
    assert not gets_in(user, at("198.51.100.8"))
    clock.shift(15 * MINUTE)
    assert gets_in(user, at("198.51.100.8"))


def test_a_stranger_on_her_own_network_closes_nothing_for_her_browser(user: User) -> None:
    hers = at(HOME)
    assert gets_in(user, hers)
    hers.post(reverse("account_logout"))
    guess(user, HOME, 9)
    assert gets_in(user, hers)


def test_her_browser_is_known_by_a_row_that_can_be_taken_away(user: User) -> None:
    hers = at(HOME)
    assert gets_in(user, hers)
    hers.post(reverse("account_logout"))
    cookie = hers.cookies[COOKIE]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Strict")
    assert KnownBrowser.objects.get().token_hash not in cookie.value
    guess(user, HOME, 5)
    KnownBrowser.objects.all().delete()
    assert not gets_in(user, hers)
    forged = at(HOME)
    forged.cookies[COOKIE] = cookie.value[:-3] + "abc"
    assert not gets_in(user, forged)


def test_a_new_password_makes_the_other_browsers_unknown(user: User) -> None:
    elsewhere, hers = at(CAFE), at(HOME)
    assert gets_in(user, elsewhere)
    assert gets_in(user, hers)
    hers.post(
        reverse("account_change_password"),
        {
            "oldpassword": PASSWORD,
            "password1": NEW_PASSWORD,
            "password2": NEW_PASSWORD,
        },
    )
    assert KnownBrowser.objects.filter(user=user).count() == 1


def test_the_network_of_ipv6_is_its_first_half(user: User) -> None:
    for number in range(5):
        guess(user, f"2001:db8:1:2::{number}", 1)
    assert not gets_in(user, at("2001:db8:1:2:ffff::9"))
    assert gets_in(user, at("2001:db8:1:3::9"))


def test_right_passwords_and_codes_count_as_no_tries(clock: Any) -> None:
    user = make_real(is_manager=True)
    secret = with_app(user)
    for _ in range(7):
        client = sign_in(user, at(HOME))
        assert second(client, code_now(secret)).status_code == 302
        clock.shift(MINUTE)
    # The right password gives back its own try only: wrong codes behind it go on counting.
    half_in = [sign_in(user, at(CAFE)) for _ in range(6)]
    for client in half_in[:5]:
        second(client, "000000")
    assert second(half_in[5], code_now(secret)).status_code == 200
    assert not gets_in(user, at(CAFE))
    assert second(sign_in(user, at(HOME)), code_now(secret)).status_code == 302


def test_the_old_password_of_an_open_session_can_be_guessed_five_times(user: User) -> None:
    client = sign_in(user, at(HOME))
    new = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    for _ in range(5):
        client.post(reverse("account_change_password"), {"oldpassword": "wrong-guess", **new})
    right = {"oldpassword": PASSWORD, **new}
    assert client.post(reverse("account_change_password"), right).status_code == 200


def test_the_owner_is_told_once_an_hour_and_nobody_else(user: User, clock: Any) -> None:
    for address in (CAFE, "203.0.113.1", "203.0.113.2"):
        guess(user, address, 6)
    guess(User(email="nobody@example.test"), CAFE, 6)
    (text,) = notices()
    assert "wrong password or code five times" in text
    assert Email.objects.get().user == user
    clock.shift(61 * MINUTE)
    guess(user, CAFE, 5)
    assert len(notices()) == 1


# --- At once --------------------------------------------------------------------------------------


def take_naively(request: Any, account: str) -> bool:
    """Count as a session or a cache does: read, decide, write."""
    found = TryCount.objects.filter(pk="naive").first() or TryCount(
        key="naive", tries=0, since=timezone.now()
    )
    if found.tries >= 5:
        return False
    found.tries += 1
    found.save()
    return True


@pytest.mark.django_db(transaction=True)
@pytest.mark.promises
@pytest.mark.parametrize(("take", "is_safe"), [(take_try, True), (take_naively, False)])
def test_of_forty_tries_at_once_five_are_judged(
    take: Callable[..., Any], is_safe: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not is_safe:
        # All have read before one writes, so that the control does not depend on luck.
        write_together(monkeypatch, 40)
    requests = RequestFactory(REMOTE_ADDR=CAFE)
    found = race(40, lambda n: take(requests.post("/"), "ruth@example.test"))
    judged = [one for one in found if one and not isinstance(one, Exception)]
    assert (len(judged) == 5) is is_safe, found


def write_together(monkeypatch: pytest.MonkeyPatch, racers: int) -> None:
    """Make the racers wait for each other between reading and writing."""
    together, save = Barrier(racers), TryCount.save

    def save_together(self: TryCount, **kwargs: Any) -> None:
        together.wait(30)
        save(self, **kwargs)

    monkeypatch.setattr(TryCount, "save", save_together)


# --- Codes of the authenticator app ---------------------------------------------------------------

# The start of a step of 30 seconds.
STEP = datetime(2027, 2, 1, 14, 0, tzinfo=UTC)


def code_of(secret: str, moment: datetime) -> str:
    return f"{hotp_value(secret, int(moment.timestamp()) // 30):06}"


@pytest.mark.parametrize(
    ("seconds", "is_accepted"),
    [(-31, False), (-30, True), (-1, True), (29, True), (31, True), (59, True), (61, False)],
)
@pytest.mark.parametrize("is_set_up", [False, True], ids=["signing in", "setting up"])
def test_a_code_is_good_for_a_step_before_and_after(
    is_set_up: bool, seconds: int, is_accepted: bool
) -> None:
    user = make_real(is_manager=True)
    with time_machine.travel(STEP + timedelta(seconds=seconds), tick=False):
        if is_set_up:
            client = sign_in(user)
            page = client.get(reverse("mfa_activate_totp"))
            code = code_of(page.context["form"].secret, STEP)
            answer = client.post(reverse("mfa_activate_totp"), {"code": code})
        else:
            secret = with_app(user)
            answer = second(sign_in(user), code_of(secret, STEP))
    assert (answer.status_code == 302) is is_accepted


def test_a_code_is_used_up_for_as_long_as_it_would_be_good() -> None:
    user = make_real(is_manager=True)
    secret = with_app(user)
    with time_machine.travel(STEP - timedelta(seconds=20), tick=False) as clock:
        assert second(sign_in(user), code_of(secret, STEP)).status_code == 302
        for _ in range(8):
            clock.shift(timedelta(seconds=10))
            cache.clear()
            assert second(sign_in(user, at(CAFE)), code_of(secret, STEP)).status_code == 200
            TryCount.objects.all().delete()
        # The other codes that are good now are not used up by it.
        assert second(sign_in(user), code_of(secret, timezone.now())).status_code == 302
    assert UsedStep.objects.count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.promises
def test_one_of_twelve_uses_a_step() -> None:
    user = make_real(is_manager=True)
    secret = with_app(user)
    app = Authenticator.objects.get()
    code = code_now(secret)
    assert race(12, lambda n: use_code(app, code)).count(True) == 1
