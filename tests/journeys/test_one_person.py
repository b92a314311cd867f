"""One person, one chart: the desk finds her, is warned of her, and merges two rows by hand."""

import os
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from clinic.audit.context import Context
from clinic.models.people import Patient
from intake.concerns.actions import mark_concern
from intake.models import Concern
from tests.cast import Cast, make_cast
from tests.factories import make_patient
from tests.intake.review.reviewing import TORN, actor, make_intake, opened
from tests.journeys.test_concerns import BOTH, EVALUATION
from tests.journeys.test_package import sign_in
from tests.rounds import rounds

pytestmark = pytest.mark.django_db(transaction=True)

OpenPage = Callable[..., Page]
Axe = Callable[[Page], None]
NARROW, WIDE = (390, 844), (1280, 900)
LONG = "annemarie.katharina.oneil-von-der-lancaster@longest-mailbox-of-all.example"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def rows(cast: Cast) -> tuple[Patient, Patient]:
    """Two rows of one person that agree in nothing: she married and moved."""
    maiden = make_patient(name="Zoë O’Neil", phone="+17815550171", email=LONG)
    married = make_patient(
        name="Zoe Lancaster", phone="+442079460018", email="zoe@example.test", born_on=None
    )
    return maiden, married


def hold_tear(patient: Patient, cast: Cast) -> None:
    """Give her a form with a severe tear, for which a clinician holds impact."""
    make_intake(patient=patient, now=timezone.now(), **TORN)
    user, (concern,) = cast.clinician.user, Concern.objects.open().filter(patient=patient)
    mark_concern(
        concern_id=concern.pk,
        seen=concern.events.count(),
        mark="impact_held",
        reason="No impact until examined",
        by=user,
        context=Context(actor(user), timezone.now()),
    )


def fits(page: Page) -> None:
    """Fail if the page scrolls sideways."""
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def search(page: Page, label: str, words: str) -> None:
    page.get_by_label(label).fill(words)
    page.get_by_role("button", name="Search").click()
    page.wait_for_url("**search=**")


def shoot(page: Page, name: str) -> None:
    """Keep a picture of the page, where RUN_READY_PICTURES names a folder."""
    if folder := os.environ.get("RUN_READY_PICTURES"):
        width = (page.viewport_size or {"width": 0})["width"]
        page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)


@pytest.mark.parametrize(
    ("size", "kept"), [(NARROW, 0), (WIDE, 1), *rounds([], [(NARROW, 1), (WIDE, 0)])]
)
def test_any_two_rows_are_found_compared_and_merged_by_hand(
    cast: Cast,
    rows: tuple[Patient, Patient],
    open_page: OpenPage,
    live_server: Any,
    axe: Axe,
    size: tuple[int, int],
    kept: int,
) -> None:
    maiden, married = rows
    # Only the row of before was asked about a tear, and a clinician holds impact for it.
    hold_tear(maiden, cast)
    make_intake(patient=married, now=timezone.now())
    assert opened(married) == BOTH
    page = open_page(size)
    sign_in(page, cast.manager, live_server.url)
    page.goto("/desk/patients/")
    search(page, "Name, e-mail, phone or date of birth", "ONEIL zoe")
    expect(page.get_by_text("1 patient", exact=True)).to_be_visible()
    shoot(page, "found")
    page.get_by_role("link", name="Zoë O’Neil").click()
    page.get_by_role("link", name="Is she here twice?").click()
    expect(page.get_by_text("No other row agrees with hers")).to_be_visible()
    search(page, "Compare with any other row", "lancaster")
    axe(page)
    fits(page)
    shoot(page, "row")
    page.get_by_role("link", name="Zoe Lancaster").click()
    # Both sides stand beside each other, on a phone too.
    cells = page.locator("tbody tr").first.locator("td")
    expect(cells).to_have_text(["Zoë O’Neil", "Zoe Lancaster"])
    boxes = [cells.nth(number).bounding_box() for number in (0, 1)]
    left, right = (box for box in boxes if box is not None)
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"]
    assert right["x"] + right["width"] <= size[0]
    expect(page.get_by_role("row", name="Phone not the same 781-555-0171")).to_be_visible()
    axe(page)
    fits(page)
    shoot(page, "pair")

    page.locator("label", has_text=f"Row {kept + 1}:").click()
    page.get_by_text("I compared name, date of birth and phone").click()
    page.get_by_role("button", name="Merge the two").click()
    expect(page.get_by_text("They differ. Write down why").first).to_be_visible()
    expect(page.get_by_role("radio", name=f"Row {kept + 1}")).to_be_checked()
    shoot(page, "refused")
    page.get_by_label("Why they are one person").fill("Married and moved; she told us")
    page.get_by_role("button", name="Merge the two").click()
    stays, goes = (maiden, married) if kept == 0 else (married, maiden)
    page.wait_for_url(f"**/desk/patient/{stays.pk}/")
    expect(page.get_by_text("The two rows are one now.")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text(stays.name)
    fits(page)
    shoot(page, "merged")
    assert Patient.objects.get(pk=goes.pk).merged_into == stays
    # What was held for one row is held for the person, whichever row stays.
    assert opened(stays) == EVALUATION
    (held,) = Concern.objects.open().filter(patient=stays)
    assert held.state == "impact_held"
    page.get_by_role("link", name="Book a visit").click()
    services = page.get_by_label("Visit", exact=True)
    expect(services.get_by_text("Evaluation")).to_have_count(1)
    expect(services.get_by_text("Run Ready")).to_have_count(0)
    shoot(page, "held")
    page.goto(f"/desk/patient/{goes.pk}/")
    page.wait_for_url(f"**/desk/patient/{stays.pk}/")


@pytest.mark.parametrize("size", [NARROW, *rounds([], [WIDE])])
def test_the_desk_is_warned_before_it_adds_her_again(
    cast: Cast,
    rows: tuple[Patient, Patient],
    open_page: OpenPage,
    live_server: Any,
    axe: Axe,
    size: tuple[int, int],
) -> None:
    page = open_page(size)
    sign_in(page, cast.manager, live_server.url)
    page.goto("/desk/patients/")
    search(page, "Name, e-mail, phone or date of birth", "Zoe Oneill")
    expect(page.get_by_text("Nobody found.")).to_be_visible()
    shoot(page, "nobody")
    page.get_by_role("link", name="Add her as a new patient").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Zoe Oneill")
    page.get_by_label("Name", exact=True).fill("ONEIL Zoe")
    page.get_by_label("Phone").fill("(781) 555-0171")
    page.get_by_label("Date of birth").fill("1990-02-03")
    page.get_by_role("button", name="Add the patient").click()
    expect(page.get_by_role("heading", name="Known already?")).to_be_visible()
    expect(page.get_by_label("Phone")).to_have_value("(781) 555-0171")
    axe(page)
    fits(page)
    shoot(page, "warned")
    assert Patient.objects.filter(name="ONEIL Zoe").count() == 0
    known = page.get_by_role("link", name="Zoë O’Neil")
    expect(known).to_have_attribute("href", f"/desk/patient/{rows[0].pk}/")
    page.get_by_text("I checked: this is somebody else").click()
    page.get_by_role("button", name="Add the patient").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("ONEIL Zoe")
    # Her page goes on saying it.
    expect(page.get_by_role("link", name="May be somebody we know: compare")).to_be_visible()
    shoot(page, "added")
    page.get_by_role("link", name="Book a visit").click()
    expect(page.get_by_text("1 other row may be the same person.")).to_be_visible()
    axe(page)
    fits(page)
    shoot(page, "book")
