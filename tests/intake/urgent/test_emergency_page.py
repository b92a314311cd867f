"""The emergency page: what to do, whom to call, what to say, and by when we call."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client

from intake.models import Task
from tests.factories import make_clinician, make_offer
from tests.intake.online_intake.test_flow import start

pytestmark = pytest.mark.django_db

# Sunday, November 29, 2026, noon in New York: the clinic opens on Monday at 8:00.
SUNDAY = datetime(2026, 11, 29, 17, tzinfo=UTC)


@pytest.fixture(autouse=True)
def sunday(settings: Any) -> Iterator[Any]:
    settings.LIMITS = {**settings.LIMITS, "intake_starts": (1000, 600)}
    # Nobody is signed out while the clock is moved.
    settings.SESSION_IDLE_MINUTES = {"patient": 99_999, "staff": 99_999}
    settings.SESSION_TOTAL_HOURS = 999
    settings.SESSION_COOKIE_AGE = 99_999_999
    make_offer()
    make_clinician()
    with time_machine.travel(SUNDAY, tick=True) as clock:
        yield clock


def ticked(**answers: Any) -> tuple[Client, str]:
    client = start()
    page = client.post("/intake/safety/", answers, follow=True).content.decode()
    return client, page


def words_of(page: str) -> str:
    text = re.sub(r"<[^>]+>", "", page.split("<main")[1].split("</main>")[0])
    return " ".join(text.split())


def links_of(page: str) -> list[str]:
    return re.findall(
        r'href="((?:tel|sms|https):[^"]*)"', page.split("<main")[1].split("</main>")[0]
    )


NUMBER = re.compile(r"\b911\b|\b988\b|\b1?-?[0-9]{3}-[0-9]{3}-[0-9]{4}\b|\b1-833-TLC-MAMA\b")
EVERYTHING = {
    "safety_emergency": ["chest_pain", "breathing"], "safety_body": ["leg", "breast"],
    "safety_mind": ["self_harm", "baby_harm"],
}  # fmt: skip


@pytest.mark.parametrize(
    "answers",
    [
        {"safety_emergency": "chest_pain"}, {"safety_body": "leg"}, {"safety_body": "fever"},
        {"safety_mind": "self_harm"}, EVERYTHING,
    ],
    ids=str,
)  # fmt: skip
def test_every_number_is_a_link_and_there_is_one_first_heading(answers: dict[str, Any]) -> None:
    _, page = ticked(**answers)
    main = page.split("<main")[1].split("</body>")[0]
    outside = re.sub(r"<a\b.*?</a>", "", main, flags=re.DOTALL)
    assert NUMBER.findall(re.sub(r"<[^>]+>", " ", outside)) == []
    assert page.count("<h1") == 1
    assert "<script" not in page


def test_a_crisis_is_thanked_first_in_the_calm_color_and_can_be_texted() -> None:
    _, page = ticked(safety_mind="self_harm")
    assert 'class="emergency is-calm"' in page
    assert 'class="emergency"' not in page
    words = words_of(page)
    assert words.index("Thank you for telling us.") < words.index("You deserve support right now")
    assert "Please stop here" not in words
    links = links_of(page)
    assert links[:2] == ["tel:988", "sms:988"]
    for link in ("tel:911", "tel:+18338526262", "sms:+18338526262", "tel:+18337732445"):
        assert link in links


def test_a_body_in_danger_keeps_the_alarm_and_a_crisis_beside_it_stays_calm() -> None:
    _, page = ticked(**EVERYTHING)
    sections = re.findall(r'<section\s+class="(emergency[^"]*)"', page)
    assert sections == ["emergency", "emergency is-calm"]
    headings = re.findall(r"<h([12])\b.*?>(.*?)</h[12]>", page, re.DOTALL)
    assert [(level, re.sub(r"<[^>]+>", "", text).strip()) for level, text in headings[:2]] == [
        ("1", "Call 911 now"),
        ("2", "You deserve support right now"),
    ]


def test_the_emergency_room_comes_with_directions_first_and_911_second() -> None:
    _, page = ticked(safety_body="leg")
    assert links_of(page)[0].startswith("https://www.google.com/maps/search/?api=1&amp;query=")
    buttons = re.findall(r'<a\s+class="btn[^"]*"\s+href="([^"]*)"', page)
    assert buttons[1] == "tel:911"
    assert "Directions to the nearest ER" in words_of(page)


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        (
            {"safety_emergency": "breathing"},
            "Say: “I gave birth recently and I have trouble breathing.”",
        ),
        (
            {"safety_emergency": ["breathing", "chest_pain"], "safety_body": ["leg", "fever"]},
            "chest pain or a racing heart, trouble breathing and a swollen or sore leg or arm.”",
        ),
        (
            {"safety_body": "leg"},
            "Tell them: “I gave birth recently and I have a swollen or sore leg or arm.”",
        ),
        ({"safety_body": "fever"}, "Say: “I gave birth recently and I have a fever.”"),
    ],
    ids=str,
)
def test_the_sentence_to_say_names_up_to_three_signs(
    answers: dict[str, Any], sentence: str
) -> None:
    _, page = ticked(**answers)
    assert sentence in words_of(page)


def test_also_tell_them_names_the_sign_and_never_less_than_its_danger() -> None:
    _, page = ticked(safety_emergency="chest_pain", safety_body=["leg", "breast"])
    words = words_of(page)
    assert "You have a swollen or sore leg or arm: this also needs the emergency room." in words
    assert (
        "You have a hot red breast and feeling sick: this also needs your OB or midwife today."
    ) in words
    # A fever with a bad discharge needs the emergency room: nothing says that a midwife would do.
    _, page = ticked(safety_body=["fever", "bad_discharge"])
    assert "Go to the emergency room now" in words_of(page)
    assert "also needs your OB or midwife" not in words_of(page)


def test_the_time_of_the_call_is_the_due_time_that_is_stored_with_its_weekday(
    sunday: Any,
) -> None:
    client, page = ticked(safety_emergency="chest_pain")
    # Typed another time than any rule would give: the page reads what is stored.
    Task.objects.update(due_at=datetime(2026, 11, 30, 14, 41, tzinfo=UTC))
    told = "We will call you by Monday, November 30, 9:41 am EST."
    assert told in words_of(client.get("/intake/emergency/").content.decode())
    assert client.post("/intake/emergency/", {"answer": "help"})["Location"] == "/intake/help/"
    after = client.get("/intake/help/").content.decode()
    assert told in words_of(after)
    assert {"tel:911", "tel:988", "sms:988"} <= set(links_of(after))
    assert "we keep them for 30 days" in words_of(after)
    sunday.move_to(datetime(2026, 11, 30, 14, 50, tzinfo=UTC))
    late = words_of(client.get("/intake/help/").content.decode())
    assert "We meant to call you by Monday, November 30, 9:41 am EST." in late
    assert "within 2 hours" not in page + after


def test_the_page_for_help_stands_without_a_session() -> None:
    page = Client().get("/intake/help/")
    assert page.status_code == 200
    assert {"tel:911", "tel:988", "sms:988"} <= set(links_of(page.content.decode()))
    assert "We will call you by" not in page.content.decode()
