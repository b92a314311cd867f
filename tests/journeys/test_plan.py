"""Plan six visits on a telephone, lose one to another patient, and finish."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from booking.appointments.bookings import book_by_staff
from booking.models import Appointment
from booking.scheduling.slot_choices import read_choice
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.models.messages import Email
from tests.cast import make_cast
from tests.factories import make_enrollment, make_referral
from tests.journeys.test_desk import WIDE, follow, tab_to
from tests.journeys.test_package import sign_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def open_limits(settings: Any) -> None:
    settings.LIMITS = {**settings.LIMITS, "hold_sets": (1000, 600)}


def test_six_visits_are_planned_one_is_lost_to_somebody_else_and_all_are_booked(
    page: Page, live_server: Any, axe: Callable[[Page], None]
) -> None:
    cast = make_cast()
    now = timezone.now()
    make_enrollment(
        patient=cast.patient, referral=make_referral(patient=cast.patient, now=now), now=now
    )
    make_referral(patient=cast.other_patient, now=now)
    sign_in(page, cast.patient.user, live_server.url)
    page.goto("/book/run-ready/")
    page.get_by_role("link", name="Plan all 6 visits at once").click()
    page.locator("#div_id_weekdays").get_by_text("Tuesday", exact=True).click()
    page.get_by_text("Morning, before 12").click()
    page.get_by_role("button", name="Plan again").click()
    axe(page)
    expect(page.locator("ol.plan > li.next")).to_have_count(6)
    expect(page.locator("ol.plan .when").first).to_contain_text("Tuesday")

    # She chooses another time for visit 2, and the plan holds on to it.
    page.get_by_role("link", name="Change the time of visit 2").click()
    axe(page)
    last = page.locator("#times input[type=radio]").last
    chosen = last.get_attribute("value")
    last.check()
    page.get_by_role("button", name="Use this time").click()
    expect(page.locator("input[name=v2]")).to_have_value(chosen or "no time")
    shown = page.locator("ol.plan .when span:first-child").all_inner_texts()
    starts_at, clinician_id = read_choice(page.locator("input[name=v3]").input_value())
    book_by_staff(
        patient=cast.other_patient, service_code="evaluation", starts_at=starts_at,
        clinician_id=clinician_id, staff=cast.manager, context=Context(SYSTEM, timezone.now()),
    )  # fmt: skip

    page.get_by_role("button", name="Hold these 6 times").click()
    expect(page.get_by_role("alert")).to_contain_text("Visit 3")
    axe(page)
    again = page.locator("ol.plan .when span:first-child").all_inner_texts()
    assert [one == two for one, two in zip(shown, again, strict=True)].count(False) == 1
    assert not Appointment.objects.filter(patient=cast.patient).exists()

    page.get_by_role("button", name="Hold these 6 times").click()
    expect(page.locator("#held")).to_contain_text("Kept for you until")
    axe(page)
    page.get_by_role("button", name="Book these 6 visits").click()
    expect(page.get_by_text("Booked", exact=True)).to_have_count(6)
    assert Appointment.objects.filter(patient=cast.patient, status="booked").count() == 6
    assert Email.objects.filter(kind="plan").count() == 1


def test_on_the_telephone_the_desk_enrolls_her_and_plans_all_six_without_a_mouse(
    open_page: Callable[..., Page], live_server: Any, axe: Callable[[Page], None]
) -> None:
    cast, now = make_cast(), timezone.now()
    make_referral(patient=cast.patient, now=now)
    page = open_page(WIDE)
    sign_in(page, cast.manager, live_server.url)
    page.goto(f"/desk/patient/{cast.patient.pk}/")
    follow(page, "Join a package for her")
    axe(page)
    follow(page, "She agrees: join Run Ready")
    axe(page)
    follow(page, "Plan all 6 visits at once")
    tab_to(page, "Tuesday")
    page.keyboard.press("Space")
    follow(page, "Plan again")
    axe(page)
    expect(page.locator("ol.plan .when").first).to_contain_text("Tuesday")
    follow(page, "Change the time of visit 2")
    axe(page)
    page.go_back()
    follow(page, "Book these 6 visits")
    expect(page.get_by_text("0 of 6 left to book")).to_be_visible()
    axe(page)
    assert Appointment.objects.filter(status="booked").count() == 6
    assert Email.objects.filter(kind="plan").count() == 1
