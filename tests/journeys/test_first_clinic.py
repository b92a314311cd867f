"""A clinic begins: from an empty database to a joined package and a sent reminder, on screen."""

import re
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import hotp_value
from django.core import mail
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Page, expect

from booking.models import Appointment, Enrollment
from clinic.messages.delivery.sending import send_due
from intake.online_intake import views_start
from tests.journeys.test_browser import answer_to_the_end, begin

# On SQLite in full only: tests/house/test_up.py runs the product on it, and no page asks for more.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.promises]

PASSWORD = "quiet-harbor-before-dawn"
WIDE = (1280, 900)


def first_person(page: Page, live_server: Any) -> None:
    """Choose the first person's password and app, by the link that the command prints."""
    told = StringIO()
    call_command(
        "first_user",
        email="ada@clinic.example",
        name="Ada First",
        manager=True,
        clinician=True,
        access_admin=True,
        stdout=told,
    )
    link = re.search(r"/accounts/\S+", told.getvalue())
    assert link is not None
    choose_password(page, live_server.url, link[0])


def choose_password(page: Page, site: str, link: str) -> str:
    """Choose a password by the link, sign in with it and set up an app; return the app's key."""
    page.goto(f"{site}{link}")
    for field in page.locator("input[type=password]").all():
        field.fill(PASSWORD)
    page.get_by_role("button", name="Keep this password").click()
    page.goto(f"{site}/accounts/login/")
    page.locator("input[name=login]").fill("ada@clinic.example")
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    secret = page.locator("code").inner_text()
    code = hotp_value(secret, int(timezone.now().timestamp()) // 30)
    page.locator("input[name=code]").fill(f"{code:06}")
    page.get_by_role("button", name="Set it up").click()
    page.get_by_role("link", name="I have kept them").click()
    return secret


def enter_what_is_needed(page: Page) -> None:
    """Enter what the list "Before you open" asks for; leave the page at its end."""
    page.get_by_role("link", name="Name, address and telephone").click()
    page.get_by_label("The clinic is called").fill("Harbor Physical Therapy")
    page.get_by_label("Mail calls the clinic").fill("Harbor Street")
    page.get_by_label("Address").fill("9 Harbor Street, Salem, MA")
    page.get_by_label("Telephone").fill("978-555-0133")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Time zone").click()
    page.get_by_label("Time zone").select_option("America/New_York")
    page.get_by_role("button", name="Choose it for good").click()
    page.get_by_role("link", name="Fill with a usual clinic").click()
    page.get_by_role("button", name="Fill it in").click()
    page.get_by_role("link", name="Visits and prices").click()
    page.get_by_role("link", name="Evaluation", exact=True).click()
    page.get_by_label("Price in dollars").fill("240")
    page.get_by_role("button", name="Save").click()
    packages = page.get_by_role("region", name="Packages")
    packages.get_by_role("link", name="Run Ready").click()
    page.get_by_label("Price in dollars").fill("1200")
    page.get_by_label("Paid back for an unused visit").fill("180")
    page.get_by_label("Can be bought").check()
    page.get_by_role("button", name="See what it does").click()
    page.get_by_role("button", name="Confirm").click()


def open_the_clinic(page: Page) -> None:
    """Press the button that opens the clinic, once nothing is missing."""
    page.get_by_role("link", name="Set-up").click()
    page.get_by_role("button", name="Open the clinic").click()
    expect(page.get_by_text("The clinic is open")).to_be_visible()


def test_a_clinic_opens_and_its_first_patient_joins_run_ready(
    open_page: Callable[..., Page],
    live_server: Any,
    axe: Callable[[Page], None],
    real_facts: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # This browser fills in the contact page as fast as a program, which has to prove its mailbox.
    monkeypatch.setattr(views_start, "FASTEST_SECONDS", 0)
    page, visitor = open_page(WIDE), open_page()
    visitor.goto(live_server.url)
    expect(visitor.get_by_role("heading", name="Not open yet")).to_be_visible()
    axe(visitor)
    first_person(page, live_server)
    expect(page.get_by_role("heading", name="Before you open")).to_be_visible()
    axe(page)

    enter_what_is_needed(page)
    open_the_clinic(page)
    visitor.reload()
    expect(visitor.get_by_role("link", name="Start the questions")).to_be_visible()
    expect(visitor.get_by_text("9 Harbor Street, Salem, MA").first).to_be_visible()

    page.get_by_role("link", name="Walk through with a made-up patient").click()
    page.get_by_role("button", name="Make her up").click()
    page.get_by_role("link", name="Book a visit").click()
    page.locator("button[name=take]").last.click()
    page.get_by_role("button", name="Book this visit").click()
    expect(page.get_by_text("Evaluation", exact=True)).to_be_visible()
    assert Appointment.objects.get().status == "booked"

    # The first patient, on her telephone.
    begin(visitor)
    answer_to_the_end(visitor, tear="No", leaks=True)
    visitor.get_by_role("link", name="See Run Ready").click()
    expect(visitor.get_by_text("$1,200")).to_be_visible()
    visitor.get_by_role("button", name="Join Run Ready").click()
    visitor.get_by_role("link", name="Choose a time for visit 1").click()
    # Far enough ahead for a reminder, at whatever hour this runs.
    visitor.get_by_role("link", name="Later days").click()
    expect(visitor.get_by_role("link", name="Earlier days")).to_be_visible()
    visitor.locator(".times .form-check-input").last.check()
    visitor.get_by_role("button", name="Hold this time").click()
    visitor.get_by_role("button", name="Book this visit").click()
    expect(visitor.get_by_role("heading", level=1)).to_have_text(
        "Almost done: confirm your visit by mail"
    )
    assert Enrollment.objects.get().ended_at is None
    send_due()
    to_her = [one for one in mail.outbox if one.to == ["pat@example.test"]]
    link = re.search(r"/l/\S+", "\n".join(str(one.body) for one in to_her))
    assert link is not None
    visitor.goto(f"{live_server.url}{link[0]}")
    visitor.get_by_role("link", name="Confirm my visit").click()
    visitor.get_by_role("button", name="Yes, I’m coming").click()
    expect(visitor.get_by_text("Not confirmed yet")).to_have_count(0)
    expect(visitor.get_by_role("button", name="Yes, I’m coming")).to_have_count(0)

    whose = {1: "pat@example.test", None: "ada@clinic.example"}
    visits = list(Appointment.objects.filter(status="booked").order_by("starts_at"))
    assert {visit.visit_number for visit in visits} == set(whose)
    for visit in visits:
        mail.outbox.clear()
        day_before = visit.starts_at - timedelta(hours=23)
        with time_machine.travel(day_before, tick=True):
            assert send_due(now=day_before)
        sent = [(one.to, one.from_email) for one in mail.outbox]
        hers = [whose[visit.visit_number]]
        assert any(to == hers and "Harbor Street" in by for to, by in sent), sent
