"""From a wish for an earlier time to the visit: a cancellation, a mail, two presses, the log."""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from booking.models import Appointment, ExtraOpening, OpeningHours
from booking.waitlist.actions import offer_free_times
from clinic.messages.outbox import KINDS
from clinic.models.messages import Email
from clinic.practice.wall_time import clinic_date, instant
from tests.cast import make_cast
from tests.factories import make_appointment, make_referral
from tests.journeys.test_package import sign_in

pytestmark = pytest.mark.django_db(transaction=True)

ZONE = "America/New_York"
WIDE = (1280, 900)


def monday_ahead() -> date:
    today = clinic_date(timezone.now(), "America/New_York")
    return today + timedelta(days=14 - today.weekday())


def at(hour: int, days: int = 0) -> datetime:
    return instant(monday_ahead() + timedelta(days=days), time(hour), ZONE)


def tomorrow_morning() -> datetime:
    """Return a time at which offers are mailed: nobody is asked at night."""
    return instant(clinic_date(timezone.now(), ZONE) + timedelta(days=1), time(10), ZONE)


def link_in(email: Email) -> str:
    """Return the private link in the mail."""
    text = KINDS[email.kind].render(email).text
    found = re.search(r"/l/\S+", text)
    assert found is not None
    return found[0]


def test_somebody_cancels_and_a_patient_who_wished_for_that_time_accepts_it(
    open_page: Callable[..., Page], live_server: Any, axe: Callable[[Page], None]
) -> None:
    cast = make_cast()
    for patient in (cast.patient, cast.other_patient):
        make_referral(patient=patient, now=timezone.now())
    # Nothing else is free: the clinic is open for that one visit only.
    OpeningHours.objects.all().delete()
    ExtraOpening.objects.create(clinician=cast.clinician, starts_at=at(10), ends_at=at(12))
    hers = make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=at(10, 7))
    freed = make_appointment(patient=cast.other_patient, clinician=cast.clinician, starts_at=at(10))

    she = open_page()
    sign_in(she, cast.patient.user, live_server.url)
    she.goto("/book/evaluation/earlier/")
    axe(she)
    she.locator("#div_id_weekdays").get_by_text("Monday", exact=True).click()
    she.locator("#div_id_parts").get_by_text("Morning", exact=True).click()
    she.get_by_role("button", name="Put me on the list").click()
    assert offer_free_times(now=tomorrow_morning()) == 0

    another = open_page()
    sign_in(another, cast.other_patient.user, live_server.url)
    another.goto(f"/book/visit/{freed.pk}/cancel/")
    another.get_by_role("button", name="Yes, cancel it").click()
    expect(another.get_by_role("heading", name="This visit is cancelled")).to_be_visible()

    assert offer_free_times(now=tomorrow_morning()) == 1
    at_home = open_page()
    at_home.goto(link_in(Email.objects.get(kind="slot_offer")))
    at_home.get_by_role("heading", name="An earlier time is free").wait_for()
    axe(at_home)
    # A mail program may open the link too, which accepts nothing.
    at_home.reload()
    hers.refresh_from_db()
    assert hers.starts_at == at(10, 7)
    # Nor does the first press, which some of these programs do.
    at_home.get_by_role("link", name="Take this time").click()
    at_home.get_by_role("heading", name="Take this time?").wait_for()
    axe(at_home)
    hers.refresh_from_db()
    assert hers.starts_at == at(10, 7)
    at_home.get_by_role("button", name="Yes, take it").click()
    expect(at_home.get_by_role("heading", name="This time is yours")).to_be_visible()
    axe(at_home)
    hers.refresh_from_db()
    assert (hers.starts_at, hers.status, hers.rev) == (at(10), "booked", 1)
    assert Appointment.objects.filter(status="booked").count() == 1

    desk = open_page(WIDE)
    sign_in(desk, cast.manager, live_server.url)
    desk.goto("/desk/waitlist/")
    expect(desk.get_by_text("Nobody waits.")).to_be_visible()
    offers = desk.get_by_role("complementary")
    expect(offers).to_contain_text(cast.patient.short_name)
    expect(offers).to_contain_text("Accepted")
    expect(offers).to_contain_text("Waited longest, 1 waiting")
    axe(desk)
