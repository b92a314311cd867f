"""What is open stays open, in a real browser: the patient at her phone, the clinic at its desk."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from intake.models import Concern, Intake, Task
from tests.cast import Cast, make_cast
from tests.factories import PASSWORD
from tests.intake.review.reviewing import TORN, make_intake, opened
from tests.journeys.test_browser import answer_to_the_end, begin, choose, go_on

pytestmark = pytest.mark.django_db(transaction=True)

OpenPage = Callable[..., Page]
Axe = Callable[[Page], None]
WIDE, PHONE = (1280, 900), (390, 844)
WELL = {"care.note": ""}
EVALUATION, BOTH = ("evaluation",), ("evaluation", "run_ready")


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def desk(open_page: OpenPage) -> Callable[..., Page]:
    """Return a function that signs somebody of the staff in on this page."""

    def sign_in(path: str, email: str, size: tuple[int, int] = WIDE) -> Page:
        page = open_page(size)
        page.goto(path)
        page.get_by_label("Email").fill(email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        return page

    return sign_in


def sign(page: Page) -> None:
    page.get_by_role("button", name="Sign and open the next").click()


def sent(**answers: Any) -> Intake:
    return make_intake(now=timezone.now(), **{**WELL, **answers})


def try_once(page: Page, words: str) -> None:
    page.get_by_text(words, exact=True).click()
    page.get_by_role("button", name="Record the try").click()
    expect(page.get_by_text("The try is recorded.")).to_be_visible()


def test_a_held_tear_stays_held_when_she_fills_in_the_form_again(
    cast: Cast, page: Page, desk: Callable[..., Page], settings: Any, axe: Axe
) -> None:
    settings.LIMITS = {**settings.LIMITS, "intake_starts": (1000, 600)}
    begin(page)
    answer_to_the_end(page, tear="Yes, a 3rd or 4th degree tear", leaks=False)
    expect(page.get_by_role("heading", level=1)).to_have_text("Let’s see you before you run")
    first = Intake.objects.get()

    clinician = desk(f"/review/{first.pk}/", "clinician@example.test")
    flag = clinician.locator("article.flag.is-red")
    flag.get_by_text("Impact held", exact=True).click()
    flag.get_by_label("Reason").fill("No impact until examined")
    sign(clinician)
    expect(clinician.get_by_text("is signed")).to_be_visible()

    second = make_intake(patient=first.patient, now=timezone.now(), **WELL)
    assert (second.level, opened(first.patient)) == ("clear", EVALUATION)
    clinician.goto("/review/?tab=held")
    expect(clinician.locator("tbody tr")).to_have_count(1)
    clinician.goto(f"/review/{second.pk}/")
    still_open = clinician.get_by_role("region", name="Still open from other forms")
    expect(still_open.get_by_text("not mentioned on")).to_be_visible()
    axe(clinician)
    still_open.get_by_role("link").click()
    axe(clinician)
    expect(clinician.get_by_text("No impact until examined")).to_be_visible()
    clinician.get_by_text("Reviewed", exact=True).click()
    clinician.get_by_role("button", name="Mark", exact=True).click()
    expect(clinician.get_by_text("What may be booked follows from it.")).to_be_visible()
    assert opened(first.patient) == BOTH


def test_the_page_she_sees_after_a_clear_form_says_what_is_still_open(
    cast: Cast, page: Page, settings: Any, axe: Axe
) -> None:
    settings.LIMITS = {**settings.LIMITS, "intake_starts": (1000, 600)}
    begin(page)
    answer_to_the_end(page, tear="Yes, a 3rd or 4th degree tear", leaks=False)
    page.get_by_role("button", name="Change my answers").click()
    page.get_by_role("link", name="Change your answer about tearing").or_(
        page.locator("a[href*='birth']")
    ).first.click()
    choose(page, "bg_tear", "No")
    go_on(page)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Something you told us before is still open")).to_be_visible()
    expect(page.get_by_text("please wait until you have heard from us")).to_be_visible()
    expect(page.get_by_role("link", name="See Run Ready")).to_have_count(0)
    axe(page)


@pytest.mark.parametrize("size", [WIDE, PHONE])
def test_self_harm_is_unreached_after_one_try_and_over_once_a_clinician_spoke_with_her(
    cast: Cast, desk: Callable[..., Page], axe: Axe, size: tuple[int, int]
) -> None:
    intake = sent(**{"safety.mind": ["self_harm"]})
    task = Task.objects.get(kind="urgent_call")
    path = f"/review/tasks/{task.pk}/"
    manager = desk(path, "manager@example.test", size)
    axe(manager)
    try_once(manager, "No answer")
    expect(manager.get_by_role("heading", name="She was not reached")).to_be_visible()
    expect(manager.get_by_text("Only a clinician can end this task")).to_be_visible()
    try_once(manager, "Left a message")
    axe(manager)
    assert opened(intake.patient) == ()

    clinician = desk(path, "clinician@example.test", size)
    expect(clinician.get_by_text("Left a message").first).to_be_visible()
    clinician.get_by_text("Spoke with her", exact=True).click()
    clinician.get_by_role("button", name="Record the outcome").click()
    expect(clinician.get_by_role("button", name="Take it back")).to_be_visible()
    assert opened(intake.patient) == ()

    clinician.goto(f"/review/{intake.pk}/")
    clinician.locator("article.flag.is-urgent").get_by_text("Reviewed", exact=True).click()
    sign(clinician)
    expect(clinician.get_by_text("is signed")).to_be_visible()
    assert opened(intake.patient) == BOTH


def test_a_promised_check_in_is_closed_by_contact_only(
    cast: Cast, desk: Callable[..., Page]
) -> None:
    intake = sent(**{"safety.mind": ["prefer_not"]})
    clinician = desk(f"/review/{intake.pk}/", "clinician@example.test")
    clinician.locator("article.flag.is-red").get_by_text("Reviewed", exact=True).click()
    sign(clinician)
    expect(clinician.get_by_text("Record what came of it first").first).to_be_visible()
    assert not intake.decisions.exists()
    clinician.get_by_role("link", name="Check in with her in private").click()
    clinician.get_by_text("She declined", exact=True).click()
    clinician.get_by_role("button", name="Record the outcome").click()
    expect(clinician.get_by_text("Write down what she said").first).to_be_visible()
    clinician.get_by_role("textbox", name="Note", exact=True).fill("“I am fine, thank you.”")
    clinician.get_by_role("button", name="Record the outcome").click()
    expect(clinician.get_by_role("button", name="Take it back")).to_be_visible()
    clinician.goto(f"/review/{intake.pk}/")
    clinician.locator("article.flag.is-red").get_by_text("Reviewed", exact=True).click()
    sign(clinician)
    expect(clinician.get_by_text("is signed")).to_be_visible()
    assert opened(intake.patient) == BOTH


def test_a_declined_patients_fresh_form_opens_nothing_until_that_is_taken_back(
    cast: Cast, desk: Callable[..., Page]
) -> None:
    first = sent(**TORN)
    clinician = desk(f"/review/{first.pk}/", "clinician@example.test")
    clinician.locator("article.flag.is-red").get_by_text("Reviewed", exact=True).click()
    clinician.get_by_text("Decline", exact=True).click()
    clinician.get_by_label("Note for the team").fill("She needs a hospital.")
    sign(clinician)
    expect(clinician.get_by_text("is signed")).to_be_visible()
    second = make_intake(patient=first.patient, now=timezone.now(), **WELL)
    assert opened(first.patient) == ()
    clinician.goto(f"/review/{second.pk}/")
    expect(clinician.get_by_text("The patient is declined.")).to_be_visible()
    clinician.get_by_text("Take the decline back", exact=True).click()
    sign(clinician)
    expect(clinician.get_by_text("is signed")).to_be_visible()
    assert opened(first.patient) == BOTH
    assert not Concern.objects.open().exists()
