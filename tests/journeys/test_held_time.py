"""What an open page announces: how long a time is held, and whose clock counts."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from booking.models import Appointment
from tests.cast import Cast, make_cast
from tests.factories import make_referral
from tests.journeys.test_package import sign_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast() -> Cast:
    made = make_cast()
    make_referral(patient=made.patient, now=timezone.now())
    return made


def test_five_minutes_and_one_are_announced_and_the_choice_stays_after_the_end(
    page: Page, live_server: Any, cast: Cast, axe: Callable[[Page], None]
) -> None:
    page.clock.install()
    sign_in(page, cast.patient.user, live_server.url)
    page.goto("/book/evaluation/")
    page.locator("#times input[type=radio]").first.check()
    page.get_by_role("button", name="Hold this time").click()
    said = page.locator("#held [role=status]")
    # The minutes are counted from the moment the script runs.
    page.wait_for_load_state()
    expect(said).to_be_empty()
    page.clock.fast_forward("04:58")
    expect(said).to_be_empty()
    page.clock.fast_forward("00:05")
    expect(said).to_have_text("5 minutes left.")
    page.clock.fast_forward("04:00")
    expect(said).to_have_text("1 minute left.")
    page.get_by_text("Let’s talk about it at the visit").click()
    page.clock.fast_forward("01:05")
    expect(said).to_contain_text("You can still confirm if nobody took it.")
    expect(page.get_by_role("button", name="minutes longer")).to_have_count(0)
    expect(page.locator("input[name=exam_wish]").last).to_be_checked()
    axe(page)
    # Opened again after the end, the page proposes three times near it.
    Appointment.objects.update(hold_until=timezone.now() - timedelta(minutes=1))
    page.reload()
    axe(page)
    expect(page.locator("[id^=near_]")).to_have_count(3)
    page.locator("[id^=near_]").first.check()
    page.get_by_role("button", name="Hold this time instead").click()
    expect(page.locator("#held")).to_contain_text("Kept for you until")
    page.get_by_role("button", name="Book this visit").click()
    expect(page.get_by_role("heading", name="Your visit is booked")).to_be_visible()
    assert Appointment.objects.filter(status="booked").count() == 1


@pytest.mark.parametrize(
    ("zone", "is_shown"),
    [
        ("America/New_York", False),
        # The same clock under another name.
        ("America/Detroit", False),
        ("America/Los_Angeles", True),
        # The same in winter only.
        ("America/Cancun", True),
    ],
)
def test_a_clock_that_differs_from_the_clinics_is_announced(
    browser: Browser, live_server: Any, cast: Cast, zone: str, is_shown: bool
) -> None:
    context = browser.new_context(timezone_id=zone, base_url=live_server.url)
    page = context.new_page()
    sign_in(page, cast.patient.user, live_server.url)
    for path in ("/book/", "/book/evaluation/", "/visits/"):
        page.goto(path)
        page.wait_for_load_state()
        assert page.locator("#zone").count() == 1
        assert page.locator("#zone").is_visible() is is_shown
    context.close()
