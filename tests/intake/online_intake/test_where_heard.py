"""Where she heard of the clinic: asked once, at the end, and never in the way of sending."""

import re
from typing import Any

import pytest
from django.test import Client

from clinic.models.practice import HeardFrom
from intake.models import Intake
from intake.questionnaire.definition import INTAKE
from intake.whole_record.care import forms_part
from tests.factories import make_clinician, make_offer
from tests.intake.online_intake.test_flow import fill, start

pytestmark = pytest.mark.django_db

ASKS = "Where did you hear of us?"


@pytest.fixture(autouse=True)
def what_is_sold() -> None:
    make_offer()
    make_clinician()


@pytest.fixture
def club() -> HeardFrom:
    HeardFrom.objects.create(name="Flyer at the library", code="bcdfg", is_asked=False)
    return HeardFrom.objects.create(name="A running club", code="k7m4p")


def check_page(client: Client) -> str:
    return client.get("/intake/check/").content.decode()


def send(client: Client, **chosen: object) -> Any:
    key = re.search(r'name="form_key" value="(.*?)"', check_page(client))
    assert key
    return client.post("/intake/check/", {"form_key": key[1], **chosen})


def test_she_is_asked_at_the_end_and_her_choice_is_kept_with_the_form(club: HeardFrom) -> None:
    client = fill(start())
    page = check_page(client)
    offered = re.findall(r"<option[^>]*>(.*?)</option>", page)
    assert offered == ["Choose, or leave it out", "A running club"]
    assert page.rindex('class="answers"') < page.index(ASKS) < page.index("When you send this")
    assert send(client, heard_from=club.pk)["Location"] == "/intake/result/"
    form = Intake.objects.get()
    assert (form.heard_from, form.came_by) == (club, None)
    # No answer of hers, and nothing for a rule to read.
    assert "heard" not in str(form.raw) + str(form.answers)
    assert "heard" not in " ".join(one.id for page in INTAKE.sections for one in page.questions)


@pytest.mark.parametrize("typed", ["", "0", "x", "999999999999999999999", "not asked"])
def test_no_choice_and_a_false_one_send_the_form_all_the_same(club: HeardFrom, typed: str) -> None:
    if typed == "not asked":
        typed = str(HeardFrom.objects.get(is_asked=False).pk)
    client = fill(start())
    assert send(client, heard_from=typed)["Location"] == "/intake/result/"
    form = Intake.objects.get()
    assert form.sent_at is not None
    assert form.heard_from is None


def test_she_is_asked_once_and_not_when_she_changes_what_she_sent(club: HeardFrom) -> None:
    client = fill(start())
    send(client, heard_from=club.pk)
    client.post("/intake/change/")
    assert ASKS not in check_page(client)
    send(client, heard_from=HeardFrom.objects.get(is_asked=False).pk)
    newer = Intake.objects.sent().get(replaces__isnull=False)
    assert newer.heard_from is None
    assert newer.replaces is not None
    assert newer.replaces.heard_from == club


def test_without_a_place_to_choose_nothing_is_asked() -> None:
    assert ASKS not in check_page(fill(start()))


def test_her_own_record_says_what_she_said_and_by_which_link_she_came(club: HeardFrom) -> None:
    client = fill(start())
    send(client, heard_from=club.pk)
    form = Intake.objects.get()
    Intake.objects.filter(pk=form.pk).update(came_by=HeardFrom.objects.get(is_asked=False))
    part, _seen = forms_part(form.patient, form.started_at, with_team_notes=False)
    assert part.entries[0].notes == [
        "You heard of us here: A running club.",
        "You came by our link for: Flyer at the library.",
    ]
