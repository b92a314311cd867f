"""In a browser: what was typed about a person stays, and the error is focused and leads there."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from clinic.models.people import Patient
from tests.factories import PASSWORD, make_clinician, make_manager, make_offer

pytestmark = pytest.mark.django_db(transaction=True)

TYPED = {
    "Your name": "Maya Okafor",
    "E-mail": "maya@gmial.com",
    "Phone": "555-0123",
    "Interpreter": "Igbo",
}
BORN = {"Month": "Feb", "Day": "30", "Year": "89"}


@pytest.fixture(autouse=True)
def the_clinic(settings: Any) -> None:
    settings.LIMITS = {**settings.LIMITS, "intake_starts": (1000, 600)}
    make_offer()
    make_clinician(name="Dr. Nora Keane")


def to_contact_page(page: Page) -> None:
    page.goto("/intake/")
    for words in ("I am 18 or older", "may keep my answers", "may e-mail and call me"):
        page.get_by_text(words).click()
    page.get_by_role("button", name="Continue").click()


def test_a_wrong_number_keeps_everything_and_is_one_press_away(
    page: Page, axe: Callable[[Page], None]
) -> None:
    to_contact_page(page)
    for label, typed in TYPED.items():
        page.get_by_label(label).fill(typed)
    for label, typed in BORN.items():
        page.get_by_label(label, exact=True).fill(typed)
    page.get_by_role("button", name="Continue").click()

    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(page).to_have_title(re.compile("Error:"))
    axe(page)
    for label, typed in {**TYPED, **BORN}.items():
        expect(page.get_by_label(label, exact=label in BORN)).to_have_value(typed)
    for words, field in (
        ("10 digits. This has 7", "Phone"),
        ("Did you mean maya@gmail.com?", "E-mail"),
        ("This month has no day 30", "Day"),
    ):
        summary.get_by_text(words).click()
        box = page.get_by_label(field, exact=field == "Day")
        expect(box).to_be_focused()
        expect(box).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Month", exact=True)).not_to_have_attribute("aria-invalid", "true")

    page.get_by_label("Phone").fill("781 555 0142 ext. 7 (cell)")
    page.get_by_label("Day", exact=True).fill("3")
    # The address was asked about once: sent again it is taken.
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Safety check")
    stored = Patient.objects.get()
    assert (stored.phone, stored.email) == ("+17815550142;ext=7", "maya@gmial.com")
    assert f"{stored.born_on}" == "1989-02-03"


def test_the_desk_is_asked_about_an_unknown_area_code(
    wide_page: Page, axe: Callable[[Page], None]
) -> None:
    desk, manager = wide_page, make_manager()
    desk.goto("/desk/patients/new/")
    desk.get_by_label("Email").fill(manager.email)
    desk.get_by_label("Password").fill(PASSWORD)
    desk.get_by_role("button", name="Sign in", exact=True).click()
    typed = {"Name": "Maya Okafor", "Phone": "861-555-0142", "Date of birth": "26/5/1989"}
    for label, value in typed.items():
        desk.get_by_label(label).fill(value)
    desk.get_by_role("button", name="Add the patient").click()
    summary = desk.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("Is 861-555-0142 right?")
    expect(summary).to_contain_text("Did you mean May 26, 1989?")
    axe(desk)
    for label, value in typed.items():
        expect(desk.get_by_label(label)).to_have_value(value)
    desk.get_by_role("button", name="Add the patient").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("Maya Okafor")
    stored = Patient.objects.get()
    assert (stored.phone, f"{stored.born_on}") == ("+18615550142", "1989-05-26")
    expect(desk.get_by_role("link", name="861-555-0142")).to_have_attribute(
        "href", "tel:+18615550142"
    )
