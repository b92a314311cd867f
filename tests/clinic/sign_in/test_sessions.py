"""When sessions end: idle, after twelve hours, when access changes; and what is saved then."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from intake.models import Intake, UrgentCall
from tests.cast import Cast, client_for, make_cast
from tests.intake.online_intake.test_flow import CONSENT, SAFE, start

pytestmark = pytest.mark.django_db

AUTH = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def no_limits(settings: Any) -> None:
    settings.LIMITS = {**settings.LIMITS, "intake_starts": (1000, 600)}


# --- Idle ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("role", "minutes"), [("manager", 15), ("patient", 60)])
def test_an_idle_session_ends_and_leads_back_to_its_page(
    cast: Cast, clock: Any, role: str, minutes: int
) -> None:
    user, page = {
        "manager": (cast.manager, reverse("desk_day")),
        "patient": (cast.patient.user, reverse("visits_home")),
    }[role]
    client = client_for(user)
    assert client.get(page).status_code == 200
    for _ in range(3):
        clock.shift(timedelta(minutes=minutes) - timedelta(seconds=1))
        assert client.get(page).status_code == 200
    clock.shift(timedelta(minutes=minutes))
    answer = client.get(page)
    assert answer.status_code == 302
    assert f"next={page.replace('/', '%2F')}" in answer["Location"]
    signing_in = client.get(answer["Location"])
    assert b"left alone too long" in signing_in.content


def test_a_session_ends_after_twelve_hours_however_active(cast: Cast, clock: Any) -> None:
    client, page = client_for(cast.manager), reverse("desk_patients")
    for _ in range(12 * 6 - 1):
        client.get(page)
        clock.shift(timedelta(minutes=10))
    assert client.get(page).status_code == 200
    clock.shift(timedelta(minutes=10))
    assert client.get(page).status_code == 302


def test_the_cookie_of_an_ended_session_opens_nothing(cast: Cast, clock: Any) -> None:
    client = client_for(cast.manager)
    client.get(reverse("desk_day"))
    old = client.cookies["sessionid"].value
    clock.shift(timedelta(minutes=16))
    client.get(reverse("desk_day"))
    thief = Client()
    thief.cookies["sessionid"] = old
    assert thief.get(reverse("desk_day")).status_code == 302


def test_signing_out_ends_the_session_on_the_server(cast: Cast) -> None:
    client = client_for(cast.manager)
    old = client.cookies["sessionid"].value
    assert client.get(reverse("desk_day")).status_code == 200
    client.post(reverse("account_logout"))
    thief = Client()
    thief.cookies["sessionid"] = old
    assert thief.get(reverse("desk_day")).status_code == 302


def test_still_here_keeps_a_session_alive_but_revives_none(cast: Cast, clock: Any) -> None:
    client, page = client_for(cast.manager), reverse("desk_day")
    client.get(page)
    clock.shift(timedelta(minutes=14))
    answer = client.post("/still-here/")
    assert answer.status_code == 204
    assert answer["Session-Ends-At"] == (timezone.now() + timedelta(minutes=15)).isoformat()
    back = client.post("/still-here/", {"next": page})
    assert back["Location"] == page
    assert client.post("/still-here/", {"next": "//evil.example/"}).status_code == 204
    clock.shift(timedelta(minutes=15))
    assert client.post("/still-here/").status_code == 403
    assert Client().post("/still-here/").status_code == 403
    assert client.get("/still-here/").status_code == 405


def test_every_page_carries_the_end_of_its_session(cast: Cast, clock: Any) -> None:
    client = client_for(cast.manager)
    client.get(reverse("desk_day"))
    context = client.get(reverse("desk_day")).context
    assert context["session_ends_at"] == timezone.now() + timedelta(minutes=15)
    assert Client().get("/").context["session_ends_at"] is None


# --- What was typed -----------------------------------------------------------------------------


def test_a_note_sent_too_late_is_not_stored_and_leads_back(cast: Cast, clock: Any) -> None:
    client = client_for(cast.manager)
    page = reverse("desk_new", args=[cast.patient.pk])
    client.get(page)
    clock.shift(timedelta(minutes=20))
    note = {"early_reason": "Called twice, wants mornings"}
    late = client.post(page, note, headers={"referer": f"http://testserver{page}"})
    assert late.status_code == 403
    assert f"next={page.replace('/', '%2F')}" in late.content.decode()
    assert not cast.patient.appointments.exists()


def test_nobody_is_led_back_to_the_page_of_another_site(cast: Cast) -> None:
    page = reverse("desk_new", args=[cast.patient.pk])
    late = Client().post(page, {}, headers={"referer": "https://evil.example/x"})
    assert late.status_code == 403
    assert b"evil" not in late.content


def test_a_page_of_answers_is_saved_before_its_session_ends(cast: Cast, clock: Any) -> None:
    client = start()
    clock.shift(timedelta(minutes=61))
    answer = client.post("/intake/safety/", SAFE)
    assert answer.status_code == 200
    assert b"This page is saved" in answer.content
    intake = Intake.objects.get()
    assert intake.saved_sections == ["safety"]
    assert client.get("/intake/birth/")["Location"] == reverse("intake_closed")


def test_an_urgent_answer_in_an_ended_session_still_shows_what_to_do(
    cast: Cast, clock: Any
) -> None:
    client = start()
    clock.shift(timedelta(hours=13))
    urgent = {**SAFE, "safety_emergency": "chest_pain"}
    answer = client.post("/intake/safety/", urgent)
    assert answer["Location"] == reverse("intake_emergency")
    assert b"911" in client.get(answer["Location"]).content
    assert UrgentCall.objects.count() == 1


def test_a_form_in_an_ended_session_is_saved_and_never_a_patients_for_others(
    cast: Cast, clock: Any
) -> None:
    client = start()
    clock.shift(timedelta(minutes=61))
    assert client.post("/intake/", CONSENT).status_code == 302
    assert client.get("/book/").status_code == 302


# --- Access taken away -------------------------------------------------------------------------


def test_a_disabled_user_is_signed_out_with_the_next_request(cast: Cast) -> None:
    client = client_for(cast.manager)
    assert client.get(reverse("desk_day")).status_code == 200
    cast.manager.is_active = False
    cast.manager.save()
    assert client.get(reverse("desk_day")).status_code == 302


def test_a_role_that_was_taken_away_opens_nothing(cast: Cast) -> None:
    user = cast.clinician.user
    assert user is not None
    client = client_for(user)
    assert client.get(reverse("review_queue")).status_code == 200
    cast.clinician.user = None
    cast.clinician.save()
    assert client.get(reverse("review_queue")).status_code == 403


def test_raising_the_epoch_ends_every_session(cast: Cast) -> None:
    clients = [client_for(cast.manager), client_for(cast.manager)]
    cast.manager.end_sessions()
    for client in clients:
        assert client.get(reverse("desk_day")).status_code == 302
    assert client_for(cast.manager).get(reverse("desk_day")).status_code == 200
