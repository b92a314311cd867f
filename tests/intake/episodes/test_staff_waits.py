"""The bar of an open staff page, which asks by itself what waits and when the session ends."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from clinic.models.audit import AuditEvent
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW
from tests.intake.review.reviewing import CANARY, FEVERISH, make_intake

pytestmark = pytest.mark.django_db

BAR = "/staff/waits/"
UNATTENDED = {"X-Unattended": "1", "HX-Request": "true"}


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def desk(cast: Cast, clock: Any) -> Client:
    client = client_for(cast.manager)
    assert client.get(reverse("desk_lists")).status_code == 200
    return client


def bar(client: Client, **headers: Any) -> str:
    answer = client.get(BAR, headers=headers.get("headers", UNATTENDED))
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_urgent_answer_is_in_the_bar_the_next_time_the_page_asks(
    desk: Client, clock: Any
) -> None:
    assert "urgent" not in bar(desk)
    intake = make_intake(**FEVERISH)
    text = bar(desk)
    assert "1 urgent call" in text
    assert reverse("task_list") in text
    assert not [word for word in (CANARY, "Ina", str(intake.pk), "fever") if word in text]
    for _ in range(12):
        assert "overdue" not in bar(desk, headers={})
        clock.shift(timedelta(minutes=10))
    assert "1 urgent call overdue" in bar(desk)


def test_the_page_and_the_bar_say_the_same(desk: Client) -> None:
    make_intake(**FEVERISH)
    page = desk.get(reverse("desk_lists")).content.decode()
    assert bar(desk).strip() in page


def test_a_page_that_asks_by_itself_extends_no_session_and_a_press_does(
    desk: Client, clock: Any
) -> None:
    clock.shift(timedelta(minutes=11, seconds=59))
    assert "signed out" not in bar(desk).split(">", 1)[1]
    clock.shift(timedelta(seconds=1))
    assert "You will be signed out at 9:15 am" in bar(desk)
    clock.shift(timedelta(minutes=2))
    assert "You will be signed out at" in bar(desk)
    assert "You will be signed out at" not in bar(desk, headers={})
    clock.shift(timedelta(minutes=14))
    assert "You will be signed out at 9:29 am" in bar(desk)
    clock.shift(timedelta(minutes=1))
    answer = desk.get(BAR, headers=UNATTENDED)
    assert answer.status_code == 204
    assert "signed-out" in answer["HX-Trigger"]
    assert desk.get(BAR)["Location"].startswith(reverse("account_login"))


def test_at_the_end_of_twelve_hours_no_button_offers_more_time(desk: Client, clock: Any) -> None:
    for _ in range(71):
        clock.shift(timedelta(minutes=10))
        desk.get(BAR)
    clock.shift(timedelta(minutes=8))
    text = bar(desk, headers={})
    assert "signed out at 9:00 pm, whatever you do" in text
    assert "<button" not in text


def test_an_unchanged_bar_is_not_sent_again(desk: Client) -> None:
    [headers] = re.findall(r'id="waits"[^>]* hx-headers="([^"]*)"', bar(desk))
    sent = {**json.loads(unescape(headers)), "HX-Request": "true"}
    assert desk.get(BAR, headers=sent).status_code == 304
    make_intake(**FEVERISH)
    assert "1 urgent call" in bar(desk, headers=sent)


def test_reading_the_counts_is_no_audit_event(desk: Client) -> None:
    make_intake(**FEVERISH)
    before = AuditEvent.objects.count()
    bar(desk)
    assert AuditEvent.objects.count() == before
