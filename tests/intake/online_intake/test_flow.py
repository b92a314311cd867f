"""The questionnaire in a browser: saved page by page, urgent answers first, judged when sent."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from booking.models import Referral
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.models.audit import AuditEvent
from clinic.models.messages import Email
from clinic.models.people import Clinician, Patient
from intake.concerns.tasks import close_task
from intake.episodes.due_times import today
from intake.models import Intake, UrgentCall
from intake.review.decisions import Marking, Verdict, sign_decision
from tests.factories import make_appointment, make_clinician, make_offer, make_patient
from tests.intake.posting import whole_page
from tests.racing import race

pytestmark = pytest.mark.django_db

CONSENT = {"adult": "on", "record": "on", "contact": "on"}
CONTACT = {
    "name": "Pat Example", "email": "pat@example.test", "phone": "781 555 0133",
    "born_on_month": "5", "born_on_day": "4", "born_on_year": "1992",
}  # fmt: skip
SAFE = whole_page(
    "safety", {"safety_emergency": "none", "safety_body": "none", "safety_mind": "none"}
)


def birth(weeks: int = 20) -> dict[str, str]:
    day = today(timezone.now()) - timedelta(weeks=weeks)
    typed = {
        "bg_birth_date_month": str(day.month), "bg_birth_date_day": str(day.day),
        "bg_birth_date_year": str(day.year), "bg_delivery": "vaginal", "bg_tear": "none",
        "bg_clearance": "yes", "bg_bleeding": "period", "bg_history": "none", "bg_now": "none",
    }  # fmt: skip
    return whole_page("birth", typed)


TYPED: list[tuple[str, dict[str, Any]]] = [
    ("running", {"bg_running": "paused"}),
    ("leaking", {"leak_when": "none"}),
    ("heaviness", {"heavy_frequency": "never"}),
    ("pain", {"pain_areas": "none"}),
    ("ready", {"ready_load": "walk30", "ready_sleep": "7", "ready_energy": "none",
               "ready_mood": "never", "ready_worry": "2"}),
    ("care", {"care_note": ""}),
]  # fmt: skip
PAGES = [(slug, whole_page(slug, typed)) for slug, typed in TYPED]


@pytest.fixture(autouse=True)
def what_is_sold(settings: Any) -> None:
    settings.LIMITS = {**settings.LIMITS, "intake_starts": (1000, 600)}
    make_offer()
    make_clinician()


def start(client: Client | None = None, **contact: str) -> Client:
    client = client or Client()
    client.post("/intake/", CONSENT)
    page = client.get("/intake/contact/").content.decode()
    stamp = re.search(r'name="stamp" value="(.*?)"', page)
    assert stamp
    client.post("/intake/contact/", {**CONTACT, **contact, "stamp": stamp.group(1)})
    return client


def post(client: Client, slug: str, answers: dict[str, Any]) -> Any:
    page = client.get(f"/intake/{slug}/").content.decode()
    shown = re.findall(r'name="shown" value="(.*?)"', page)
    return client.post(f"/intake/{slug}/", {**answers, "shown": shown})


def fill(client: Client, **changed: dict[str, Any]) -> Client:
    pages = [("safety", SAFE), ("birth", birth()), *PAGES]
    for slug, usual in pages:
        answers = whole_page(slug, {**usual, **changed.get(slug, {})})
        # Twice: the second time answers what the first one brought up.
        post(client, slug, answers)
        post(client, slug, answers)
    return client


def send(client: Client) -> Any:
    page = client.get("/intake/check/")
    assert page.status_code == 200, page["Location"]
    key = re.search(r'name="form_key" value="(.*?)"', page.content.decode())
    assert key
    return client.post("/intake/check/", {"form_key": key.group(1)})


def test_a_clear_form_leads_all_the_way_to_the_package() -> None:
    client = fill(start())
    assert send(client)["Location"] == "/intake/result/"
    assert b"Run Ready fits you well" in client.get("/intake/result/").content
    intake = Intake.objects.get()
    assert (intake.level, intake.next_step) == ("clear", "run_ready")
    assert Referral.objects.current().get().run_ready_opens_on == intake.as_of
    assert client.get("/book/run-ready/").status_code == 200


def test_a_severe_tear_is_red_queued_and_opens_the_evaluation_only() -> None:
    client = fill(start(), birth={"bg_tear": "severe"})
    send(client)
    intake = Intake.objects.get()
    assert (intake.level, intake.queue, intake.decided_at) == ("red", "red", None)
    assert intake.flags.get(level="red").rule == "R-TEAR-SEVERE"
    page = client.get("/intake/result/").content.decode()
    assert "A tear like this goes into the muscle" in page
    assert client.get("/book/evaluation/").status_code == 200
    refused = client.get("/book/run-ready/")
    assert refused.status_code == 409
    assert b"if a clinician agrees" in refused.content
    assert client.post("/book/run-ready/").status_code == 409
    assert Email.objects.filter(kind="read_by").count() == 1


def test_chest_pain_shows_help_at_once_though_the_page_is_incomplete() -> None:
    client = start()
    response = client.post("/intake/safety/", {"safety_emergency": "chest_pain"}, follow=True)
    page = response.content.decode()
    assert "Call 911 now" in page
    assert "chest pain or a racing heart" in page
    call = UrgentCall.objects.get()
    assert call.rules == ["U-CHEST"]
    assert call.answers["safety.emergency"] == ["chest_pain"]
    assert Email.objects.filter(kind="call_now").exists()
    assert Referral.objects.current().get().stops_self_booking
    assert client.get("/intake/birth/")["Location"] == "/intake/emergency/"
    assert client.get("/intake/check/")["Location"] == "/intake/emergency/"
    assert client.get("/book/evaluation/").status_code == 409


def test_a_mistake_is_corrected_and_the_trail_waits_for_a_clinician() -> None:
    client = start()
    client.post("/intake/safety/", {"safety_emergency": "chest_pain"})
    back = client.post("/intake/emergency/", {"answer": "mistake"})
    assert back["Location"] == "/intake/safety/"
    fill(client)
    call = UrgentCall.objects.get()
    assert call.changed_answers["safety.emergency"] == ["none"]
    assert call.changed_at is not None
    assert call.task.is_open
    draft = Intake.objects.get()
    assert (draft.queue, draft.has_unreviewed_change) == ("red", True)
    send(client)
    referral = Referral.objects.current().get()
    assert referral.evaluation_opens_on is not None
    assert referral.run_ready_opens_on is None


def test_headache_with_swelling_becomes_one_call_to_911() -> None:
    client = start()
    page = client.post(
        "/intake/safety/", {"safety_emergency": "headache", "safety_body": "swelling"}, follow=True
    )
    assert b"Call 911 now" in page.content
    assert "U-PREECLAMPSIA" in UrgentCall.objects.get().rules


def test_thoughts_of_self_harm_show_the_whole_crisis_block() -> None:
    page = start().post("/intake/safety/", {"safety_mind": "self_harm"}, follow=True)
    text = page.content.decode()
    assert "You deserve support right now" in text
    assert "1-833-852-6262" in text
    assert "833-773-2445" in text


def test_help_is_shown_without_a_session_and_when_saving_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    urgent = {"safety_emergency": "chest_pain"}
    assert b"Call 911 now" in Client().post("/intake/safety/", urgent).content
    client = start()

    def down(**kwargs: Any) -> None:
        raise OperationalError

    monkeypatch.setattr("intake.online_intake.views.save_section", down)
    page = client.post("/intake/safety/", urgent)
    assert b"Call 911 now" in page.content
    assert b"could not save" in page.content


def test_help_is_shown_when_the_database_is_down_before_the_view(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def down(*args: Any, **kwargs: Any) -> None:
        raise OperationalError

    monkeypatch.setattr("clinic.sign_in.session_store.SessionStore.load", down)
    client = Client(raise_request_exception=False)
    client.cookies["sessionid"] = "anything"
    page = client.post("/intake/safety/", {"safety_emergency": "chest_pain"})
    assert b"Call 911 now" in page.content


def test_a_refused_form_still_answers_an_emergency() -> None:
    client = Client(enforce_csrf_checks=True)
    page = client.post("/intake/safety/", {"safety_emergency": "chest_pain"})
    assert page.status_code == 403
    assert b"Call 911 now" in page.content
    calm = client.post("/intake/safety/", SAFE)
    assert calm.status_code == 403
    assert b"Call 911 now" not in calm.content
    assert b"tel:911" in calm.content


def test_over_the_limit_the_page_still_carries_the_emergency_lines(settings: Any) -> None:
    settings.LIMITS = {**settings.LIMITS, "intake_starts": (0, 600)}
    client = Client()
    client.post("/intake/", CONSENT)
    client.get("/intake/contact/")
    page = client.post("/intake/contact/", CONTACT)
    assert page.status_code == 429
    assert page["Retry-After"]
    assert b"tel:988" in page.content


def test_a_follow_up_appears_before_going_on_and_is_never_skipped() -> None:
    client = start()
    for slug, answers in [("safety", SAFE), ("birth", birth()), ("birth", birth())]:
        post(client, slug, answers)
    pages = dict(PAGES)
    post(client, "running", pages["running"])
    leaks = {**pages["leaking"], "leak_when": "cough"}
    again = post(client, "leaking", leaks)
    assert again["Location"] == "/intake/leaking/#div_id_leak_frequency"
    missing = post(client, "leaking", leaks)
    assert missing.status_code == 422
    assert client.get("/intake/pain/")["Location"] == "/intake/leaking/"


def test_what_was_typed_stays_and_the_summary_names_the_problem() -> None:
    client = start()
    post(client, "safety", SAFE)
    page = post(client, "birth", {**birth(), "bg_birth_date_year": "2099"})
    text = page.content.decode()
    assert page.status_code == 422
    assert "<title>Error:" in text
    assert 'value="2099"' in text
    assert "There is a problem" in text


def test_each_item_of_the_summary_names_its_question() -> None:
    page = start().post("/intake/safety/", {}).content.decode()
    summary = page[page.index("There is a problem") : page.index("<h1>")]
    items = re.findall(r"<li>\s*<a[^>]*>(.*?)</a>", summary, re.DOTALL)
    assert len(items) == len(set(items)) == 3
    assert all("Check at least one" in one and "?" in one for one in items)


def test_a_change_leads_back_to_the_check_page_also_after_an_error() -> None:
    client = fill(start())
    page = client.get("/intake/check/").content.decode()
    assert 'href="/intake/running/?from=check#div_id_bg_running"' in page
    changing = client.get("/intake/running/?from=check")
    assert b'class="back" href="/intake/check/"' in changing.content
    wrong = client.post("/intake/running/", {"from": "check"})
    assert wrong.status_code == 422
    assert b'name="from" value="check"' in wrong.content
    assert b'class="back" href="/intake/check/"' in wrong.content
    assert post(client, "running", {"bg_running": "paused"})["Location"] == "/intake/check/"


def test_a_change_that_brings_up_a_question_leads_straight_to_it() -> None:
    client = fill(start())
    assert post(client, "running", {"bg_running": "running"})["Location"] == "/intake/ready/"
    assert client.get("/intake/check/")["Location"] == "/intake/ready/"


def test_an_urgent_answer_stops_visits_already_booked_until_its_call_is_closed() -> None:
    client = start()
    patient = Patient.objects.get()
    visit = make_appointment(
        patient=patient,
        clinician=Clinician.objects.get(),
        starts_at=timezone.now() + timedelta(days=3),
    )
    client.post("/intake/safety/", {"safety_emergency": "chest_pain"})
    visit.refresh_from_db()
    assert visit.attention == "stop"
    draft, call = Intake.objects.get(), UrgentCall.objects.get()
    caller = Clinician.objects.get().user
    assert caller
    close_task(
        task_id=call.task_id,
        outcome="seen",
        note="",
        by=caller,
        context=Context(SYSTEM, timezone.now()),
    )
    visit.refresh_from_db()
    assert visit.attention == "stop"
    draft.refresh_from_db()
    sign_decision(
        intake_id=draft.pk,
        version=draft.version,
        verdict=Verdict({"U-CHEST": Marking("reviewed")}, "none"),
        clinician=caller,
        context=Context(SYSTEM, timezone.now()),
    )
    visit.refresh_from_db()
    assert visit.attention == ""


def test_the_pages_of_an_urgent_answer_stay_closed_until_she_says_it_was_a_mistake() -> None:
    client = start()
    client.post("/intake/safety/", {"safety_emergency": "chest_pain"})
    assert client.get("/intake/safety/")["Location"] == "/intake/emergency/"
    client.post("/intake/emergency/", {"answer": "mistake"})
    assert client.get("/intake/safety/").status_code == 200
    client.post("/intake/safety/", {"safety_emergency": "chest_pain"})
    assert client.get("/intake/safety/")["Location"] == "/intake/emergency/"
    assert AuditEvent.objects.filter(action="says it was ticked by mistake").count() == 1


@pytest.mark.parametrize(
    ("slug", "answers"),
    [
        ("safety", {"safety_emergency": "chest_pains"}),
        (
            "safety",
            {
                "safety_emergency": ["chest_pains", "none"],
            },
        ),
        ("birth", {**birth(), "bg_delivery": "stork"}),
        ("birth", {**birth(), "bg_birth_date_month": "13"}),
        ("birth", {**birth(), "bg_birth_date_day": "x"}),
    ],
)
def test_bad_input_is_a_message_and_nothing_is_taken_for_none(
    slug: str, answers: dict[str, Any]
) -> None:
    client = start()
    if slug == "birth":
        post(client, "safety", SAFE)
    assert post(client, slug, answers).status_code == 422


def test_a_note_over_the_limit_is_refused_with_the_number_and_nul_is_no_input() -> None:
    client = start()
    fill(client)
    page = post(client, "care", {"care_note": "x" * 10_001})
    assert page.status_code == 422
    assert b"10000" in page.content.replace(b",", b"")
    assert post(client, "care", {"care_note": "x" * 10_000}).status_code == 302
    assert post(client, "care", {"care_note": "a\x00b"}).status_code == 400
    assert post(client, "care", {"care_note": "x" * 1_100_000}).status_code in (400, 413)


def test_every_page_survives_the_end_of_the_browser_and_reloads() -> None:
    client = start()
    post(client, "safety", SAFE)
    post(client, "birth", birth())
    page = client.get("/intake/birth/").content.decode()
    assert re.search(r'value="vaginal" id="\w+" checked', page)
    assert Intake.objects.get().raw["bg.delivery"] == "vaginal"


def test_a_known_email_makes_a_row_of_its_own_and_tells_nothing() -> None:
    make_patient(email="pat@example.test")
    client = start()
    row = Patient.objects.exclude(born_on=None).order_by("-created_at").first()
    assert Patient.objects.filter(email="pat@example.test").count() == 2
    assert row is not None
    assert row.is_unmatched
    assert b"known" not in client.get("/intake/safety/").content


@pytest.mark.parametrize(
    ("year", "to"), [("2012", "/intake/under-18/"), ("1992", "/intake/safety/")]
)
def test_children_are_told_to_call_and_nothing_is_stored(year: str, to: str) -> None:
    client = Client()
    client.post("/intake/", CONSENT)
    client.get("/intake/contact/")
    response = client.post("/intake/contact/", {**CONTACT, "born_on_year": year})
    assert response["Location"] == to
    assert Intake.objects.exists() == (to == "/intake/safety/")


def test_a_machine_is_set_aside_but_judged_all_the_same() -> None:
    client = start(website="https://spam.example")
    assert Intake.objects.get().set_aside
    page = client.post("/intake/safety/", {"safety_emergency": "chest_pain"}, follow=True)
    assert b"Call 911 now" in page.content


def test_a_judgment_that_fails_is_never_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    client = fill(start())

    def broken(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("intake.intakes.sending.evaluate_intake", broken)
    send(client)
    assert Intake.objects.get().level == "red"
    assert Referral.objects.current().get().run_ready_opens_on is None
    assert client.get("/intake/result/").status_code == 200


def test_after_sending_nothing_can_be_sent_or_changed_again() -> None:
    client = fill(start())
    send(client)
    for path in ("/intake/check/", "/intake/birth/"):
        page = client.get(path)
        assert page.status_code == 200
        assert b"were sent already" in page.content
    assert client.post("/intake/running/", {"bg_running": "new"})["Location"] == "/intake/result/"


@pytest.mark.django_db(transaction=True)
@pytest.mark.promises
def test_sending_twenty_times_at_once_makes_one_intake() -> None:
    client = fill(start())
    page = client.get("/intake/check/").content.decode()
    key = re.search(r'name="form_key" value="(.*?)"', page)
    assert key
    form = {"form_key": key.group(1)}

    def act(_: int) -> Any:
        twin = Client(raise_request_exception=False)
        twin.cookies = client.cookies
        return twin.post("/intake/check/", form)

    answers = race(20, act)
    assert {(one.status_code, one["Location"]) for one in answers} == {(302, "/intake/result/")}
    assert Intake.objects.sent().count() == 1
    assert Referral.objects.filter(superseded_at=None).count() == 1
    assert Referral.objects.count() == 1


def test_a_question_page_asks_the_database_little(django_assert_max_num_queries: Any) -> None:
    client = start()
    with django_assert_max_num_queries(10):
        client.get("/intake/safety/")
