"""A practice manager enters the clinic's hours, on a telephone and on a desk's screen."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.cast import make_cast
from tests.journeys.test_package import sign_in
from tests.rounds import rounds

pytestmark = pytest.mark.django_db(transaction=True)

WIDTH = "() => document.documentElement.scrollWidth"


@pytest.mark.parametrize("size", [(390, 844), *rounds([], [(1280, 900)])])
def test_the_manager_enters_the_clinics_hours(
    open_page: Callable[..., Page],
    live_server: Any,
    axe: Callable[[Page], None],
    size: tuple[int, int],
) -> None:
    page = open_page(size)
    sign_in(page, make_cast().manager, live_server.url)
    page.goto(f"{live_server.url}/desk/hours/")
    expect(page.get_by_text("The clinic’s hours are not entered.")).to_be_visible()
    axe(page)
    assert page.evaluate(WIDTH) <= size[0]

    page.get_by_role("link", name="Change the clinic’s hours").click()
    expect(page.get_by_label("Monday")).to_have_value("8:00-17:00")
    page.get_by_label("Monday").fill("")
    page.get_by_label("Tuesday").fill("in the mornings")
    page.get_by_label("Saturday").fill("9-16")
    page.get_by_role("button", name="Save the hours").click()
    expect(page.get_by_role("alert")).to_contain_text("Write hours like 8:00-12:00")
    expect(page.get_by_label("Tuesday")).to_have_value("in the mornings")
    expect(page.get_by_label("Saturday")).to_have_value("9-16")
    axe(page)
    assert page.evaluate(WIDTH) <= size[0]

    page.get_by_label("Tuesday").fill("8-12, 1 pm-5:30 pm")
    page.get_by_role("button", name="Save the hours").click()
    expect(page.get_by_text("The clinic’s hours are changed.")).to_be_visible()
    expect(page.get_by_text("The clinic’s hours are not entered.")).to_have_count(0)
    expect(page.get_by_text("Saturday", exact=True)).to_be_visible()
    axe(page)
    assert page.evaluate(WIDTH) <= size[0]
