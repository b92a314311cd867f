"""Clinicians at work in a real browser: two on one case, an undo, a flag by hand."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from intake.models import Intake
from tests.cast import Cast, make_cast
from tests.factories import PASSWORD, make_clinician
from tests.intake.review.reviewing import FEVERISH, TORN, make_intake, opened

pytestmark = pytest.mark.django_db(transaction=True)

OpenPage = Callable[..., Page]
Axe = Callable[[Page], None]


@pytest.fixture
def cast() -> Cast:
    cast = make_cast()
    make_clinician(email="second@example.test", name="Dr. Second")
    return cast


@pytest.fixture
def desk_of(open_page: OpenPage) -> OpenPage:
    """Return a function that signs a clinician in and opens the queue."""

    def open_queue(email: str, size: tuple[int, int] = (1280, 900), **context: Any) -> Page:
        page = open_page(size, **context)
        page.goto("/review/")
        page.get_by_label("Email").fill(email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Review")
        return page

    return open_queue


def sent(**answers: Any) -> Intake:
    return make_intake(now=timezone.now(), **answers)


def mark(page: Page, words: str, reason: str = "") -> None:
    flag = page.locator("article.flag.is-red")
    flag.get_by_text(words, exact=True).click()
    if reason:
        flag.get_by_label("Reason").fill(reason)


def sign(page: Page) -> None:
    page.get_by_role("button", name="Sign and open the next").click()


def test_the_second_of_two_clinicians_sees_the_decision_of_the_first(
    cast: Cast, desk_of: OpenPage, axe: Axe
) -> None:
    intake = sent(**TORN)
    first, second = desk_of("clinician@example.test"), desk_of("second@example.test", (390, 844))
    first.get_by_role("link", name="I.E.").click()
    axe(first)
    first.get_by_role("button", name="Start the review").click()
    expect(first.get_by_text("Yours until")).to_be_visible()
    second.get_by_role("link", name="I.E.").click()
    axe(second)
    expect(second.get_by_text("Dr. Test is reviewing this case until")).to_be_visible()
    mark(first, "Impact held", "Weak support")
    sign(first)
    expect(first.get_by_text("The decision for I.E. is signed.")).to_be_visible()
    axe(first)
    mark(second, "Reviewed")
    second.get_by_label("Note for the team").fill("Looks fine to me")
    sign(second)
    late = second.get_by_role("alert")
    expect(late).to_contain_text("Your decision was not signed")
    expect(late).to_contain_text("Dr. Test signed one")
    expect(late).to_contain_text("Weak support")
    expect(second.get_by_label("Note for the team")).to_have_value("Looks fine to me")
    axe(second)
    assert opened(intake.patient) == ("evaluation",)


def test_a_decision_is_undone_by_keyboard_without_script_and_signed_again(
    cast: Cast, desk_of: OpenPage
) -> None:
    intake = sent(**TORN)
    page = desk_of("clinician@example.test", java_script_enabled=False)
    page.get_by_role("link", name="Open the next one").click()
    mark(page, "Reviewed")
    page.get_by_role("button", name="Show what this opens and says").click()
    expect(page.locator("#told")).to_contain_text("You can book Run Ready, or a single evaluation")
    sign(page)
    assert opened(intake.patient) == ("evaluation", "run_ready")
    page.get_by_role("button", name="Undo").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("The decision is withdrawn. Nothing was mailed.")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ina Example")
    assert opened(intake.patient) == ("evaluation",)
    mark(page, "Referred out", "To the surgeon")
    sign(page)
    assert opened(intake.patient) == ("evaluation",)


def test_a_flag_by_hand_and_a_take_over_change_what_counts(
    cast: Cast, desk_of: OpenPage, axe: Axe
) -> None:
    intake = sent()
    page = desk_of("clinician@example.test", (390, 844))
    page.get_by_role("link", name="I.E.").click()
    page.get_by_role("button", name="Start the review").click()
    page.get_by_role("link", name="Add a flag by hand").click()
    axe(page)
    page.get_by_text("Red", exact=True).click()
    page.get_by_text("Pain", exact=True).click()
    page.get_by_label("What you saw").fill("Limped into the room")
    page.get_by_role("button", name="Add the flag").click()
    expect(page.get_by_role("alert")).to_contain_text("Say why it matters.")
    page.get_by_label("Why it matters").fill("May be a stress injury")
    page.get_by_role("button", name="Add the flag").click()
    expect(page.get_by_text("Added by hand")).to_be_visible()
    axe(page)
    assert opened(intake.patient) == ("evaluation",)

    other = desk_of("second@example.test")
    other.get_by_role("link", name="I.E.").click()
    other.get_by_role("link", name="Take it over").click()
    axe(other)
    other.get_by_label("Why you take it over").fill("I know her")
    other.get_by_role("button", name="Take it over").click()
    mark(page, "Reviewed")
    sign(page)
    expect(page.get_by_role("alert")).to_contain_text("Dr. Second took the case over")
    expect(page.get_by_role("alert")).to_contain_text("I know her")
    mark(other, "Reviewed")
    sign(other)
    assert opened(intake.patient) == ("evaluation", "run_ready")


def test_the_bar_with_undo_covers_no_mark_and_can_be_closed(
    cast: Cast, desk_of: OpenPage, axe: Axe
) -> None:
    for _ in range(2):
        sent(**TORN, **{"bg.now": ["unhealed", "lump"], "bg.history": ["clot"]})
    # Without a script too: the bar's own form closes it.
    for context in ({}, {"java_script_enabled": False}):
        page = desk_of("clinician@example.test", (1280, 900), **context)
        page.get_by_role("link", name="Open the next one").click()
        for one in page.locator("article.flag.is-red").all():
            one.get_by_text("Reviewed", exact=True).click()
        sign(page)
        bar = page.get_by_role("dialog", name="Signed")
        expect(bar).to_contain_text("The decision for I.E. is signed.")
        if not context:
            axe(page)
            for label in page.locator("article.flag.is-red label").all():
                label.scroll_into_view_if_needed()
                assert not overlap(bar, label)
        bar.get_by_role("button", name="Close").click()
        expect(bar).to_be_hidden()


def overlap(one: Locator, other: Locator) -> bool:
    """Tell whether two elements cover each other where the page is scrolled to."""
    a, b = one.bounding_box(), other.bounding_box()
    assert a is not None
    assert b is not None
    return (
        a["x"] < b["x"] + b["width"]
        and b["x"] < a["x"] + a["width"]
        and a["y"] < b["y"] + b["height"]
        and b["y"] < a["y"] + a["height"]
    )


def test_the_queue_is_accessible_with_everything_in_it(
    cast: Cast, desk_of: OpenPage, axe: Axe
) -> None:
    make_intake(**FEVERISH)
    sent(**TORN)
    make_intake(send=False, name="Una Draft", **FEVERISH)
    Intake.objects.filter(queue="urgent").update(review_due_at=timezone.now())
    for size in ((390, 844), (1280, 900)):
        page = desk_of("clinician@example.test", size)
        axe(page)
        for name in ("Unclaimed", "Mine", "Held"):
            page.get_by_role("link", name=name).click()
            axe(page)
