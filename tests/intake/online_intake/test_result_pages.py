"""What a patient reads after sending: one order about running, and what explains it."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from intake.models import Intake
from tests.factories import make_clinician, make_offer
from tests.intake.online_intake.test_flow import PAGES, SAFE, birth, post, start
from tests.intake.posting import whole_page

pytestmark = pytest.mark.django_db

WAIT = (
    "Running and jumping: please wait until you have heard from us. Easy walking is fine if it "
    "feels good."
)
LINES = (
    WAIT,
    "Please stick to walking and rest until you have heard from us.",
    "Running: stay where you are, or take a step back, until runs feel easy.",
    "Running: keep it short and easy.",
)


@pytest.fixture(autouse=True)
def the_clinic(settings: Any) -> None:
    settings.LIMITS = {**settings.LIMITS, "intake_starts": (1000, 600)}
    make_offer()
    make_clinician()


def sent(weeks: int = 20, **changed: Any) -> Client:
    """Send a form, all quiet but for these fields."""
    client = start()
    pages = {"safety": SAFE, "birth": birth(weeks), **dict(PAGES)}
    for slug, answers in pages.items():
        mine = {name: value for name, value in changed.items() if name in OF[slug]}
        whole = whole_page(slug, {**answers, **mine})
        # Twice: the first post may bring up a follow-up, which the second one answers.
        post(client, slug, whole)
        post(client, slug, whole)
    assert client.post("/intake/check/")["Location"] == "/intake/result/"
    return client


OF = {
    "safety": ("safety_mind",),
    "birth": ("bg_delivery", "bg_tear"),
    "running": ("bg_running",),
    "leaking": ("leak_when", "leak_frequency", "leak_amount", "leak_bother"),
    "heaviness": (),
    "pain": (),
    "ready": ("ready_load", "ready_run_response"),
    "care": (),
}


def text_of(client: Client, path: str = "/intake/result/") -> str:
    body = client.get(path).content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", body.split("<main")[1]).split())


def lines_on(page: str) -> list[str]:
    return [line for line in LINES for _ in range(page.count(line))]


RUNS_EARLY = {
    "bg_running": "walk_run", "ready_load": "impact_symptoms", "ready_run_response": "settles",
    "leak_when": "cough", "leak_frequency": "weekly", "leak_amount": "drops", "leak_bother": "2",
}  # fmt: skip


def test_nine_weeks_running_with_small_leaks_reads_one_order() -> None:
    client = sent(9, bg_delivery="assisted", **RUNS_EARLY)
    assert Intake.objects.get().level == "caution"
    for path in ("/intake/result/", "/intake/summary/"):
        page = text_of(client, path)
        assert lines_on(page) == [WAIT]
        assert page.index(WAIT) < page.index("Forceps or vacuum births can strain")
        for weaker in ("Stay at this level", "short and easy", "Hold off on running", "Until then"):
            assert weaker not in page
        assert "Some people run this early. A check now helps." in page
        assert "this program" not in page


def test_running_at_five_weeks_waits_until_she_has_heard_from_us() -> None:
    page = text_of(sent(5, bg_running="walk_run", ready_run_response="fine"))
    assert "Let’s see you before you run" in page
    assert "A clinician will look at your answers within one working day: by " in page
    assert lines_on(page) == [WAIT]
    assert "Your body is still in early healing." in page
    for other in ("until then", "until we have seen you", "Walk-run stages"):
        assert other not in page


def test_a_red_form_that_says_nothing_of_running_waits_too() -> None:
    page = text_of(sent(safety_mind="prefer_not"))
    assert lines_on(page) == [WAIT]
    assert "A clinician will check in with you in private." in page


def test_run_ready_that_is_offered_may_be_named() -> None:
    page = text_of(sent(ready_load="impact_symptoms", bg_running="paused"))
    assert "Run Ready fits you well" in page
    assert "Symptoms with impact are what this program is made for." in page
    assert lines_on(page) == [WAIT]


def test_who_is_well_reads_no_order() -> None:
    page = text_of(sent(bg_running="paused"))
    assert lines_on(page) == []


def test_an_urgent_result_shows_none_once_the_call_was_made() -> None:
    client = sent(9, **RUNS_EARLY)
    due = timezone.now()
    intake = Intake.objects.get()
    intake.level, intake.next_step = "urgent", "emergency"
    intake.queue, intake.review_due_at = "urgent", due
    intake.save()
    assert lines_on(text_of(client)) == []
