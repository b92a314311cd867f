"""The code a patient gets by mail: who gets one, five tries, one session, and nothing told."""

import re
from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Lock
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinic.messages.asked import answer_all
from clinic.models.messages import Asked, Email
from clinic.models.people import User
from clinic.models.sign_in import MailedCode, StoredSession
from clinic.sign_in.guessing import mailed_codes
from clinic.sign_in.guessing.mailed_codes import ask_for_code, judge
from tests.cast import Cast, make_cast
from tests.factories import make_patient
from tests.racing import race

pytestmark = pytest.mark.django_db

ASK, TYPE, RESET, LINK = (
    "/accounts/login/code/",
    "/accounts/login/code/confirm/",
    "/accounts/password/reset/",
    "/intake/link/",
)
HERS = "patient@example.test"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def ask(email: str = HERS, client: Client | None = None, address: str = "192.0.2.10") -> Client:
    client = client or Client(REMOTE_ADDR=address, raise_request_exception=False)
    client.post(ASK, {"email": email})
    return client


def mailed_code(email: str = HERS) -> str:
    """Have the sender decide, and return the newest code that is owed to this address."""
    answer_all()
    owed = Email.objects.filter(kind="sign_in_code", user__email=email).latest("created_at")
    code: str = owed.payload["code"]
    return code


def type_code(client: Client, code: str) -> Any:
    return client.post(TYPE, {"code": code})


def wrong_for(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


# --- Signing in -----------------------------------------------------------------------------------


def test_the_right_code_signs_her_in_once_and_only_where_it_was_asked_for(cast: Cast) -> None:
    client = ask()
    code = mailed_code()
    elsewhere = ask(address="198.51.100.7")
    assert type_code(elsewhere, code).status_code == 200
    assert type_code(client, f" {code[:3]}-{code[3:]} ").status_code == 302
    assert client.get("/visits/").status_code == 200
    client.post("/accounts/logout/")
    assert type_code(client, code)["Location"] == ASK
    assert client.get("/visits/").status_code == 302


def test_a_patient_who_has_no_user_yet_gets_one_by_a_right_code(cast: Cast) -> None:
    make_patient(email="New@Example.test", name="Newly Known", phone="+17815550123")
    client = ask("new@example.test")
    assert type_code(client, mailed_code("new@example.test")).status_code == 302
    # The code alone opens no row: the date of birth is asked for.
    assert client.get("/visits/")["Location"].startswith("/visits/yours/")


def test_the_sixth_code_typed_and_one_after_ten_minutes_are_not_judged(cast: Cast) -> None:
    client = ask()
    code = mailed_code()
    for _ in range(4):
        assert type_code(client, wrong_for(code)).status_code == 200
    over = type_code(client, wrong_for(code))
    assert over["Location"] == f"{ASK}?over=1"
    assert b"works no more" in client.get(over["Location"]).content
    assert not judge(code_id=MailedCode.objects.get().pk, typed=code, now=timezone.now()).email
    client = ask(client=client)
    late = mailed_code()
    with time_machine.travel(timezone.now() + timedelta(minutes=10, seconds=1), tick=False):
        assert type_code(client, late)["Location"] == ASK
    assert client.get("/visits/").status_code == 302


def test_asking_for_another_e_mail_leads_to_the_form_and_not_back(cast: Cast) -> None:
    client = ask("mistyped@example.test")
    assert client.get(ASK).status_code == 200
    ask(client=client)
    assert type_code(client, mailed_code()).status_code == 302


@pytest.mark.parametrize(
    ("email", "kinds"),
    [
        (HERS, ["sign_in_code"]),
        ("manager@example.test", ["access_link"]),
        ("gone@example.test", []),
        ("nobody@example.test", []),
    ],
)
def test_the_sender_decides_who_gets_what(cast: Cast, email: str, kinds: list[str]) -> None:
    ask(email)
    for address in (RESET, LINK):
        Client().post(address, {"email": email})
    # Nobody was looked up yet.
    assert Asked.objects.count() == 3
    assert not Email.objects.exists()
    assert answer_all() == 3
    assert not Asked.objects.exists()
    assert list(Email.objects.values_list("kind", flat=True)) == kinds
    assert answer_all() == 0


def test_what_cannot_be_answered_stops_nothing_else(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    Asked.objects.create(kind="no such kind", content={}, asked_at=timezone.now())
    ask()
    assert answer_all() == 1
    assert Asked.objects.get().failed_at is not None
    assert answer_all() == 0


# --- Nothing is told ------------------------------------------------------------------------------


def shape(statement: str) -> str:
    """Return a statement without its values."""
    return re.sub(r"'[^']*'(::\w+)?|\b\d+\b|x[0-9a-f]+", "?", statement)


@pytest.mark.parametrize("address", [ASK, RESET, LINK])
def test_asking_runs_the_same_statements_for_everybody(cast: Cast, address: str) -> None:
    seen = {}
    people = (HERS, "manager@example.test", "gone@example.test", "nobody@example.test")
    for email in people:
        client = Client()
        # What is loaded once in a process, such as a content type, is loaded before.
        client.get(address)
        with CaptureQueriesContext(
            connection,
        ) as found:
            answer = client.post(address, {"email": email}, follow=True)
        text = re.sub(r"[A-Za-z0-9]{64}|\S+@example.test", "", answer.content.decode())
        statements = tuple(shape(one["sql"]) for one in found.captured_queries)
        seen[email] = (statements, answer.status_code, answer.redirect_chain, text)
    assert len(set(map(repr, seen.values()))) == 1
    assert any("clinic_asked" in one for one in seen[HERS][0])


# --- Limits ---------------------------------------------------------------------------------------


def asked_from(address: str, email: str = HERS, client: Client | None = None) -> int:
    client = client or Client(REMOTE_ADDR=address)
    status: int = client.post(ASK, {"email": email}).status_code
    return status


@pytest.fixture
def real_limits(settings: Any) -> None:
    settings.LIMITS = {
        **settings.LIMITS,
        "asked_from_one_place": (3, 3600),
        "asked_for_an_address": (10, 3600),
    }


def test_a_stranger_uses_up_his_own_requests_and_not_hers(cast: Cast, real_limits: None) -> None:
    strangers = [asked_from("198.51.100.7") for _ in range(6)]
    assert strangers == [302] * 3 + [429] * 3
    assert asked_from("192.0.2.10") == 302


def test_who_is_refused_reads_the_telephone_and_her_own_browser_is_not(
    cast: Cast, real_limits: None, settings: Any
) -> None:
    hers = ask()
    type_code(hers, mailed_code())
    hers.post("/accounts/logout/")
    for number in range(12):
        asked_from(f"198.51.100.{number}")
    refused = Client(REMOTE_ADDR="192.0.2.10").post(ASK, {"email": HERS})
    assert refused.status_code == 429
    assert "tel:781-555-0142" in refused.content.decode()
    assert asked_from("", client=hers) == 302


# --- At once --------------------------------------------------------------------------------------


def judge_naively(*, code_id: UUID, typed: str, now: Any) -> None:
    """Count as the library does in the session: read, compare, write."""
    row = MailedCode.objects.get(pk=code_id)
    if row.tries >= MailedCode.MOST_TRIES:
        return
    mailed_codes.compare_digest(row.digest, typed)
    row.tries += 1
    row.save(update_fields=["tries"])


@pytest.mark.django_db(transaction=True)
@pytest.mark.promises
@pytest.mark.parametrize(("judging", "is_safe"), [(judge, True), (judge_naively, False)])
def test_of_fifty_codes_at_once_five_are_compared(
    judging: Callable[..., Any], is_safe: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared, lock, together = [], Lock(), Barrier(50)

    def compare(one: str, other: str) -> bool:
        with lock:
            compared.append(other)
        if not is_safe:
            # In the control all compare before one writes, so that it does not depend on luck.
            together.wait(30)
        return False

    monkeypatch.setattr(mailed_codes, "compare_digest", compare)
    key = ask_for_code(email=HERS, now=timezone.now())
    race(50, lambda n: judging(code_id=key, typed=f"{n:06}", now=timezone.now()))
    assert (len(compared) == 5) is is_safe
    assert len(compared) in (5, 50)


@pytest.mark.django_db(transaction=True)
@pytest.mark.promises
def test_of_twelve_right_codes_at_once_one_signs_in() -> None:
    cast = make_cast()
    client = ask()
    code, cookie = mailed_code(), client.cookies["sessionid"].value
    assert cast.patient.user is not None

    def send(number: int) -> int:
        browser = Client(raise_request_exception=False)
        browser.cookies["sessionid"] = cookie
        return int(type_code(browser, code).status_code)

    answers = race(12, send)
    assert answers.count(302) >= 1
    contents = [row.data for row in StoredSession.objects.all()]
    signed_in = [one for one in contents if "_auth_user_id" in one]
    assert [one["_auth_user_id"] for one in signed_in] == [str(User.objects.get(email=HERS).pk)]
