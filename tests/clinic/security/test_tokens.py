"""What a browser holds and hands back: refused when changed, too old, or of another purpose."""

import random
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
import time_machine
from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import generate_totp_secret
from cryptography.fernet import Fernet
from django.conf import settings
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from clinic import env
from clinic.database.digests import new_salt
from clinic.database.sealed import SealBroken, open_text, seal_text
from clinic.kept_forms.browser import PERSON, is_alone, note_person
from clinic.security.private_links import issue
from clinic.sign_in.guessing.known_browsers import COOKIE, known_browser, note_browser
from clinic.sign_in.session_store import SessionStore
from clinic.web.cookies import set_cookie
from tests.cast import client_for
from tests.clinic.operations.test_production_start import NEEDED
from tests.factories import make_patient, make_user

pytestmark = pytest.mark.django_db


def asking(**cookies: str) -> Any:
    request = RequestFactory().get("/")
    request.COOKIES.update(cookies)
    return request


def noted(user: Any) -> str:
    answer = HttpResponse()
    note_browser(asking(), answer, user)
    return answer.cookies[COOKIE].value


# --- The cookie of a known browser: signed --------------------------------------------------------


def test_a_known_browser_is_known_by_its_signed_value_alone() -> None:
    user = make_user()
    value = noted(user)
    assert known_browser(asking(**{COOKIE: value}), user.email)
    token, time, signature = value.split(":")
    for forged in (
        token,
        f"{token}:{time}:",
        f"{token}:{time}:{signature[::-1]}",
        f"{token}:{time[::-1]}:{signature}",
        f"{token[:-1]}x:{time}:{signature}",
        f"{token}:{time}:none",
        "",
    ):
        assert not known_browser(asking(**{COOKIE: forged}), user.email), forged


def test_it_is_good_for_its_time_its_purpose_and_its_key(settings: Any) -> None:
    user = make_user()
    value = noted(user)
    elsewhere = HttpResponse()
    set_cookie(elsewhere, "other", value.split(":")[0], 60, salt="other")
    assert not known_browser(asking(**{COOKIE: elsewhere.cookies["other"].value}), user.email)
    with time_machine.travel(timezone.now() + timedelta(days=181)):
        assert not known_browser(asking(**{COOKIE: value}), user.email)
    settings.SECRET_KEY = "another-key-" * 6
    assert not known_browser(asking(**{COOKIE: value}), user.email)


# --- The cookie of the last person: sealed --------------------------------------------------------


def test_a_sealed_text_is_refused_when_any_part_of_it_is_changed() -> None:
    sealed = seal_text("who it was")
    assert open_text(sealed) == "who it was"
    for place in range(0, len(sealed) - 2, 5):
        other = "A" if sealed[place] != "A" else "B"
        with pytest.raises(SealBroken):
            open_text(sealed[:place] + other + sealed[place + 1 :])
    # AES-128 and HMAC-SHA256, as the first byte says: no other way is read.
    assert sealed.startswith("gAAAA")
    with pytest.raises(SealBroken):
        open_text(Fernet(Fernet.generate_key()).encrypt(b"who it was").decode())


def test_what_was_sealed_for_another_purpose_names_nobody() -> None:
    answer = HttpResponse()
    note_person(asking(), answer, "user:1")
    assert is_alone(asking(**{PERSON: answer.cookies[PERSON].value}))
    for other in (seal_text("123456"), seal_text('{"a": 1}'), seal_text("[1]"), "x", ""):
        request = asking(**{PERSON: other})
        answer = HttpResponse()
        note_person(request, answer, "user:2")
        assert PERSON in answer.cookies


# --- The link to a password -----------------------------------------------------------------------


def test_a_link_to_a_password_is_for_one_person_and_ends_with_the_old_password() -> None:
    user, other = make_user(email="a@example.test"), make_user(email="b@example.test")
    token = default_token_generator.make_token(user)
    assert default_token_generator.check_token(user, token)
    assert not default_token_generator.check_token(other, token)
    assert not default_token_generator.check_token(
        user, token[:-1] + ("0" if token[-1] != "0" else "1")
    )
    user.set_password("another-one-entirely")
    assert not default_token_generator.check_token(user, token)


# --- What nobody can guess ------------------------------------------------------------------------


_numbers = count()


def _link() -> str:
    patient = make_patient(email=f"link{next(_numbers)}@example.test")
    made = issue(purpose="x", about="y", patient=patient, expires_at=None)
    return made.rpartition("/")[2]


def _browser() -> str:
    return noted(make_user(email=f"k{next(_numbers)}@example.test")).split(":")[0]


def _csrf() -> str:
    return get_token(asking())


def _code() -> str:
    code: str = get_adapter().generate_login_code()
    return code


# Each secret that is made here, and the bits of randomness in it; codes are counted besides.
MADE: dict[str, tuple[Callable[[], str], float]] = {
    "session": (lambda: SessionStore()._get_new_session_key(), 32 * 5.16),
    "private link": (_link, 256),
    "form token": (_csrf, 32 * 5.95),
    "known browser": (_browser, 256),
    "app": (generate_totp_secret, 160),
    "salt": (new_salt, 128),
    "SECRET_KEY, DIGEST_KEY": (env.new_secret_key, 480),
    "FIELD_KEYS": (env.new_field_key, 256),
    "recovery codes": (RecoveryCodes.generate_seed, 160),
    "mailed code": (_code, 19.9),
}


@pytest.mark.parametrize("name", MADE)
def test_a_secret_does_not_come_from_the_generator_that_can_be_foreseen(name: str) -> None:
    make, bits = MADE[name]
    made = set()
    for _ in range(2):
        random.seed(14)
        made.add(make())
    assert len(made) == 2
    assert min(map(len, made)) >= bits / 8 or name == "mailed code"


def test_a_mailed_code_has_six_digits_and_is_the_only_short_one() -> None:
    assert re.fullmatch(r"\d{6}", get_adapter().generate_login_code())
    assert {name for name, (_, bits) in MADE.items() if bits < 128} == {"mailed code"}


# --- In production --------------------------------------------------------------------------------

SHOWN = """
import django; django.setup()
from django.conf import settings as s
from django.http import HttpResponse
from clinic.web.cookies import set_cookie, cookie_name
from clinic.kept_forms.browser import PERSON, KEPT
from clinic.sign_in.guessing.known_browsers import COOKIE
from booking.calendar.views import COOKIE as VIEW
answer = HttpResponse()
for name in (PERSON, KEPT, COOKIE, VIEW):
    set_cookie(answer, name, "x", 60)
print(answer.cookies.output())
for kind in ("SESSION", "CSRF"):
    names = ("NAME", "SECURE", "HTTPONLY", "SAMESITE", "PATH", "DOMAIN")
    print(*(getattr(s, f"{kind}_COOKIE_{name}") for name in names))
print(s.MESSAGE_STORAGE)
"""


def test_each_cookie_is_for_this_host_over_https_and_closed_to_scripts(tmp_path: Any) -> None:
    started = subprocess.run(
        [sys.executable, "-c", SHOWN],
        cwd=settings.BASE_DIR,
        env={
            **NEEDED,
            "SITE_URL": "https://clinic.example",
            "RUN_READY_VAR": str(tmp_path),
            "DJANGO_SETTINGS_MODULE": "clinic.settings",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert started.returncode == 0, started.stderr
    lines = started.stdout.splitlines()
    names = ["__Host-desk_view", "__Host-kept_form", "__Host-known_browser", "__Host-last_person"]
    assert sorted(re.findall(r"Set-Cookie: ([\w-]+)=", started.stdout)) == names
    for line in lines[:4]:
        assert "; HttpOnly" in line
        assert "; Path=/;" in line
        assert line.endswith("; SameSite=Strict; Secure")
        assert "Domain" not in line
    assert lines[4:] == [
        "__Host-sessionid True True Lax / None",
        "__Host-csrftoken True True Lax / None",
        "django.contrib.messages.storage.session.SessionStorage",
    ]


# --- By plain http -------------------------------------------------------------------------------


def test_only_pages_lead_from_http_to_https(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_REDIRECT_EXEMPT = [r"^health/(live|ready)$"]
    page = Client().get("/privacy/")
    assert (page.status_code, page["Location"]) == (301, "https://testserver/privacy/")
    for refused in (Client().get("/calendar/unknown.ics"), Client().post("/l/unknown")):
        assert (refused.status_code, refused.content) == (403, b"https only\n")
    assert Client().post(reverse("account_login"), {"login": "x"}).status_code == 403
    assert Client().get("/calendar/unknown.ics", secure=True).status_code == 404
    assert Client().get("/health/live").status_code == 200


# --- Signing out ----------------------------------------------------------------------------------


def test_the_browser_is_told_to_forget_its_pages_when_a_session_ends() -> None:
    client = client_for(make_user(is_manager=True))
    assert "Clear-Site-Data" not in client.get(reverse("desk_patients")).headers
    assert client.post(reverse("account_logout"))["Clear-Site-Data"] == '"cache", "storage"'
    client = client_for(make_user(email="b@example.test", is_manager=True))
    client.get(reverse("desk_patients"))
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert client.get(reverse("desk_patients"))["Clear-Site-Data"] == '"cache", "storage"'
    assert "Clear-Site-Data" not in Client().get("/").headers
