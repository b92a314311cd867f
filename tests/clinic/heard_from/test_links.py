"""`?from=`: kept on the way to the form without a cookie; all but a code of ours is ignored."""

import logging
from datetime import date
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.heard_from import arriving
from clinic.models.practice import HeardFrom, LinkCount
from clinic.models.sign_in import StoredSession
from intake.models import Intake
from tests.factories import NOW, make_offer
from tests.intake.online_intake.test_flow import CONSENT, start

pytestmark = pytest.mark.django_db

CONTEXT = Context(SYSTEM, NOW)
# What a browser sends with a page that somebody opened by a camera, a message or another site.
OPENED = {"Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "none"}


@pytest.fixture
def club() -> HeardFrom:
    make_offer()
    return HeardFrom.objects.create(name="A running club", code="k7m4p")


@pytest.mark.parametrize("page", ["/", "/book/prices/", "/learn/", "/learn/leaking/"])
def test_a_public_page_carries_the_code_on_and_sets_no_cookie(club: HeardFrom, page: str) -> None:
    client = Client()
    answer = client.get(f"{page}?from=k7m4p&utm_source=elsewhere", headers=OPENED)
    text = answer.content.decode()
    assert 'href="/?from=k7m4p"' in text
    assert ('href="/intake/?from=k7m4p"' in text) == (page != "/learn/")
    assert "utm_source" not in text
    assert not answer.cookies
    assert StoredSession.objects.count() == 0


@pytest.mark.parametrize(
    "typed",
    [
        "", "zzzzz", "K7M4P", "k7m4", "k7m4pp", "check", "club-of-pain", "k7m4p ", "k7m4p\n", "'--",
        "<b>", "%00%ff", "ｋ7m4p", "k7m4p" * 400,
    ],
)  # fmt: skip
def test_whatever_is_no_code_of_ours_is_as_if_it_were_not_there(
    club: HeardFrom, typed: str
) -> None:
    answer = Client().get("/", {"from": typed}, headers=OPENED)
    assert answer.status_code == 200
    assert "from=" not in answer.content.decode()
    assert LinkCount.objects.count() == 0
    client = Client()
    client.post(f"/intake/?from={'a' * 5}", CONSENT)
    start(client)
    assert Intake.objects.get().came_by is None


def test_the_form_that_begins_keeps_whose_link_led_there(club: HeardFrom) -> None:
    client = Client()
    page = client.get("/intake/?from=k7m4p").content.decode()
    # Without an address of its own the form goes back to the one with the code.
    assert '<form method="post" novalidate>' in page
    refused = client.post("/intake/?from=k7m4p", {"adult": "on"})
    assert refused.status_code == 422
    client.post("/intake/?from=k7m4p", CONSENT)
    start(client)
    assert Intake.objects.get().came_by == club
    # Another form that begins in this browser did not come by it.
    assert "intake_came_by" not in client.session


def test_the_home_page_with_a_code_is_not_stored_by_anybody(club: HeardFrom) -> None:
    answer = Client().get("/?from=k7m4p")
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize(
    ("says", "counted"),
    [
        (OPENED, 1),
        ({**OPENED, "Sec-Fetch-Site": "cross-site"}, 1),
        ({**OPENED, "Sec-Fetch-Site": "same-origin"}, 0),
        ({**OPENED, "Sec-Purpose": "prefetch;prerender"}, 0),
        ({**OPENED, "Purpose": "prefetch"}, 0),
        ({**OPENED, "Sec-Fetch-Dest": "image"}, 0),
        ({}, 0),
    ],
)
@pytest.mark.parametrize("page", ["/", "/book/prices/", "/intake/"])
def test_opening_a_link_is_counted_and_following_one_is_not(
    club: HeardFrom, page: str, says: dict[str, str], counted: int
) -> None:
    other = HeardFrom.objects.create(name="A friend", code="bcdfg")
    with time_machine.travel("2026-12-01T03:00:00Z", tick=False):  # still November in New York
        for _ in range(2):
            Client().get(f"{page}?from=k7m4p", headers=says)
        Client().head(f"{page}?from=k7m4p", headers=says)
    rows = list(LinkCount.objects.values_list("heard_from", "month", "opened"))
    assert rows == ([(club.pk, date(2026, 11, 1), 2 * counted)] if counted else [])
    assert not LinkCount.objects.filter(heard_from=other).exists()


def test_no_page_fails_because_a_link_cannot_be_looked_up_or_counted(
    club: HeardFrom, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Away:
        def __getattr__(self, name: str) -> Any:
            raise DatabaseError(name)

    # Ours go to the output of the process alone, whatever ran before.
    monkeypatch.setattr(logging.getLogger("run_ready"), "propagate", True)
    monkeypatch.setattr(LinkCount, "objects", Away())
    assert Client().get("/?from=k7m4p", headers=OPENED).status_code == 200
    monkeypatch.setattr(arriving, "HeardFrom", type("Away", (), {"objects": Away()}))
    with caplog.at_level(logging.WARNING):
        answer = Client().get("/?from=k7m4p", headers=OPENED)
    assert answer.status_code == 200
    assert 'href="/intake/"' in answer.content.decode()
    assert "could not be looked up" in caplog.text


def test_what_has_not_the_shape_of_a_code_is_not_looked_up() -> None:
    with CaptureQueriesContext(connection) as seen:
        Client().get("/?from=nothing", headers=OPENED)
    assert [one["sql"] for one in seen if "heardfrom" in one["sql"]] == []
    with CaptureQueriesContext(connection) as seen:
        Client().get("/?from=zzzzz")
    assert len([one for one in seen if "heardfrom" in one["sql"]]) == 1
