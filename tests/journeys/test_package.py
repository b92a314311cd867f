"""A package from visit 1 to 6 in a real browser, with check-ins that rise, are missing or red."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from playwright.sync_api import Page, expect

from booking.appointments.attendance import mark_arrived, mark_completed
from booking.models import Appointment, Enrollment
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.models.people import User
from intake.checkins.due_marks import mark_due_checkins
from intake.models import Intake
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW
from tests.intake.checkins.checking_in import DAY, make_package, make_visit
from tests.journeys.test_browser import answer_the_rest, choose

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = timedelta(minutes=1)
DAYS = {1: 3, 2: 13, 3: 23, 4: 33, 5: 48, 6: 63}


def sign_in(page: Page, user: User, site: str) -> None:
    """Sign this browser in as the user, as the mailed code does."""
    cookie = client_for(user).cookies["sessionid"]
    page.context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": site}])


def give_birth_date(page: Page) -> None:
    for part, value in (("Month", "5"), ("Day", "4"), ("Year", "1992")):
        page.get_by_label(part, exact=True).fill(value)
    page.get_by_role("button", name="Go on").click()


def fill_in(page: Page, *, warning: str = "None of these", pain: str = "0") -> None:
    choose(page, "ci_warning", warning)
    choose(page, "ci_leak_frequency", "Never")
    choose(page, "ci_heavy_frequency", "Never")
    for question, value in (("ci_pain_worst", pain), ("ci_worry", "2")):
        page.locator(f"#div_id_{question} input[value='{value}']").check()
    page.locator("#div_id_ci_load").get_by_text("I can walk fast for 30 minutes").click()
    answer_the_rest(page)


def let_take_place(visit: Appointment) -> None:
    """Let the visit take place."""
    visit.refresh_from_db()
    mark_arrived(appointment_id=visit.pk, rev=visit.rev, context=Context(SYSTEM, visit.starts_at))
    visit.refresh_from_db()
    mark_completed(appointment_id=visit.pk, rev=visit.rev, context=Context(SYSTEM, visit.ends_at))


def book_all(cast: Cast, package: Enrollment) -> dict[int, Appointment]:
    visits = {}
    for number, days in DAYS.items():
        visit = make_visit(package, cast.clinician, number, NOW + days * DAY)
        package.ledger.create(
            appointment=visit, kind="reserve", delta=-1, cycle=0, at=NOW, by="system"
        )
        visits[number] = visit
    return visits


def test_six_visits_and_their_check_ins(
    open_page: Callable[..., Page], live_server: Any, axe: Callable[[Page], None]
) -> None:
    cast = make_cast()
    visits = book_all(cast, make_package(cast.patient))
    let_take_place(visits[1])

    # Visit 2: she feels fine.
    with time_machine.travel(visits[2].starts_at - 2 * DAY):
        page = open_page()
        sign_in(page, cast.patient.user, live_server.url)
        page.goto("/visits/")
        axe(page)
        page.get_by_role("link", name="Check in", exact=True).click()
        give_birth_date(page)
        axe(page)
        fill_in(page)
        page.get_by_role("button", name="Send to the clinic").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Carry on as planned")
        axe(page)
    let_take_place(visits[2])

    # Visit 3: pain has come up by 30 points.
    with time_machine.travel(visits[3].starts_at - DAY):
        page = open_page()
        sign_in(page, cast.patient.user, live_server.url)
        page.goto(f"/visits/check-in/{visits[3].pk}/")
        give_birth_date(page)
        fill_in(page, pain="3")
        page.get_by_role("button", name="Send to the clinic").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(
            "Running: stay where you are, or take a step back, until runs feel easy."
        )
        expect(page.get_by_text("Something got worse.")).to_be_visible()
    let_take_place(visits[3])

    # Visit 4: nothing was sent, so the desk asks on arrival.
    with time_machine.travel(visits[4].starts_at - 5 * MINUTE):
        mark_due_checkins(now=visits[4].starts_at - 5 * MINUTE)
        desk = open_page((1280, 900))
        sign_in(desk, cast.manager, live_server.url)
        desk.goto("/desk/")
        expect(desk.get_by_text("Check-in due").first).to_be_visible()
        desk.get_by_role("link", name="Check-ins").click()
        axe(desk)
        desk.get_by_role("link", name="Pat E").first.click()
        axe(desk)
        fill_in(desk)
        desk.get_by_role("button", name="Send for the patient").click()
        expect(desk.get_by_text("The visit goes ahead as planned.")).to_be_visible()
    let_take_place(visits[4])

    # Visit 5: leaking poop. No impact until a clinician has reviewed it.
    with time_machine.travel(visits[5].starts_at - 2 * DAY):
        page = open_page()
        sign_in(page, cast.patient.user, live_server.url)
        page.goto(f"/visits/check-in/{visits[5].pk}/")
        give_birth_date(page)
        fill_in(page, warning="Leaking poop")
        page.get_by_role("button", name="Send to the clinic").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(
            "Running and jumping: please wait until you have heard from us. Easy walking is fine "
            "if it feels good."
        )
        visits[5].refresh_from_db()
        assert visits[5].attention == "red"
        clinician = open_page((1280, 900))
        sign_in(clinician, cast.clinician.user, live_server.url)
        red = Intake.objects.checkins().awaiting_review().get()
        clinician.goto(f"/review/{red.pk}/")
        expect(clinician.get_by_role("heading", name="Since the start")).to_be_visible()
        axe(clinician)
        clinician.get_by_label("Reviewed", exact=True).check()
        clinician.get_by_role("button", name="Sign and open the next").click()
        visits[5].refresh_from_db()
        assert visits[5].attention == ""
    let_take_place(visits[5])
    let_take_place(visits[6])

    # She sees that she improves, and her plan.
    with time_machine.travel(visits[6].ends_at + 60 * MINUTE):
        page = open_page()
        sign_in(page, cast.patient.user, live_server.url)
        page.goto("/visits/")
        expect(page.get_by_text("Answer the questions again")).to_be_visible()
        page.get_by_role("link", name="How you are doing").click()
        give_birth_date(page)
        expect(page.get_by_role("img", name="Pain")).to_be_visible()
        axe(page)
        page.goto("/visits/plan/")
        axe(page)
