"""A visit moves too close to the next, and the patient finds new times for all after it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from booking.models import Appointment
from booking.planner.actions import confirm_plan, hold_plan
from booking.planner.plan import PlanWishes, best_plan
from booking.planner.queries import planning_of
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.models.messages import Email
from tests.cast import Cast, make_cast
from tests.factories import make_enrollment, make_referral
from tests.journeys.test_package import sign_in

pytestmark = pytest.mark.django_db(transaction=True)


def six_of(cast: Cast) -> list[Appointment]:
    """Book all six visits, from two days ahead, on Tuesdays where possible."""
    now = timezone.now()
    make_enrollment(
        patient=cast.patient, referral=make_referral(patient=cast.patient, now=now), now=now
    )
    wishes = PlanWishes(weekdays=frozenset({1}), earliest_on=(now + timedelta(days=2)).date())
    task = planning_of(cast.patient, wishes=wishes, holder_key="k", now=now).task
    times = {n: (s.starts_at, s.clinician_id) for n, s in best_plan(task).slots.items()}
    held = hold_plan(
        patient=cast.patient, times=times, holder_key="k", context=Context(SYSTEM, now)
    )
    ids = [one.pk for one in held]
    return confirm_plan(
        appointment_ids=ids, holder_key="k", exam_wish="", context=Context(SYSTEM, now)
    )


def test_a_visit_moves_too_close_to_the_next_and_all_after_it_move_at_once(
    page: Page, live_server: Any, axe: Callable[[Page], None]
) -> None:
    cast = make_cast()
    six = six_of(cast)
    sign_in(page, cast.patient.user, live_server.url)
    page.goto(f"/book/visit/{six[1].pk}/move/")
    day = six[1].starts_at + timedelta(days=3)
    page.goto(f"/book/visit/{six[1].pk}/move/?day={day:%Y-%m-%d}")
    page.locator("#times input[type=radio]").first.check()
    page.get_by_role("button", name="Move to this time").click()
    expect(page.get_by_text("Dates that no longer fit")).to_be_visible()
    axe(page)
    page.get_by_role("link", name="Find new times that fit").click()
    axe(page)
    expect(page.get_by_text("Stays as it is").first).to_be_visible()
    expect(page.get_by_text("it would have been too close").first).to_be_visible()

    # She chooses another time for the last one.
    page.get_by_role("link", name="Change the time of visit 6").click()
    axe(page)
    last = page.locator("#times input[type=radio]").last
    chosen = last.get_attribute("value")
    last.check()
    page.get_by_role("button", name="Use this time").click()
    expect(page.locator("input[name=v6]")).to_have_value(chosen or "no time")
    before = list(Appointment.objects.order_by("visit_number").values_list("rev", flat=True))
    page.get_by_role("button", name="Move").click()
    expect(page.get_by_role("heading", name="Your visit")).to_be_visible()
    expect(page.get_by_text("Dates that no longer fit")).to_have_count(0)
    revs = list(Appointment.objects.order_by("visit_number").values_list("rev", flat=True))
    assert before == [0, 1, 0, 0, 0, 0]
    assert (revs[:2], revs[2], revs[5]) == ([0, 1], 1, 1)
    assert Email.objects.filter(kind="plan_moved", status="due").count() == 1
    assert Appointment.objects.filter(status="booked").count() == 6
