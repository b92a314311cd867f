"""Takes the pictures of the README from a running `./dev run` (address as the argument).

Usage: .venv/bin/python docs/take_pictures.py http://127.0.0.1:8000
Needs the test requirements and a Chromium, which `./dev test` installs.
"""

import re
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.browser import LAUNCH
from tests.tools import chromium

# As `./dev run` prints it.
SAMPLE_PASSWORD = "first-light-sample"  # noqa: S105
ROOT = Path(__file__).resolve().parents[1]
# The README's own pictures are kept; the others are for looking at.
KEPT = {"home-1280", "safety-390", "case-1280"}
SIZES = {390: 844, 1280: 900}


def shoot(page: Page, name: str, *, full: bool = True) -> None:
    """Save the page as it stands, at both widths."""
    for width, height in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        picture = f"{name}-{width}"
        folder = ROOT / ("docs" if picture in KEPT else "var") / "pictures"
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(folder / f"{picture}.png"), full_page=full)


def begin(page: Page, site: str) -> None:
    """Come as far as the first question."""
    page.goto(f"{site}/intake/")
    shoot(page, "welcome")
    for words in ("I am 18 or older", "may keep my answers", "may e-mail and call me"):
        page.get_by_text(words).click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Your name").fill("Pat Example")
    page.get_by_label("E-mail").fill("pat@sample.example")
    page.get_by_label("Phone").fill("781 555 0133")
    for part, value in (("Month", "5"), ("Day", "4"), ("Year", "1992")):
        page.get_by_label(part, exact=True).fill(value)
    shoot(page, "contact")
    page.get_by_role("button", name="Continue").click()
    shoot(page, "safety")


def sign_in(page: Page, site: str, email: str) -> None:
    """Sign a sample person in."""
    page.goto(f"{site}/accounts/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(SAMPLE_PASSWORD)
    shoot(page, "sign-in")
    page.get_by_role("button", name="Sign in", exact=True).click()


def main(site: str) -> None:
    """Take every picture."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=LAUNCH)
        page = browser.new_page()
        page.goto(site)
        shoot(page, "home")
        page.goto(f"{site}/book/prices/")
        shoot(page, "prices")
        begin(page, site)
        page.get_by_role("button", name="Continue").click()
        shoot(page, "safety-error")
        page.get_by_role("button", name="Save and come back later").click()
        shoot(page, "later")
        page.get_by_role("link", name="Go on now").click()
        page.get_by_text(re.compile("^Chest pain, or")).click()
        page.get_by_role("button", name="Continue").click()
        shoot(page, "emergency")
        staff = browser.new_page()
        sign_in(staff, site, "ruth.alden@sample.example")
        while not staff.locator(".appt").count():
            staff.get_by_label("Day after").click()
        shoot(staff, "desk")
        staff.locator(".appt").first.click()
        shoot(staff, "appointment")
        clinician = browser.new_page()
        sign_in(clinician, site, "nora.keane@sample.example")
        shoot(clinician, "queue")
        clinician.get_by_role("link", name="Open the next one").click()
        shoot(clinician, "case")
        clinician.goto(f"{site}/review/calls/")
        shoot(clinician, "calls")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/") if len(sys.argv) > 1 else "http://127.0.0.1:8000")
