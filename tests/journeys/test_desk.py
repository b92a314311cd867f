"""The desk in a real browser: a morning without a mouse, and a week off over booked visits."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from booking.models import Appointment
from clinic.models.messages import Email
from clinic.practice.wall_time import clinic_date, instant
from clinic.templatetags.look import day as in_words
from tests.cast import Cast, make_cast
from tests.factories import PASSWORD, make_appointment, make_referral

pytestmark = pytest.mark.django_db(transaction=True)

OpenPage = Callable[..., Page]
Axe = Callable[[Page], None]
WIDE = (1280, 900)
MOST_TABS = 90
FOCUSED = """() => { const at = document.activeElement;
  const label = at.labels && at.labels.length ? at.labels[0].innerText : "";
  const text = /^(A|BUTTON|SUMMARY)$/.test(at.tagName) ? at.innerText : "";
  return [at.getAttribute("aria-label") || "", label, text, at.value || ""]
    .join(" ").replace(/\\s+/g, " "); }"""


@pytest.fixture
def cast() -> Cast:
    cast = make_cast()
    make_referral(patient=cast.patient, now=timezone.now())
    make_referral(patient=cast.other_patient, now=timezone.now())
    return cast


def monday_ahead() -> date:
    today = clinic_date(timezone.now(), "America/New_York")
    return today + timedelta(days=14 - today.weekday())


def at(hour: int, days: int = 0) -> datetime:
    return instant(monday_ahead() + timedelta(days=days), time(hour), "America/New_York")


def tab_to(page: Page, words: str) -> None:
    """Press Tab until the focused element says these words."""
    seen = []
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        seen.append(page.evaluate(FOCUSED))
        if words in seen[-1]:
            return
    raise AssertionError(f"{words!r} cannot be reached by Tab: {seen}")


def follow(page: Page, words: str) -> None:
    tab_to(page, words)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def press(page: Page, key: str) -> None:
    with page.expect_navigation():
        page.keyboard.press(key)


def sign_in_by_keyboard(page: Page, email: str) -> None:
    page.goto("/accounts/login/")
    tab_to(page, "Email")
    page.keyboard.type(email)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    press(page, "Enter")


def heading(page: Page) -> str:
    return page.get_by_role("heading", level=1).inner_text()


def test_the_managers_morning_without_a_mouse(cast: Cast, open_page: OpenPage, axe: Axe) -> None:
    visit = make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=at(10))
    page = open_page(WIDE)
    sign_in_by_keyboard(page, cast.manager.email)

    # To the week after next, by keys; then to its Monday.
    press(page, "w")
    assert heading(page).startswith("Week of")
    for _ in range(2):
        press(page, "ArrowRight")
    assert in_words(monday_ahead()) in heading(page)
    axe(page)
    press(page, "d")
    assert heading(page) == in_words(monday_ahead())
    axe(page)
    press(page, "ArrowRight")
    press(page, "ArrowLeft")
    assert heading(page) == in_words(monday_ahead())

    # From entry to entry with the arrows, into the visit, and on to another time for it.
    tab_to(page, "Free from 8:00 am")
    page.keyboard.press("ArrowDown")
    assert "Pat E." in page.evaluate(FOCUSED)
    press(page, "Enter")
    axe(page)
    follow(page, "Choose another time")
    tab_to(page, "Dr. Test")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    follow(page, "See what it does")
    expect(page.get_by_text("nothing is charged")).to_be_visible()
    axe(page)
    follow(page, "Set aside")
    expect(page.get_by_role("heading", name="Set aside")).to_be_visible()
    follow(page, "Move Pat E.")
    tab_to(page, "Dr. Test")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    follow(page, "See what it does")
    follow(page, "Move the visit")
    assert heading(page) == "Pat Example"
    visit.refresh_from_db()
    assert (visit.rev, visit.set_aside_at) == (1, None)
    assert visit.starts_at != at(10)

    # A free time and a patient on the telephone. Keys typed into a field are not commands.
    page.goto(f"/desk/day/{monday_ahead():%Y-%m-%d}/")
    follow(page, "Free from 8")
    tab_to(page, "Name, e-mail, phone or date of birth")
    page.keyboard.type("otherwise d w t")
    page.keyboard.press("ArrowLeft")
    assert "otherwise d w t" in page.evaluate(FOCUSED)
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("otherwise")
    press(page, "Enter")
    follow(page, "Otherwise Known")
    follow(page, "Book this visit")
    booked = Appointment.objects.get(patient=cast.other_patient)
    assert booked.status == "booked"
    assert booked.starts_at.date() == monday_ahead()

    # The next morning the desk opens in the same view.
    page.goto("/desk/week/")
    page.goto("/desk/")
    assert heading(page).startswith("Week of")


def test_a_clinicians_week_off_over_booked_visits(
    cast: Cast, open_page: OpenPage, axe: Axe
) -> None:
    first = make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=at(10))
    second = make_appointment(
        patient=cast.other_patient, clinician=cast.clinician, starts_at=at(10, days=2)
    )
    page = open_page((390, 844))
    page.goto("/review/")
    page.get_by_label("Email").fill(cast.clinician.user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("link", name="My hours").click()
    axe(page)
    page.get_by_role("link", name="Time off").click()
    page.get_by_label("First day").fill(f"{monday_ahead():%Y-%m-%d}")
    page.get_by_label("Last day").fill(f"{monday_ahead() + timedelta(days=4):%Y-%m-%d}")
    page.get_by_label("What the calendar says").fill("School")
    axe(page)
    page.get_by_role("button", name="See what it does").click()
    expect(page.get_by_text("Visits that no longer fit")).to_be_visible()
    expect(page.get_by_text("Cancel for the clinic")).to_have_count(0)
    axe(page)
    page.get_by_role("group", name="Otherwise K.").get_by_text("Keep: it takes place").click()
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("1 visit waits on the work list to be moved.")).to_be_visible()
    assert not Email.objects.exists()

    desk = open_page(WIDE)
    desk.goto("/desk/lists/")
    desk.get_by_label("Email").fill(cast.manager.email)
    desk.get_by_label("Password").fill(PASSWORD)
    desk.get_by_role("button", name="Sign in", exact=True).click()
    axe(desk)
    desk.get_by_role("link", name="To be moved").click()
    axe(desk)
    desk.get_by_role("link", name="Pat Example").click()
    desk.locator("input[name=slot]").first.check()
    desk.get_by_role("button", name="See what it does").first.click()
    desk.get_by_role("button", name="Move the visit").click()
    desk.goto("/desk/lists/to-move/")
    expect(desk.get_by_text("Nothing waits here.")).to_be_visible()
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.starts_at.date() < monday_ahead() or first.starts_at > at(17, days=4)
    assert (second.starts_at, second.status, second.stays_outside_hours) == (
        at(10, days=2),
        "booked",
        True,
    )
    assert [mail.kind for mail in Email.objects.filter(kind="moved")] == ["moved"]
