"""Parts of a page are swapped: the rest stays, and a failure is announced or done without it."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, Route, expect

from booking.models import Appointment
from clinic.practice.promised import promise_of
from tests.cast import Cast, make_cast
from tests.factories import make_appointment, make_clinician, make_referral
from tests.journeys.test_calendar import at, desk, monday_ahead
from tests.journeys.test_package import sign_in
from tests.rounds import rounds

pytestmark = pytest.mark.django_db(transaction=True)

OpenPage = Callable[..., Page]
MINUTE = 66_000
SIZES = [(390, 844), *rounds([], [(1280, 900)])]
KEPT_BY_THE_BROWSER = "() => [...Object.keys(sessionStorage), ...Object.keys(localStorage)]"


@pytest.fixture
def cast() -> Cast:
    cast = make_cast()
    make_referral(patient=cast.patient, now=timezone.now())
    second = make_clinician(email="second@example.test", name="Dr. Second")
    second.services.set(cast.clinician.services.all())
    return cast


def patient_page(open_page: OpenPage, cast: Cast, live_server: Any, **more: Any) -> Page:
    page = open_page(**more)
    sign_in(page, cast.patient.user, live_server.url)
    page.goto("/book/evaluation/")
    expect(page.locator("#days a").first).to_be_visible()
    return page


def mark(page: Page) -> None:
    """Mark the page, to see later that it was not loaded again."""
    page.evaluate("() => { document.body.dataset.mark = 'same'; }")


def is_same(page: Page) -> None:
    expect(page.locator("body[data-mark=same]")).to_have_count(1)


@pytest.mark.parametrize("size", SIZES)
def test_free_times_are_searched_without_losing_the_position(
    cast: Cast,
    open_page: OpenPage,
    live_server: Any,
    axe: Callable[[Page], None],
    size: tuple[int, int],
) -> None:
    page = patient_page(open_page, cast, live_server, size=size)
    mark(page)
    found = page.locator("#found[role=status]")
    page.get_by_label("Clinician").select_option(label="Dr. Second")
    page.wait_for_url(re.compile(r"with=\d+"))
    expect(page.locator("#times label small").first).to_have_text("with Dr. Second")
    expect(page.locator("#times label small", has_text="Dr. Test")).to_have_count(0)
    is_same(page)
    axe(page)

    day = page.locator("#days a").nth(2)
    name = day.get_attribute("id")
    day.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"day="))
    expect(page.locator(f"#{name}[aria-current=date]")).to_be_focused()
    expect(page.locator("#times h2").first).to_be_in_viewport()
    shown = page.locator("#times h2").first.inner_text()
    expect(found).to_contain_text(f"times on {shown}")
    is_same(page)
    # The browser's history stores the address of the page, and nothing of its content.
    assert page.evaluate(KEPT_BY_THE_BROWSER) in ([], ["htmx-current-path-for-history"])

    page.go_back()
    expect(page.locator("#days a[aria-current=date]")).not_to_have_id(name or "none")
    expect(page.get_by_label("Clinician")).to_have_value(re.compile(r"\d+"))


@pytest.mark.parametrize("size", SIZES)
def test_free_times_are_searched_without_a_script(
    cast: Cast, open_page: OpenPage, live_server: Any, size: tuple[int, int]
) -> None:
    page = patient_page(open_page, cast, live_server, size=size, java_script_enabled=False)
    page.get_by_label("Clinician").select_option(label="Dr. Second")
    page.get_by_role("button", name="Show times").click()
    expect(page.locator("#times label small").first).to_have_text("with Dr. Second")
    page.locator("#days a").nth(2).click()
    expect(page.locator("#days a").nth(2)).to_have_attribute("aria-current", "date")


def test_whoever_was_signed_out_while_searching_is_led_to_sign_in(
    cast: Cast, open_page: OpenPage, live_server: Any
) -> None:
    page = patient_page(open_page, cast, live_server)
    page.context.clear_cookies(name="sessionid")
    page.locator("#days a").nth(2).click()
    page.wait_for_url(re.compile("/accounts/.*next="))


def test_the_last_of_two_searches_on_a_slow_line_is_the_one_that_is_shown(
    cast: Cast, new_context: Callable[..., BrowserContext], live_server: Any
) -> None:
    # Without a watch on its console, where htmx names the search that it gave up.
    page = new_context(base_url=live_server.url).new_page()
    sign_in(page, cast.patient.user, live_server.url)
    page.goto("/book/evaluation/")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(re.compile("with="), hold)
    page.get_by_label("Clinician").select_option(label="Dr. Second")
    day = page.locator("#days a").nth(2)
    name = day.get_attribute("id")
    day.click()
    expect(page.locator(f"#{name}[aria-current=date]")).to_be_visible()
    shown = page.locator("#times h2").first.inner_text()
    # The first answer comes now, and is of no use any more.
    assert held
    for route in held:
        route.abort()
    expect(page.locator("#times h2").first).to_have_text(shown)
    expect(page.locator("#found")).to_contain_text(shown)


def test_a_visit_that_a_colleague_moved_is_shown_where_it_is_now(
    cast: Cast, open_page: OpenPage, live_server: Any
) -> None:
    visit = make_appointment(
        patient=cast.patient, clinician=cast.clinician, starts_at=at(10), booked_at=timezone.now()
    )
    page = desk(open_page, cast.manager, live_server)
    page.goto(f"/desk/appointment/{visit.pk}/move/")
    expect(page.locator("#now")).to_contain_text("10:00 am")
    moved = timedelta(hours=3)
    Appointment.objects.filter(pk=visit.pk).update(
        rev=1, starts_at=visit.starts_at + moved, ends_at=visit.ends_at + moved,
        busy_from=visit.busy_from + moved, busy_until=visit.busy_until + moved,
        **promise_of(visit.starts_at + moved),
    )  # fmt: skip
    page.locator("input[name=slot]").nth(1).check()
    page.get_by_role("button", name="See what it does").first.click()
    expect(page.locator("#now")).to_contain_text("1:00 pm")
    expect(page.locator("#effects")).to_contain_text("1:00 pm")


def test_what_a_move_does_is_shown_beside_the_times(
    cast: Cast, open_page: OpenPage, live_server: Any, axe: Callable[[Page], None]
) -> None:
    visit = make_appointment(
        patient=cast.patient, clinician=cast.clinician, starts_at=at(10), booked_at=timezone.now()
    )
    page = desk(open_page, cast.manager, live_server)
    page.goto(f"/desk/appointment/{visit.pk}/move/")
    mark(page)
    page.locator("input[name=slot]").nth(1).check()
    page.get_by_role("button", name="See what it does").first.click()
    effects = page.get_by_role("complementary", name="What this does")
    expect(effects.get_by_text("nothing is charged")).to_be_in_viewport()
    expect(page.locator("input[name=slot]").nth(1)).to_be_checked()
    is_same(page)
    axe(page)
    effects.get_by_role("button", name="Move the visit").click()
    page.wait_for_url(f"**/desk/appointment/{visit.pk}/")
    visit.refresh_from_db()
    assert visit.rev == 1


# --- A refresh that fails ---------------------------------------------------------------------


@pytest.fixture
def failing_page(cast: Cast, new_context: Callable[..., BrowserContext], live_server: Any) -> Page:
    """Return the day at the desk, without watching its console, which names failed requests."""
    page = new_context(viewport={"width": 1280, "height": 900}, base_url=live_server.url).new_page()
    sign_in(page, cast.manager, live_server.url)
    page.clock.install()
    page.goto(f"/desk/day/{monday_ahead()}/")
    expect(page.locator("#beside").get_by_text("Invited, not booked")).to_be_visible()
    return page


@pytest.mark.parametrize("status", [403, 503])
def test_a_failed_refresh_swaps_nothing_and_says_so_once(
    cast: Cast, failing_page: Page, status: int
) -> None:
    page, said = failing_page, failing_page.locator("#refreshing[role=status]")
    make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=at(9))

    def fail(route: Route) -> None:
        route.fulfill(status=status, body="<h1 id='calendar'>Not now</h1>")

    page.route("**/desk/day/**", fail)
    page.clock.run_for(MINUTE)
    expect(said).to_contain_text("This page is not up to date")
    note = said.locator("p").element_handle()
    page.clock.run_for(MINUTE)
    # The lists are refreshed all the time, and do not remove the message.
    expect(page.locator("#beside").get_by_text("Invited, not booked")).to_have_count(0)
    expect(page.locator(".cal")).not_to_contain_text("Pat E.")
    assert said.locator("p").evaluate("(now, before) => now === before", note)
    expect(page.get_by_text("Not now")).to_have_count(0)

    page.unroute("**/desk/day/**")
    page.clock.run_for(MINUTE)
    expect(page.locator(".cal")).to_contain_text("Pat E.")
    expect(said).to_have_text("")


# As the bar draws it in the last minutes of a session.
BUTTON = """() => {
  const button = document.createElement("button");
  button.id = "waits-stay";
  button.textContent = "Here";
  button.setAttribute("hx-get", "/staff/waits/");
  button.setAttribute("hx-headers", "unset");
  button.setAttribute("hx-target", "#waits");
  document.getElementById("waits").append(button);
  htmx.process(button);
}"""


@pytest.mark.parametrize("answer", ["503", "signed out"])
def test_who_says_she_is_still_there_keeps_what_she_typed(
    cast: Cast, failing_page: Page, answer: str
) -> None:
    page = failing_page
    page.goto("/desk/patients/new/")
    page.get_by_label("Name").fill("Ada Typed")
    if answer == "503":
        page.route("**/staff/waits/", lambda route: route.fulfill(status=503, body="Not now"))
    else:
        page.context.clear_cookies(name="sessionid")
    page.evaluate(BUTTON)
    page.get_by_role("button", name="Here").click()
    words = "not up to date" if answer == "503" else "You have been signed out"
    expect(page.locator("#refreshing")).to_contain_text(words)
    expect(page.get_by_label("Name")).to_have_value("Ada Typed")


def test_a_page_of_somebody_in_between_is_not_taken_for_a_refresh(
    cast: Cast, failing_page: Page
) -> None:
    page = failing_page
    page.route("**/desk/day/**", lambda route: route.fulfill(status=200, body="<h1>Welcome</h1>"))
    with page.expect_response("**/desk/day/**"):
        page.clock.run_for(MINUTE)
    # What the page does with the answer may wait for its clock.
    page.clock.run_for(1000)
    expect(page.locator("#refreshing")).to_contain_text("This page is not up to date")
    expect(page.get_by_text("Welcome")).to_have_count(0)


def test_on_a_phone_no_empty_cell_takes_a_line(
    cast: Cast, open_page: OpenPage, live_server: Any
) -> None:
    make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=at(9))
    page = desk(open_page, cast.manager, live_server, size=(390, 844))
    for path in (f"/desk/day/{monday_ahead()}/?by=room", f"/desk/week/{monday_ahead()}/"):
        page.goto(path)
        expect(page.locator(".cal td").first).to_be_attached()
        lines = page.locator(".cal tbody td:visible").evaluate_all(
            "(cells) => cells.filter((one) => !one.innerText.trim()).length"
        )
        assert lines == 0, path


def test_what_is_unchanged_is_not_swapped_and_so_not_read_aloud_again(
    cast: Cast, open_page: OpenPage, live_server: Any
) -> None:
    page = desk(open_page, cast.manager, live_server)
    page.clock.install()
    page.goto("/desk/lists/")
    page.evaluate("() => { document.getElementById('waits').dataset.mark = 'same'; }")
    with page.expect_response(lambda answer: answer.status == 304):
        page.clock.run_for(MINUTE)
    page.clock.run_for(1_000)
    expect(page.locator("#waits[data-mark=same]")).to_have_count(1)
