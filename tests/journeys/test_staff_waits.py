"""A staff page left open: alarms reach it, the session's end is announced, typed words stay."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.cast import Cast, make_cast
from tests.intake.review.reviewing import FEVERISH, make_intake
from tests.journeys.test_calendar import desk

pytestmark = pytest.mark.django_db(transaction=True)

OpenPage = Callable[..., Page]
MINUTE = 66_000
SIGN_IN = re.compile("/accounts/login/")


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def page(cast: Cast, open_page: OpenPage, live_server: Any) -> Page:
    page = desk(open_page, cast.manager, live_server)
    page.clock.install()
    page.goto(f"/desk/patient/{cast.patient.pk}/contact/")
    expect(page.locator("#id_name")).to_be_visible()
    return page


def end_session(page: Page) -> None:
    page.context.clear_cookies(name="sessionid")


def test_an_urgent_answer_reaches_a_page_that_stays_open(
    page: Page, axe: Callable[[Page], None]
) -> None:
    page.locator("#id_name").fill("Half a na")
    call = page.get_by_role("link", name="1 urgent call")
    expect(call).to_have_count(0)
    make_intake(**FEVERISH)
    page.clock.run_for(MINUTE)
    expect(call).to_be_visible()
    expect(page.locator("[aria-live=polite] > #waits")).to_have_count(1)
    expect(page.locator("#id_name")).to_be_focused()
    expect(page.locator("#id_name")).to_have_value("Half a na")
    axe(page)

    call.focus()
    make_intake(name="Ona Example", **FEVERISH)
    page.clock.run_for(MINUTE)
    expect(page.get_by_role("link", name="2 urgent calls")).to_be_focused()


def test_the_end_of_the_session_is_announced_and_one_press_postpones_it(
    page: Page, settings: Any, axe: Callable[[Page], None]
) -> None:
    settings.SESSION_IDLE_MINUTES = {"staff": 2, "patient": 60}
    warning = page.get_by_text("Still there? You will be signed out at")
    page.clock.run_for(MINUTE)
    expect(warning).to_be_visible()
    axe(page)
    settings.SESSION_IDLE_MINUTES = {"staff": 15, "patient": 60}
    page.get_by_role("button", name="I’m still here").click()
    expect(warning).to_have_count(0)


def test_what_was_typed_stays_after_being_signed_out(page: Page) -> None:
    page.locator("#id_name").fill("Half a na")
    end_session(page)
    page.clock.run_for(MINUTE)
    expect(page.get_by_text("You have been signed out. Save all the same")).to_be_visible()
    expect(page.locator("#id_name")).to_have_value("Half a na")


def test_a_page_without_typed_words_is_removed_from_the_screen(page: Page) -> None:
    end_session(page)
    page.clock.run_for(MINUTE)
    page.wait_for_url(SIGN_IN)
    assert "next=" in page.url


def test_a_refused_form_stays_on_the_screen(page: Page) -> None:
    page.locator("#id_name").fill("")
    page.locator("#id_email").fill("not-an-address")
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    end_session(page)
    page.clock.run_for(MINUTE)
    expect(page.get_by_text("You have been signed out. Save all the same")).to_be_visible()
    expect(page.locator("#id_email")).to_have_value("not-an-address")
