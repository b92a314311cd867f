"""Two people at the desk: the calendar follows the other one and disturbs nobody at work."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from booking.models import Appointment
from clinic.practice.wall_time import clinic_date, instant
from tests.cast import Cast, make_cast
from tests.factories import make_appointment, make_manager, make_referral
from tests.journeys.test_package import sign_in

pytestmark = pytest.mark.django_db(transaction=True)

OpenPage = Callable[..., Page]
LOW = (1280, 420)
PLACE = "() => [scrollY, document.querySelector('.cal').scrollLeft]"


@pytest.fixture
def cast() -> Cast:
    cast = make_cast()
    make_referral(patient=cast.patient, now=timezone.now())
    make_referral(patient=cast.other_patient, now=timezone.now())
    return cast


def monday_ahead() -> date:
    today = clinic_date(timezone.now(), "America/New_York")
    return today + timedelta(days=14 - today.weekday())


def at(hour: int) -> datetime:
    return instant(monday_ahead(), time(hour), "America/New_York")


def desk(
    open_page: OpenPage, user: Any, live_server: Any, size: tuple[int, int] = LOW, **more: Any
) -> Page:
    page = open_page(size, **more)
    sign_in(page, user, live_server.url)
    return page


@pytest.mark.parametrize("size", [LOW, (390, 420)])
def test_what_a_colleague_does_appears_and_focus_and_scroll_stay(
    cast: Cast,
    open_page: OpenPage,
    live_server: Any,
    axe: Callable[[Page], None],
    size: tuple[int, int],
) -> None:
    early = make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=at(9))
    late = make_appointment(patient=cast.other_patient, clinician=cast.clinician, starts_at=at(14))
    mine = desk(open_page, cast.manager, live_server, size)
    mine.clock.install()
    mine.goto(f"/desk/day/{monday_ahead()}/")
    card = mine.locator(f".cal a[href='/desk/appointment/{late.pk}/']")
    card.evaluate("one => one.focus({ preventScroll: true })")
    mine.evaluate("() => scrollTo({ top: 170, behavior: 'instant' })")
    place = mine.evaluate(PLACE)
    assert place[0] == 170

    theirs = desk(open_page, make_manager(email="second@example.test"), live_server)
    theirs.goto(f"/desk/appointment/{early.pk}/")
    theirs.get_by_role("button", name="Cancel this visit").click()
    expect(
        theirs.get_by_text("Cancelled").or_(theirs.get_by_text("Canceled")).first
    ).to_be_visible()
    other = mine.locator(f".cal a[href='/desk/appointment/{early.pk}/']")
    expect(other).to_contain_text("Booked")

    mine.clock.run_for(66_000)
    expect(other).to_have_count(0)
    mine.clock.run_for(1_000)
    expect(mine.locator("#updated[role=status]")).to_have_text("Calendar updated")
    expect(card).to_be_focused()
    assert mine.evaluate(PLACE) == place
    axe(mine)

    # Nothing changed, so nothing is announced and the page is not touched.
    mine.evaluate("() => { document.getElementById('calendar').dataset.mark = 'same'; }")
    mine.clock.run_for(66_000)
    expect(mine.locator("#calendar[data-mark=same]")).to_have_count(1)


def test_the_calendar_gets_the_focus_when_the_focused_card_is_gone(
    cast: Cast, open_page: OpenPage, live_server: Any
) -> None:
    visit = make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=at(9))
    page = desk(open_page, cast.manager, live_server)
    page.clock.install()
    page.goto(f"/desk/week/{monday_ahead()}/")
    card = page.locator(f".cal a[href='/desk/appointment/{visit.pk}/']")
    card.focus()
    Appointment.objects.update(status="cancelled", cancelled_at=timezone.now())
    page.clock.run_for(66_000)
    expect(card).to_have_count(0)
    expect(page.locator(".cal")).to_be_focused()


def test_a_card_that_changed_since_it_was_opened_is_refused_in_words(
    cast: Cast, open_page: OpenPage, live_server: Any
) -> None:
    visit = make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=at(9))
    mine = desk(open_page, cast.manager, live_server)
    theirs = desk(open_page, make_manager(email="second@example.test"), live_server)
    for page in (mine, theirs):
        page.goto(f"/desk/appointment/{visit.pk}/")
    theirs.get_by_role("button", name="Cancel this visit").click()
    with mine.expect_response(lambda answer: answer.request.method == "POST") as found:
        mine.get_by_role("button", name="Cancel this visit").click()
    assert found.value.status == 409
    expect(mine.get_by_role("alert")).to_contain_text("changed since you opened the page")


def test_keys_lead_from_the_day_to_its_week_and_back_and_into_the_entries(
    cast: Cast, open_page: OpenPage, live_server: Any
) -> None:
    make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=at(9))
    wednesday = monday_ahead() + timedelta(days=2)
    page = desk(open_page, cast.manager, live_server)
    page.goto(f"/desk/day/{wednesday}/")
    page.keyboard.press("w")
    page.wait_for_url(f"**/desk/week/{wednesday}/")
    page.keyboard.press("d")
    page.wait_for_url(f"**/desk/day/{wednesday}/")
    page.goto(f"/desk/day/{monday_ahead()}/")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".cal tbody a").first).to_be_focused()


def test_on_paper_the_day_is_its_table_and_nothing_else(
    cast: Cast, open_page: OpenPage, live_server: Any
) -> None:
    make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=at(9))
    page = desk(open_page, cast.manager, live_server)
    # As wide as a sheet of letter paper within its margins.
    page.set_viewport_size({"width": 720, "height": 1000})
    page.emulate_media(media="print")
    page.goto(f"/desk/day/{monday_ahead()}/")
    assert page.locator(".cal thead").evaluate("one => getComputedStyle(one).display") != "none"
    assert (
        page.locator(".cal tbody tr").first.evaluate("one => getComputedStyle(one).display")
        == "table-row"
    )
    expect(page.locator(".masthead")).to_be_hidden()
    page.goto(f"/desk/week/{monday_ahead()}/")
    expect(page.locator("#id_clinician")).to_be_hidden()


def test_what_is_to_be_done_is_shown_beside_the_day_and_refreshed(
    cast: Cast, open_page: OpenPage, live_server: Any, axe: Callable[[Page], None]
) -> None:
    page = desk(open_page, cast.manager, live_server)
    page.clock.install()
    page.goto(f"/desk/day/{monday_ahead()}/")
    beside = page.get_by_role("complementary", name="To do")
    # Both patients of the cast may book and have not.
    invited = beside.get_by_role("listitem").filter(has_text="Invited, not booked")
    expect(invited).to_contain_text("2")
    axe(page)
    link = beside.get_by_role("link", name="Invited, not booked")
    link.focus()
    make_appointment(
        patient=cast.patient, clinician=cast.clinician, starts_at=at(9), booked_at=timezone.now()
    )
    page.clock.run_for(66_000)
    expect(invited).to_contain_text("1")
    expect(link).to_be_focused()
    axe(page)


def test_a_hidden_page_does_not_refresh_and_a_field_in_use_is_left_alone(
    cast: Cast, open_page: OpenPage, live_server: Any
) -> None:
    page = desk(open_page, cast.manager, live_server)
    page.clock.install()
    page.goto(f"/desk/week/{monday_ahead()}/")
    asked: list[str] = []
    page.on("request", lambda one: "/desk/" in one.url and asked.append(one.url))
    page.locator("#id_clinician").focus()
    page.keyboard.press("c")
    page.clock.run_for(130_000)
    assert asked == []
    page.evaluate("""() => { document.activeElement.blur();
      Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
    }""")
    page.clock.run_for(130_000)
    assert asked == []
    page.evaluate("""() => { delete document.visibilityState;
      document.dispatchEvent(new Event("visibilitychange")); }""")
    with page.expect_response(lambda answer: answer.status == 304):
        page.clock.run_for(66_000)
    page.keyboard.press("c")
    page.wait_for_url("**/desk/patients/")
    assert "/desk/week/" in asked[0]
