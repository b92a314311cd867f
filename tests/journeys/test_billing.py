"""The desk bills a package, and a single visit in cash of which a part goes back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from booking.models import Enrollment
from booking.packages.ledger_actions import write
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from tests.cast import make_cast
from tests.factories import make_appointment, make_enrollment, make_referral
from tests.journeys.test_package import sign_in

pytestmark = pytest.mark.django_db(transaction=True)

WIDE = (1280, 900)


def pay(page: Page, amount: str, how: str) -> None:
    button = page.get_by_role("button", name="Record the payment")
    form = page.locator("form").filter(has=button)
    form.get_by_label("Amount in dollars").fill(amount)
    form.get_by_label("How", exact=True).select_option(label=how)
    button.click()


def add_days(page: Page, what: str, days: int, reason: str, *, starts_on: str = "") -> None:
    page.get_by_text("Pause or give more time").click()
    page.get_by_text(what).click()
    page.get_by_label("Days, 90 at most").fill(str(days))
    if starts_on:
        page.get_by_label("A pause begins on").fill(starts_on)
    page.locator("details[open]").get_by_label("Reason").fill(reason)
    page.get_by_role("button", name="Move the last day").click()


def test_a_package_is_paid_in_two_parts_printed_paused_and_given_more_time(
    open_page: Callable[..., Page], live_server: Any, axe: Callable[[Page], None]
) -> None:
    cast, now = make_cast(), timezone.now()
    enrollment: Enrollment = make_enrollment(
        patient=cast.patient, referral=make_referral(patient=cast.patient, now=now), now=now
    )
    first = make_appointment(
        patient=cast.patient, clinician=cast.clinician, starts_at=now + timedelta(days=3),
        service="rr1", enrollment=enrollment, visit_number=1,
    )  # fmt: skip
    write("reserve", enrollment=enrollment, appointment=first, context=Context(SYSTEM, now))
    page = open_page(WIDE)
    sign_in(page, cast.manager, live_server.url)
    page.goto(f"/desk/appointment/{first.pk}/")
    page.get_by_role("link", name="visit 1 of 6").click()
    axe(page)
    expect(page.get_by_text("Nothing was paid yet.")).to_be_visible()

    pay(page, "500", "Card, at the clinic’s terminal")
    expect(page.locator(".worklist").filter(has_text="part 1")).to_contain_text("$500")
    half = enrollment.owed_cents // 100 - 500
    pay(page, str(half), "Cash")
    expect(page.locator(".worklist").filter(has_text="part 2")).to_contain_text(f"${half}")
    expect(page.get_by_text("still to pay")).to_have_count(0)
    expect(page.get_by_role("button", name="Record the payment")).to_have_count(0)

    page.get_by_role("link", name="Receipt to print").click()
    expect(page.get_by_role("heading", name="Receipt")).to_be_visible()
    expect(page.locator("tfoot")).to_contain_text("Paid in all")
    axe(page)
    page.emulate_media(media="print")
    expect(page.get_by_role("link", name="Payments", exact=True)).to_be_hidden()
    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
    page.emulate_media(media="screen")
    page.get_by_role("link", name="Payments", exact=True).click()

    last_day = page.locator("dl.answers div").filter(has_text="Last day").locator("dd")
    before = last_day.inner_text()
    pause_from = f"{now.date() + timedelta(days=10):%Y-%m-%d}"
    add_days(page, "A pause: no online booking", 14, "Away for work", starts_on=pause_from)
    expect(page.get_by_text("Away for work")).to_be_visible()
    paused = last_day.inner_text()
    assert paused != before
    page.get_by_text("Pause or give more time").click()
    page.get_by_label("Days, 90 at most").fill("80")
    page.locator("details[open]").get_by_label("Reason").fill("Too many")
    page.get_by_role("button", name="Move the last day").click()
    expect(page.get_by_role("alert")).to_contain_text("90 days at most")
    page.goto(page.url.rsplit("days/", 1)[0])
    add_days(page, "More time: the last day moves", 7, "Sick child")
    expect(page.get_by_text("Sick child")).to_be_visible()
    assert last_day.inner_text() != paused

    page.get_by_text("Correct the number of visits").click()
    page.get_by_label("Visits to add").fill("-1")
    page.locator("details[open]").get_by_label("Reason").fill("Used elsewhere")
    page.get_by_role("button", name="Correct", exact=True).click()
    ledger = page.get_by_role("table", name="Ledger, oldest first")
    expect(ledger.get_by_role("row").last).to_contain_text("Used elsewhere")
    expect(ledger.get_by_role("row").last.get_by_role("cell").last).to_have_text("4")
    axe(page)


def test_an_evaluation_is_paid_in_cash_and_a_part_goes_back(
    open_page: Callable[..., Page], live_server: Any, axe: Callable[[Page], None]
) -> None:
    cast, now = make_cast(), timezone.now()
    visit = make_appointment(
        patient=cast.patient, clinician=cast.clinician, starts_at=now + timedelta(days=3)
    )
    page = open_page(WIDE)
    sign_in(page, cast.manager, live_server.url)
    page.goto(f"/desk/appointment/{visit.pk}/")
    expect(page.get_by_text("$225 of $225 still to pay.")).to_be_visible()
    page.get_by_role("link", name="Take the payment").click()
    axe(page)
    # The whole balance stands there: one press is enough.
    expect(page.get_by_label("Amount in dollars").first).to_have_value("225.00")
    pay(page, "225.00", "Cash")
    expect(page.locator(".worklist").filter(has_text="part 1")).to_contain_text("$225")
    expect(page.get_by_role("button", name="Record the payment")).to_have_count(0)
    page.get_by_text("Record a refund").click()
    refund = page.locator("details[open]")
    refund.get_by_label("Amount in dollars").fill("25")
    refund.get_by_role("button", name="Record the refund").click()
    expect(page.get_by_role("alert")).to_contain_text("Write down a reason")
    refund.get_by_label("Reason").fill("Came for half an hour")
    refund.get_by_label("How", exact=True).select_option(label="Cash")
    refund.get_by_role("button", name="Record the refund").click()
    expect(page.get_by_text("Came for half an hour")).to_be_visible()
    axe(page)
    page.get_by_role("link", name="Receipt to print").click()
    expect(page.locator("tfoot")).to_contain_text("$200")
    page.goto("/desk/lists/")
    page.get_by_role("link", name="Takings").click()
    expect(page.locator("tfoot")).to_contain_text("$200")
    axe(page)
