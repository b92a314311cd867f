"""A clinic's first days, in a browser on a site that was installed or upgraded by the steps."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from allauth.mfa.totp.internal.auth import hotp_value
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests import tools
from tests.browser import LAUNCH
from tests.journeys.test_browser import answer_to_the_end, begin
from tests.journeys.test_first_clinic import (
    PASSWORD,
    choose_password,
    enter_what_is_needed,
    open_the_clinic,
)

ADA = "ada@clinic.example"
PAT = "pat@example.test"
WIDE, PHONE = (1280, 900), (390, 844)
# As long as a person takes at least to fill in how she is reached.
SLOWLY = 3
# Milliseconds that a page may take before it counts as broken.
PATIENCE = 120_000


def text_of(mail: Any) -> str:
    """Return the plain text of a mail, beside which a calendar file may lie."""
    texts = [one for one in mail.walk() if one.get_content_type() == "text/plain"]
    return str(texts[0].get_payload(decode=True).decode())


@dataclass(frozen=True)
class Site:
    """A site that is reached over TLS, a browser to look at it, and where its mail arrives."""

    url: str
    browser: Browser
    sink: Any

    def page(self, size: tuple[int, int]) -> Page:
        width, height = size
        context = self.browser.new_context(
            viewport={"width": width, "height": height},
            base_url=self.url,
            ignore_https_errors=True,
        )
        context.set_default_timeout(PATIENCE)
        return context.new_page()

    def in_the_mail(self, to: str, pattern: str, *, after: int = 0) -> str:
        """Return what of a mail to this address fits, once it is there; skip the first `after`."""
        end = time.monotonic() + 120
        while time.monotonic() < end:
            for mail in list(self.sink.messages)[after:]:
                if to in str(mail["To"]) and (found := re.search(pattern, text_of(mail))):
                    return found[1]
            time.sleep(0.5)
        raise AssertionError(f"no mail to {to} with {pattern} arrived")


@contextmanager
def a_browser(url: str, sink: Any) -> Iterator[Site]:
    # The machine may be busy with the proof itself.
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=tools.chromium(), args=LAUNCH)
        yield Site(url, browser, sink)
        browser.close()


def first_visit(site: Site, link: str) -> str:
    """Open the clinic as its first person, book as a patient, and return the page's heading."""
    page = site.page(WIDE)
    choose_password(page, site.url, link)
    enter_what_is_needed(page)
    show_that_mail_arrives(page, site)
    open_the_clinic(page)
    visitor = site.page(PHONE)
    told = join_and_book(visitor)
    confirm_by_mail(visitor, site)
    return told


def show_that_mail_arrives(page: Page, site: Site) -> None:
    """Send the test mail, read it, and type its code: a clinic does not open without."""
    page.get_by_role("link", name="Set-up").click()
    page.get_by_role("button", name="Open the clinic").click()
    expect(page.get_by_text("The clinic is open")).to_have_count(0)
    page.get_by_role("link", name="Test of the mail server").click()
    page.get_by_role("button", name="Send me a mail").click()
    page.get_by_label("The code in the mail").fill(site.in_the_mail(ADA, r"\b(\d{6})\b"))
    page.get_by_role("button", name="The mail arrived").click()
    expect(page.get_by_text("The mail arrived: the mail server works.")).to_be_visible()


def join_and_book(visitor: Page) -> str:
    """Answer the questions, join the package and book its first visit; return what it says."""
    begin(visitor, slowly=SLOWLY)
    answer_to_the_end(visitor, tear="No", leaks=True)
    visitor.get_by_role("link", name="See Run Ready").click()
    visitor.get_by_role("button", name="Join Run Ready").click()
    visitor.get_by_role("link", name="Choose a time for visit 1").click()
    take_the_last_time(visitor)
    return visitor.get_by_role("heading", level=1).inner_text()


def take_the_last_time(visitor: Page) -> None:
    visitor.locator(".times .form-check-input").last.check()
    visitor.get_by_role("button", name="Hold this time").click()
    visitor.get_by_role("button", name="Book this visit").click()
    expect(visitor.get_by_role("button", name="Book this visit")).to_have_count(0)


def confirm_by_mail(visitor: Page, site: Site) -> None:
    """Open the link in her mail and say yes."""
    expect(visitor.get_by_role("heading", level=1)).to_have_text(
        "Almost done: confirm your visit by mail"
    )
    visitor.goto(site.url + site.in_the_mail(PAT, r"(/l/\S+)"))
    visitor.get_by_role("link", name="Confirm my visit").click()
    visitor.get_by_role("button", name="Yes, I’m coming").click()
    expect(visitor.get_by_text("Not confirmed yet")).to_have_count(0)
    expect(visitor.get_by_role("button", name="Yes, I’m coming")).to_have_count(0)


def app_code(secret: str) -> str:
    """Return what the app for codes shows now."""
    return f"{hotp_value(secret, int(time.time()) // 30):06}"


def old_first_visit(site: Site, link: str) -> str:
    """Book a visit on the release before; return the key in its first person's app."""
    secret = choose_password(site.page(WIDE), site.url, link)
    assert join_and_book(site.page(PHONE)) == "Your visit is booked"
    # The confirmation that the old worker sends.
    site.in_the_mail(PAT, r"(/l/\S+)")
    return secret


def see_the_old_visit(site: Site, secret: str) -> None:
    """Sign in with the password and the app of before, and find the visit of before."""
    page = site.page(WIDE)
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(ADA)
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.locator("input[name=code]").fill(app_code(secret))
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Patients").click()
    page.locator("input[name=q]").fill("Pat Example")
    page.locator("input[name=q]").press("Enter")
    page.get_by_role("link", name="Pat Example").first.click()
    # The visit that was booked on the release before, with its time in the clinic's zone.
    ahead = page.get_by_role("link", name=re.compile(r"[ap]m E[SD]T$"))
    expect(ahead.first).to_be_visible()


def book_again(site: Site) -> str:
    """Sign in as the patient of before, by a code, and book the next visit; say what became."""
    visitor, known = site.page(PHONE), len(site.sink.messages)
    visitor.goto("/visits/")
    visitor.get_by_label("Email").fill(PAT)
    visitor.get_by_role("button", name="Mail me a code").click()
    code = site.in_the_mail(PAT, r"Your code is (\d{6})", after=known)
    visitor.get_by_label("Code").fill(code)
    visitor.get_by_role("button", name="Sign in").click()
    for part, value in (("Month", "5"), ("Day", "4"), ("Year", "1992")):
        visitor.get_by_label(part, exact=True).fill(value)
    visitor.get_by_role("button", name="Go on").click()
    # The form was filled in by another browser, before the mailbox was proven.
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Was this you?")
    visitor.get_by_text("Yes, that was me").click()
    visitor.get_by_role("button", name="Go on").click()
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Your visits")
    expect(visitor.get_by_role("heading", name="Visit 1").first).to_be_visible()
    visitor.get_by_role("link", name="Book a visit").click()
    visitor.get_by_role("link", name="Choose a time for visit 2").click()
    take_the_last_time(visitor)
    told = visitor.get_by_role("heading", level=1).inner_text()
    site.in_the_mail(PAT, r"(/l/\S+)", after=known + 1)
    return f"Pat signed in with a code and booked again: {told}"
