"""The three main journeys of a patient, in a real browser on a telephone."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from booking.models import Appointment
from clinic.messages.delivery.sending import send_due
from clinic.models.messages import Email
from intake.episodes.due_times import today
from intake.models import Intake, UrgentCall
from intake.online_intake import views_start
from intake.questionnaire.definition import CHECKIN, INTAKE
from intake.questionnaire.section import field_name
from tests.factories import PASSWORD, make_clinician, make_offer
from tests.intake.samples import checkin, heavy, hurting, intake, leaking, running

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def the_clinic(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # This browser fills in the contact page as fast as a program, which has to prove its mailbox.
    monkeypatch.setattr(views_start, "FASTEST_SECONDS", 0)
    settings.LIMITS = {**settings.LIMITS, "intake_starts": (1000, 600), "hold_sets": (1000, 600)}
    make_offer()
    make_clinician(name="Dr. Nora Keane")


def begin(page: Page, *, slowly: float = 0) -> None:
    """Begin the questions; with `slowly` take so many seconds for the contact page."""
    page.goto("/")
    page.get_by_role("link", name="Start the questions").click()
    for words in ("I am 18 or older", "may keep my answers", "may e-mail and call me"):
        page.get_by_text(words).click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Your name").fill("Pat Example")
    page.get_by_label("E-mail").fill("pat@example.test")
    page.get_by_label("Phone").fill("781 555 0133")
    for part, value in (("Month", "5"), ("Day", "4"), ("Year", "1992")):
        page.get_by_label(part, exact=True).fill(value)
    page.wait_for_timeout(slowly * 1000)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Safety check")


def choose(page: Page, question: str, *choices: str) -> None:
    group = page.locator(f"#div_id_{question}")
    for one in choices:
        group.get_by_text(one, exact=True).click()


def go_on(page: Page) -> None:
    page.get_by_role("button", name="Continue").click()


# An answer to every required question, whatever the other answers are.
QUIET = intake(leaking(), heavy(), hurting(), running()) | checkin(
    {"ci.leak_frequency": "monthly", "ci.heavy_frequency": "monthly"}
)


def answer_the_rest(page: Page, *, but: str = "") -> None:
    """Answer the required questions of the page that are still open, except `but`.

    So a new question does not break the journeys.
    """
    unanswered = page.locator("[id^=div_id_]").evaluate_all(
        """groups => groups
            .filter(group => ![...group.querySelectorAll("input, textarea")].some(
                one => one.type === "radio" || one.type === "checkbox" ? one.checked : one.value))
            .map(group => group.id.slice("div_id_".length))"""
    )
    for question in (*INTAKE.questions, *CHECKIN.questions):
        name = field_name(question.id)
        if name not in unanswered or name == but or not question.required:
            continue
        answer = QUIET[question.id]
        if question.choices or question.kind == "scale":
            for one in answer if isinstance(answer, list) else [answer]:
                page.locator(f"#div_id_{name} input[value='{one}']").check(force=True)
        else:
            page.locator(f"#id_{name}").fill(str(answer))


def answer_to_the_end(page: Page, *, tear: str, leaks: bool) -> None:
    answer_safely(page)
    go_on(page)
    answer_from_birth(page, tear=tear, leaks=leaks)


def answer_safely(page: Page) -> None:
    for question in ("safety_emergency", "safety_body", "safety_mind"):
        choose(page, question, "None of these")
    answer_the_rest(page)


def answer_from_birth(page: Page, *, tear: str, leaks: bool) -> None:
    answer_birth(page, tear=tear)
    choose(page, "bg_running", "I ran before, but have not restarted since birth")
    answer_the_rest(page)
    go_on(page)
    answer_symptoms(page, leaks=leaks)
    go_on(page)
    page.get_by_role("button", name=re.compile("^Send (to the clinic|for the patient)")).click()


def answer_birth(page: Page, *, tear: str) -> None:
    day = today(timezone.now()) - timedelta(weeks=20)
    for part, value in (("Month", day.month), ("Day", day.day), ("Year", day.year)):
        page.get_by_label(part, exact=True).fill(str(value))
    choose(page, "bg_delivery", "Vaginal birth")
    choose(page, "bg_clearance", "I can go back to exercise")
    choose(page, "bg_bleeding", "My period is back. No other bleeding")
    choose(page, "bg_history", "None of these")
    choose(page, "bg_now", "None of these")
    answer_the_rest(page, but="bg_tear")
    go_on(page)
    choose(page, "bg_tear", tear)
    answer_the_rest(page)
    go_on(page)


def answer_symptoms(page: Page, *, leaks: bool) -> None:
    if leaks:
        choose(page, "leak_when", "Pee: when I cough, laugh, or sneeze")
        answer_the_rest(page)
        go_on(page)
        choose(page, "leak_frequency", "About once a week")
        choose(page, "leak_amount", "A few drops or a small stain")
        page.locator("#id_leak_bother_3").check()
    else:
        choose(page, "leak_when", "I have not leaked")
    answer_the_rest(page)
    go_on(page)
    choose(page, "heavy_frequency", "Never")
    answer_the_rest(page)
    go_on(page)
    choose(page, "pain_areas", "No pain")
    answer_the_rest(page)
    go_on(page)
    choose(
        page, "ready_load",
        "I can walk fast for 30 minutes, and it feels fine. I have not tried jogging or jumping",
    )  # fmt: skip
    page.locator("#id_ready_sleep").fill("7")
    choose(page, "ready_energy", "None of these")
    choose(page, "ready_mood", "Not at all")
    page.locator("#id_ready_worry_2").check()
    answer_the_rest(page)
    go_on(page)


def book_first_time(page: Page) -> None:
    page.locator(".times .form-check-input").first.check()
    page.get_by_role("button", name="Hold this time").click()
    page.get_by_role("button", name="Book this visit").click()
    # Nobody has proven that the e-mail is hers yet.
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Almost done: confirm your visit by mail"
    )


def test_mild_leaking_leads_to_run_ready_and_its_first_visit(
    page: Page, axe: Callable[[Page], None]
) -> None:
    begin(page)
    axe(page)
    answer_to_the_end(page, tear="No", leaks=True)
    expect(page.get_by_role("heading", level=1)).to_have_text("Run Ready fits you well")
    expect(page.get_by_text("Leaks like this are common and treatable")).to_be_visible()
    axe(page)
    page.get_by_role("link", name="See Run Ready").click()
    page.get_by_role("button", name="Join Run Ready").click()
    page.get_by_role("link", name="Choose a time for visit 1").click()
    axe(page)
    book_first_time(page)
    assert Appointment.objects.get(status="booked").visit_number == 1
    assert send_due() >= 1
    assert Email.objects.get(kind="confirmation").status == "sent"


def test_a_severe_tear_waits_for_a_clinician_who_opens_the_package(
    page: Page, open_page: Callable[..., Page], axe: Callable[[Page], None]
) -> None:
    begin(page)
    answer_to_the_end(page, tear="Yes, a 3rd or 4th degree tear", leaks=False)
    expect(page.get_by_role("heading", level=1)).to_have_text("Let’s see you before you run")
    page.goto("/book/run-ready/")
    expect(page.get_by_text("if a clinician agrees after reading your answers")).to_be_visible()
    page.goto("/book/evaluation/")
    book_first_time(page)

    desk = open_page((1280, 900))
    desk.goto("/review/")
    desk.get_by_label("Email").fill("clinician@example.test")
    desk.get_by_label("Password").fill(PASSWORD)
    desk.get_by_role("button", name="Sign in", exact=True).click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("Review")
    axe(desk)
    desk.get_by_role("link", name="Open the next one").click()
    expect(desk.get_by_role("heading", name="Tear into the anal sphincter")).to_be_visible()
    expect(desk.get_by_text("R-TEAR-SEVERE", exact=True)).to_be_visible()
    axe(desk)
    desk.get_by_label("Reviewed", exact=True).check()
    desk.get_by_role("button", name="Sign and open the next").click()
    expect(desk.get_by_text("is signed")).to_be_visible()
    assert Intake.objects.get().decided_at is not None

    page.goto("/book/run-ready/")
    expect(page.get_by_role("button", name="Join Run Ready")).to_be_visible()


def test_chest_pain_on_the_first_page_shows_help_at_once(
    page: Page, axe: Callable[[Page], None]
) -> None:
    begin(page)
    choose(
        page,
        "safety_emergency",
        "Chest pain, or a heart that races or pounds and will not slow down",
    )
    go_on(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Call 911 now")
    axe(page)
    assert UrgentCall.objects.get().rules == ["U-CHEST"]
    page.get_by_role("button", name="I’m getting help").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your answers are saved")


def test_a_question_page_runs_no_script_but_the_idle_warning(page: Page) -> None:
    begin(page)
    scripts = page.locator("script").evaluate_all("all => all.map(one => one.src)")
    assert [re.sub(r".*/clinic/idle(\.\w+)?\.js$", "idle", one) for one in scripts] == ["idle"]
    assert len(page.request.get(scripts[0]).body()) <= 1024
    assert not re.search(r"\son[a-z]+=|javascript:", page.content())
