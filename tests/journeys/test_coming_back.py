"""Stop, resume on another device, correct, and answer the desk on the telephone."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import Page, expect

from clinic.messages.delivery.sending import send_due
from intake.models import Intake, UrgentCall
from tests.factories import PASSWORD, make_clinician, make_manager, make_offer, make_patient
from tests.intake.review.reviewing import opened
from tests.journeys.test_browser import (
    answer_birth,
    answer_from_birth,
    answer_safely,
    answer_symptoms,
    begin,
    choose,
    go_on,
)

pytestmark = pytest.mark.django_db(transaction=True)

OpenPage = Callable[..., Page]
Axe = Callable[[Page], None]
CHEST = "Chest pain, or a heart that races or pounds and will not slow down"
WIDE = (1280, 900)


@pytest.fixture(autouse=True)
def the_clinic(settings: Any) -> None:
    settings.LIMITS = {**settings.LIMITS, "intake_starts": (1000, 600)}
    make_offer()
    make_clinician(name="Dr. Nora Keane")
    make_manager()


def sign_in(page: Page, path: str, email: str) -> Page:
    page.goto(path)
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    return page


def title(page: Page, words: str | re.Pattern[str]) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def mailed_link() -> str:
    send_due(now=timezone.now())
    bodies = [str(one.body) for one in mail.outbox if "your link to go on" in one.subject]
    return re.findall(r"/l/[\w-]{32}", bodies[-1])[-1]


def give_birth_date(page: Page) -> None:
    for part, value in (("Month", "5"), ("Day", "4"), ("Year", "1992")):
        page.get_by_label(part, exact=True).fill(value)
    page.get_by_role("button", name="Open my answers").click()


def sign(page: Page, *, reviewed: bool = False) -> None:
    if reviewed:
        page.locator("article.flag.is-red").get_by_text("Reviewed", exact=True).click()
    if page.get_by_text("I have looked at the changed answer").count():
        page.get_by_text("I have looked at the changed answer").click()
    page.get_by_role("button", name="Sign and open the next").click()
    expect(page.get_by_text("is signed")).to_be_visible()


def test_paused_on_the_phone_resumed_elsewhere_corrected_sent_changed_and_reviewed_again(
    page: Page, open_page: OpenPage, axe: Axe
) -> None:
    begin(page)
    choose(page, "safety_emergency", CHEST)
    go_on(page)
    title(page, "Call 911 now")
    page.get_by_role("button", name="I ticked that by mistake").click()
    choose(page, "safety_emergency", CHEST)
    answer_safely(page)
    go_on(page)
    title(page, "Birth and healing")
    choose(page, "bg_delivery", "Vaginal birth")
    page.get_by_role("button", name="Save and come back later").click()
    title(page, "Your answers are saved")
    axe(page)
    page.get_by_role("button", name="Mail me the link").click()
    expect(page.get_by_text("The link is on its way to pat@example.test.")).to_be_visible()

    laptop = open_page(WIDE)
    laptop.goto(mailed_link())
    title(laptop, "Go on where you stopped")
    expect(laptop.get_by_text("Section 2 of 8")).to_be_visible()
    assert "Vaginal" not in laptop.content()
    axe(laptop)
    give_birth_date(laptop)
    title(laptop, "Birth and healing")
    expect(laptop.get_by_label("Vaginal birth", exact=True)).to_be_checked()
    answer_from_birth(laptop, tear="No", leaks=False)
    title(laptop, "Let’s see you before you run")
    expect(laptop.get_by_text("You changed an answer")).to_be_visible()
    axe(laptop)
    first, patient = Intake.objects.get(), UrgentCall.objects.get().patient
    assert (first.level, opened(patient)) == ("clear", ("evaluation",))

    desk = sign_in(open_page(WIDE), "/review/tasks/?tab=calls", "clinician@example.test")
    desk.get_by_role("link", name="Open", exact=True).click()
    axe(desk)
    desk.get_by_text("Spoke with her").click()
    desk.get_by_role("button", name="Record the outcome").click()
    expect(desk.get_by_role("button", name="Take it back")).to_be_visible()
    axe(desk)
    desk.goto(f"/review/{first.pk}/")
    expect(desk.get_by_role("heading", name="Urgent answer changed by patient")).to_be_visible()
    expect(desk.locator("mark").filter(has_text="Chest pain").first).to_be_visible()
    desk.locator("article.flag.is-urgent").get_by_text("Reviewed", exact=True).click()
    sign(desk)
    assert opened(patient) == ("evaluation", "run_ready")

    laptop.goto("/intake/result/")
    laptop.get_by_role("button", name="Change my answers").click()
    expect(laptop.get_by_text("You are changing what you sent")).to_be_visible()
    axe(laptop)
    laptop.get_by_role("link", name=re.compile("^Change .*tear", re.I)).click()
    choose(laptop, "bg_tear", "Yes, a 3rd or 4th degree tear")
    go_on(laptop)
    title(laptop, "Check your answers and send them")
    laptop.get_by_role("button", name="Send to the clinic").click()
    title(laptop, "Let’s see you before you run")
    assert opened(patient) == ("evaluation",)
    laptop.get_by_role("link", name="See and print what you sent").click()
    axe(laptop)

    second = Intake.objects.exclude(pk=first.pk).get()
    assert (second.replaces, second.level) == (first, "red")
    desk.goto(f"/review/{second.pk}/")
    expect(desk.get_by_text("R-TEAR-SEVERE", exact=True).first).to_be_visible()
    sign(desk, reviewed=True)
    assert opened(patient) == ("evaluation", "run_ready")
    first.refresh_from_db()
    assert first.level == "clear"


def test_an_idle_page_warns_stays_open_by_one_press_and_saves_what_was_typed(
    page: Page, axe: Axe
) -> None:
    page.clock.install()
    begin(page)
    choose(page, "safety_body", "None of these")
    warning = page.get_by_text("In about 3 minutes this page closes")
    page.clock.fast_forward("56:00")
    expect(warning).to_be_hidden()
    page.clock.fast_forward("01:05")
    expect(warning).to_be_visible()
    axe(page)
    page.get_by_role("button", name="I’m still here").click()
    expect(page.locator("#id_safety_body_0, [name=safety_body][value=none]").last).to_be_checked()
    expect(warning).to_be_hidden()
    choose(page, "safety_mind", "None of these")
    page.clock.fast_forward("59:50")
    title(page, "Your answers are kept")
    axe(page)
    raw = Intake.objects.get().raw
    assert raw == {"safety.body": ["none"], "safety.mind": ["none"]}


def test_the_desk_asks_on_the_telephone_and_hears_of_an_emergency_first(
    open_page: OpenPage, axe: Axe
) -> None:
    patient = make_patient(email="", name="Tess Example", born_on=None)
    desk = sign_in(open_page(WIDE), f"/desk/patient/{patient.pk}/", "manager@example.test")
    desk.get_by_role("link", name="Questions on the telephone").click()
    axe(desk)
    for part, value in (("Month", "5"), ("Day", "4"), ("Year", "1992")):
        desk.get_by_label(part, exact=True).fill(value)
    for words in ("has given birth", "keeps and uses", "calls and e-mails"):
        desk.get_by_text(words).click()
    desk.get_by_role("button", name="Start the questions").click()
    title(desk, "Safety check")
    axe(desk)
    choose(desk, "safety_emergency", CHEST)
    go_on(desk)
    title(desk, "Tell the patient to call 911 now")
    axe(desk)
    desk.get_by_role("button", name="It was entered by mistake").click()
    choose(desk, "safety_emergency", CHEST)
    answer_safely(desk)
    go_on(desk)
    answer_birth(desk, tear="Yes, a 3rd or 4th degree tear")
    choose(desk, "bg_running", "I ran before, but have not restarted since birth")
    go_on(desk)
    answer_symptoms(desk, leaks=False)
    go_on(desk)
    title(desk, "Check your answers and send them")
    axe(desk)
    desk.get_by_role("button", name="Send for the patient").click()
    title(desk, "Tess Example")
    assert "degree tear" not in desk.content()
    axe(desk)
    assert Intake.objects.get().level == "red"
