"""The part beside the day: what there is to do, and who could have an earlier time now."""

import json
import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models.audit import AuditEvent
from clinic.models.people import Patient
from tests.booking.waitlist.test_waitlist import wish
from tests.booking.worklists.test_desk_lists import no_shows, person, visit
from tests.cast import Cast, client_for, make_cast
from tests.factories import make_referral

pytestmark = pytest.mark.django_db

BESIDE = "/desk/lists/beside/"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def desk(cast: Cast) -> Client:
    return client_for(cast.manager)


def ask(desk: Client, known: str = "") -> Any:
    headers = {"X-Unattended": "1", "If-None-Match": known, "HX-Request": "true"}
    return desk.get(BESIDE, headers=headers)


def sent_along(html: str) -> dict[str, str]:
    """Return the headers with which the page refreshes the lists."""
    [headers] = re.findall(r'id="beside"[^>]* hx-headers="([^"]*)"', html)
    sent: dict[str, str] = json.loads(unescape(headers))
    return sent


def waiting(*names: str) -> list[Patient]:
    made = [person(name) for name in names]
    for patient in made:
        make_referral(patient=patient, now=timezone.now())
        wish(patient, now=timezone.now())
    return made


def test_the_day_links_to_the_lists_without_a_script_too(desk: Client) -> None:
    page = desk.get("/desk/day/").content.decode()
    assert f'hx-get="{BESIDE}" hx-trigger="load, every 60s' in page
    beside = page.partition('id="beside"')[2]
    assert reverse("desk_lists") in beside


def test_an_idle_morning_says_so(desk: Client) -> None:
    page = ask(desk).content.decode()
    assert "Nothing waits." in page
    assert "Earlier times wanted" not in page


def test_only_lists_with_somebody_on_them_are_named_with_how_many(cast: Cast, desk: Client) -> None:
    no_shows(cast)
    person("Bounced", mail_bounced_at=timezone.now())
    visit(cast, Patient.objects.get(name="Bounced"), 9)
    page = ask(desk).content.decode()
    counted = {str(one.title): count for one, count in ask(desk).context["counted"]}
    assert counted["No-show to follow up"] == 1
    assert counted["Mail did not arrive"] == 1
    assert 0 not in counted.values()
    assert reverse("desk_list", args=["no-shows"]) in page
    assert "Waitlist" not in counted


def test_a_match_is_named_with_the_page_that_books_the_time(desk: Client) -> None:
    first, *_rest = waiting("Ada One", "Bea Two", "Cleo Three", "Dana Four", "Eva Five")
    page = ask(desk).content.decode()
    assert "Ada O." in page
    assert "Ada One" not in page
    assert reverse("desk_new", args=[first.pk]) in page
    assert "Eva F." not in page
    assert "1 more who waits" in page


def test_what_is_unchanged_is_neither_sent_nor_recorded_again(cast: Cast, desk: Client) -> None:
    [ada] = waiting("Ada One")
    known = sent_along(ask(desk).content.decode())["If-None-Match"]
    seen = AuditEvent.objects.filter(action="see list", reason="beside the calendar")
    assert [one.patient for one in seen] == [str(ada.pk)]
    assert ask(desk, known).status_code == 304
    assert seen.count() == 1
    [bea] = waiting("Bea Two")
    answer = ask(desk, known)
    assert answer.status_code == 200
    assert sent_along(answer.content.decode())["If-None-Match"] != known
    assert {one.patient for one in seen.all()} == {str(ada.pk), str(bea.pk)}
