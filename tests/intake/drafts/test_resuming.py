"""Leaving a draft and coming back by a mailed link and the date of birth."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from clinic.messages.asked import answer_all
from clinic.messages.delivery.sending import send_due
from clinic.messages.health_words import health_words
from clinic.models.audit import AuditEvent
from clinic.models.links import AccessLink, BirthDateTries
from clinic.models.messages import Email
from clinic.models.people import Patient
from intake.drafts.actions import erase_old_drafts
from intake.models import Intake, UrgentCall
from intake.questionnaire.answers import FINAL
from intake.questionnaire.progress import SECTIONS, answers_so_far, first_gap, section_after
from tests.factories import make_clinician, make_offer
from tests.intake.online_intake.test_flow import PAGES, SAFE, birth, fill, post, send, start
from tests.intake.samples import AS_OF
from tests.intake.strategies import UNTIMED, raw_answers

BORN = {"born_on_month": "5", "born_on_day": "4", "born_on_year": "1992"}
WRONG = {**BORN, "born_on_year": "1991"}
STEPS: list[tuple[str, dict[str, Any]]] = [("safety", SAFE), ("birth", birth()), *PAGES]
CHEST = {"safety_emergency": "chest_pain"}


@pytest.fixture
def clinic(db: None, settings: Any) -> None:
    settings.LIMITS = {**settings.LIMITS, "intake_starts": (1000, 600)}
    make_offer()
    make_clinician()


def link_of(client: Client) -> str:
    """Ask for a link on the page for it, and return the path that was mailed."""
    assert client.post("/intake/later/")["Location"] == "/intake/later/"
    return mailed()[-1]


def mailed() -> list[str]:
    """Send what is due, and return the paths of the links in all mails sent so far."""
    send_due(now=timezone.now())
    bodies = [str(one.body) for one in mail.outbox if "your link to go on" in one.subject]
    return [found for body in bodies for found in re.findall(r"/l/[\w-]{32}", body)]


def opened(link: str) -> tuple[Client, str]:
    """Open the link in another browser; return it and the clean address it leads to."""
    other = Client()
    answer = other.get(link)
    assert answer.status_code == 302
    return other, answer["Location"]


def come_back(link: str) -> Client:
    """Open the link in another browser, with the right date of birth."""
    other, page = opened(link)
    assert other.post(page, BORN).status_code == 302
    return other


# --- What is true of every draft ------------------------------------------------------------------


@given(raw_answers(), st.lists(st.sampled_from(sorted(SECTIONS)), unique=True))
@UNTIMED
def test_resuming_never_skips_a_required_question(raw: Any, saved: list[str]) -> None:
    answers = answers_so_far(raw, AS_OF)
    gap = first_gap(answers, saved)
    before = [one for one in SECTIONS.values() if gap is None or one.number < gap.number]
    assert all(one.slug in saved for one in before)
    missing = [q.id for one in before for q in one.questions if answers.missing(q.id, FINAL)]
    assert missing == []
    for section in before:
        following = section_after(section, answers, saved)
        assert (following is None) == (gap is None)
        assert following is None or gap is None or following.number <= gap.number


@pytest.mark.parametrize("count", range(len(STEPS) + 1))
def test_a_session_that_ends_at_any_page_loses_nothing(clinic: None, count: int) -> None:
    client = start()
    for slug, answers in STEPS[:count]:
        # Twice: the first post may bring up a follow-up, which the second one answers.
        post(client, slug, answers)
        post(client, slug, answers)
    saved = Intake.objects.get().raw
    link = link_of(client)
    client.cookies.clear()
    other, page = opened(link)
    landing = other.get(page).content.decode()
    where = f"Section {count + 1} of 8" if count < len(STEPS) else "All 8 sections are answered"
    assert where in landing
    target = other.post(page, BORN)["Location"]
    expected = f"/intake/{STEPS[count][0]}/" if count < len(STEPS) else "/intake/check/"
    assert target == expected
    assert other.get(target).status_code == 200
    assert Intake.objects.get().raw == saved


# --- Saving ---------------------------------------------------------------------------------------


def test_coming_back_later_saves_what_is_posted_without_asking_for_the_rest(clinic: None) -> None:
    client = start()
    answer = client.post("/intake/safety/", {"safety_body": "none", "later": "1"})
    assert answer["Location"] == "/intake/later/"
    draft = Intake.objects.get()
    assert (draft.raw, draft.saved_sections) == ({"safety.body": ["none"]}, [])
    page = client.get("/intake/later/").content.decode()
    assert "pat@example.test" in page
    assert "We keep them until" in page
    assert "works for 7 days" in page


@pytest.mark.parametrize("button", ["later", "stay", "ended"])
def test_no_button_comes_before_an_urgent_answer(clinic: None, button: str) -> None:
    client = start()
    answer = client.post("/intake/safety/", {**CHEST, button: "1"})
    assert answer["Location"] == "/intake/emergency/"
    assert UrgentCall.objects.count() == 1


def test_one_press_extends_the_session_and_its_end_saves_what_was_typed(
    clinic: None,
) -> None:
    client = start()
    page = client.get("/intake/safety/").content.decode()
    assert re.search(r'id="idle"[^>]* data-seconds="3[56]\d\d"', page)
    half = {"safety_body": "none"}
    assert client.post("/intake/safety/", {**half, "stay": "1"})["Location"] == "/intake/safety/"
    answer = client.post("/intake/safety/", {"safety_mind": "none", "ended": "1"})
    assert answer["Location"] == "/intake/closed/"
    assert Intake.objects.get().raw == {"safety.mind": ["none"]}
    assert client.get("/intake/safety/")["Location"] == "/intake/closed/"
    assert b"Your answers are kept" in client.get("/intake/closed/").content


# --- The link -------------------------------------------------------------------------------------


def test_the_mail_names_no_health_word_and_says_until_when(clinic: None) -> None:
    link_of(start())
    (message,) = mail.outbox
    text = f"{message.subject} {message.body} {message.alternatives[0][0]}"
    assert health_words(text) == []
    assert "works until" in text
    assert "is kept until" in text
    assert "Pat" not in text


def test_before_the_date_of_birth_no_answer_is_shown(clinic: None) -> None:
    client = start()
    post(client, "safety", SAFE)
    post(client, "birth", {**birth(), "bg_tear": "severe"})
    other, page = opened(link_of(client))
    landing = other.get(page).content.decode()
    assert "Section 2 of 8" in landing or "Section 3 of 8" in landing
    assert "tear" not in landing.lower()
    for path in ("/intake/birth/", "/intake/check/", "/intake/result/"):
        assert other.get(path)["Location"] == "/intake/closed/"


def test_five_wrong_dates_lock_for_a_quarter_of_an_hour_on_every_device(clinic: None) -> None:
    link = link_of(start())
    with time_machine.travel(timezone.now(), tick=False) as clock:
        pages = []
        for _ in range(5):
            other, page = opened(link)
            pages.append(other.post(page, WRONG))
        assert {one.status_code for one in pages} == {422}
        other, page = opened(link)
        locked = other.post(page, BORN)
        assert locked.status_code == 422
        words = [re.findall("This does not open.*?minutes", one.content.decode()) for one in pages]
        assert re.findall("This does not open.*?minutes", locked.content.decode()) == words[0]
        clock.shift(timedelta(minutes=14, seconds=59))
        assert other.post(page, BORN).status_code == 422
        clock.shift(timedelta(seconds=2))
        assert other.post(page, BORN).status_code == 302
    refused = AuditEvent.objects.filter(action="give date of birth", allowed=False)
    assert refused.filter(reason="wrong").count() == 5
    assert BirthDateTries.objects.get().wrong == 0


def test_a_new_link_gives_no_new_tries(clinic: None) -> None:
    client = start()
    other, page = opened(link_of(client))
    for _ in range(5):
        other.post(page, WRONG)
    other, page = opened(link_of(client))
    assert other.post(page, BORN).status_code == 422


def test_a_newer_link_closes_the_older_one_even_in_a_browser_that_has_it_open(clinic: None) -> None:
    client = start()
    old = link_of(client)
    reader, page = opened(old)
    new = link_of(client)
    assert Client().get(old).status_code == 404
    assert reader.get(page).status_code == 404
    assert reader.post(page, BORN).status_code == 404
    assert come_back(new).get("/intake/safety/").status_code == 200


def test_unknown_expired_and_replaced_links_show_one_page_that_offers_a_new_link(
    clinic: None,
) -> None:
    client = start()
    old = link_of(client)
    link_of(client)
    unknown = Client().get("/l/" + "a" * 43)
    assert unknown.status_code == 404
    assert b'href="/intake/link/"' in unknown.content
    assert Client().get(old).content == unknown.content
    newest = mailed()[-1]
    with time_machine.travel(timezone.now() + timedelta(days=7, seconds=1)):
        assert Client().get(newest).content == unknown.content
    foreign = Client().get(f"/intake/resume/{Intake.objects.get().pk}/")
    assert (foreign.status_code, foreign.content) == (404, unknown.content)


def state() -> dict[str, Any]:
    models = (Intake, Patient, UrgentCall, Email, AccessLink, BirthDateTries)
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


def test_opening_links_and_pages_changes_nothing(clinic: None) -> None:
    client = start()
    post(client, "safety", SAFE)
    link = link_of(client)
    before = state()
    for _ in range(3):
        for ask in ("get", "head"):
            other = Client()
            page = getattr(other, ask)(link)["Location"]
            assert getattr(other, ask)(page).status_code == 200
            for path in ("later", "link", "link/sent", "closed"):
                getattr(other, ask)(f"/intake/{path}/")
    assert state() == before
    come_back(link)


def test_after_sending_the_link_shows_that_it_arrived_and_nothing_else(clinic: None) -> None:
    client = fill(start(), birth={"bg_tear": "severe"})
    link = link_of(client)
    send(client)
    other, page = opened(link)
    text = other.get(page).content.decode()
    assert "They reached us on" in text
    assert "muscle" not in text
    assert other.post(page, BORN).status_code == 200
    for path in ("/intake/birth/", "/intake/result/"):
        assert other.get(path)["Location"] == "/intake/closed/"


def test_an_urgent_draft_comes_back_to_the_emergency_page_and_can_be_corrected(
    clinic: None,
) -> None:
    client = start()
    client.post("/intake/safety/", CHEST)
    client.post("/intake/emergency/", {"answer": "help"})
    Client().post("/intake/link/", {"email": "PAT@example.test"})
    other, page = opened(mailed()[-1])
    answer = other.post(page, BORN, follow=True)
    assert b"Call 911 now" in answer.content
    back = other.post("/intake/emergency/", {"answer": "mistake"})
    assert back["Location"] == "/intake/safety/"
    assert post(other, "safety", SAFE)["Location"] == "/intake/birth/"
    assert Intake.objects.get().has_unreviewed_change


# --- Asking for a link ----------------------------------------------------------------------------


def test_asking_for_a_link_says_the_same_to_everybody(clinic: None) -> None:
    start()
    pages = [
        Client().post("/intake/link/", {"email": address}, follow=True)
        for address in ("pat@example.test", "nobody@example.test")
    ]
    assert pages[0].redirect_chain == pages[1].redirect_chain
    assert pages[0].content == pages[1].content
    assert answer_all() == 2
    assert Email.objects.filter(kind="resume_link").count() == 1
    assert Client().post("/intake/link/", {"email": "no"}).status_code == 422


def test_a_hundred_requests_mail_three_links_an_hour_and_twenty_a_day(
    clinic: None, settings: Any
) -> None:
    settings.LIMITS = {
        **settings.LIMITS,
        "asked_from_one_place": (3, 3600),
        "asked_from_one_place_a_day": (20, 86_400),
    }
    morning = timezone.now().replace(hour=9, minute=0, second=0, microsecond=0)
    rows = Email.objects.filter(kind="resume_link")
    with time_machine.travel(morning, tick=False) as clock:
        client = start()
        answers = {client.post("/intake/later/")["Location"] for _ in range(50)}
        assert answers == {"/intake/later/"}
        for _ in range(50):
            Client().post("/intake/link/", {"email": "pat@example.test"})
        answer_all()
        assert rows.count() == 3
        for _ in range(9):
            clock.shift(timedelta(hours=1))
            for _ in range(3):
                Client().post("/intake/link/", {"email": "pat@example.test"})
        answer_all()
        assert rows.count() == 20
        clock.shift(timedelta(hours=15))
        Client().post("/intake/link/", {"email": "pat@example.test"})
        answer_all()
        assert rows.count() == 21


# --- Drafts nobody came back to -------------------------------------------------------------------


def test_old_drafts_are_erased_with_their_contact_and_urgent_ones_stay(clinic: None) -> None:
    client = start()
    link_of(client)
    urgent = start(email="urgent@example.test", phone="781 555 0134")
    urgent.post("/intake/safety/", CHEST)
    sent = fill(start(email="sent@example.test", phone="781 555 0135"))
    send(sent)
    opened(mailed()[-1])
    now = timezone.now()
    assert erase_old_drafts(now=now + timedelta(days=29)) == 0
    assert erase_old_drafts(now=now + timedelta(days=31)) == 1
    assert erase_old_drafts(now=now + timedelta(days=31)) == 0
    left = set(Patient.objects.values_list("email", flat=True))
    assert left == {"urgent@example.test", "sent@example.test"}
    assert Intake.objects.count() == 2
    assert AuditEvent.objects.filter(action="erase draft").count() == 1


def test_a_draft_of_a_known_patient_is_erased_and_she_stays(clinic: None) -> None:
    client = fill(start())
    send(client)
    patient = Patient.objects.get()
    now = timezone.now()
    Intake.objects.create(
        patient=patient, questionnaire_version="1.1", started_at=now, saved_at=now
    )
    assert erase_old_drafts(now=now + timedelta(days=31)) == 1
    assert Patient.objects.get() == patient
