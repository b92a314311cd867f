"""Somebody is signed out while filling in a form: it is all there after signing in again."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from booking.models import Appointment
from clinic.models import KeptForm
from clinic.models.sign_in import StoredSession
from intake.models import VisitRecord
from intake.visit_records.queries import findings_of
from tests.cast import Cast, make_cast
from tests.factories import PASSWORD
from tests.intake.checkins.checking_in import make_package, make_visit
from tests.journeys.test_review import sent
from tests.rounds import rounds

pytestmark = pytest.mark.django_db(transaction=True)

OpenPage = Callable[..., Page]
DAY = timedelta(days=1)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def visit(cast: Cast) -> Appointment:
    now = timezone.now()
    package = make_package(cast.patient, now=now - 30 * DAY)
    for number, days in ((1, 28), (2, 14)):
        make_visit(package, cast.clinician, number, now - days * DAY, status="completed")
    soon = now - timedelta(minutes=20)
    return make_visit(package, cast.clinician, 3, soon, status="arrived")


def sign_in(page: Page) -> None:
    page.get_by_label("Email").fill("clinician@example.test")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def end_sessions() -> None:
    StoredSession.objects.all().delete()


NUMBERS = {"li.hop-left": "12", "li.hop-right": "11", "li.hop-pain": "2", "li.jog-overall": "1"}


@pytest.mark.parametrize("size", [(390, 844), *rounds([], [(1280, 900)])])
def test_the_record_of_a_visit_survives_the_end_of_the_session(
    cast: Cast,
    visit: Appointment,
    open_page: OpenPage,
    axe: Callable[[Page], None],
    size: tuple[int, int],
) -> None:
    page = open_page(size)
    page.goto(f"/review/visit/{visit.pk}/")
    sign_in(page)
    for name, value in NUMBERS.items():
        page.locator(f'[name="{name}"]').fill(value)
    page.locator('[name="li.jog-pain"]').fill("0")
    page.locator('[name="li.hop-limp"]').check()
    page.get_by_label("Walk-run stage until the next visit").select_option("0")
    page.get_by_label("Home plan, as the patient reads it").fill("Walk to the lake")
    page.get_by_label("Note for the team").fill("Limps when tired\nsecond line")
    end_sessions()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    expect(page.get_by_text("Limps when tired")).to_have_count(0)
    axe(page)
    assert not VisitRecord.objects.exists()
    page.get_by_role("link", name="Sign in").click()
    sign_in(page)
    expect(page.get_by_role("heading", name="What you typed is back")).to_be_visible()
    for name, value in NUMBERS.items():
        expect(page.locator(f'[name="{name}"]')).to_have_value(value)
    expect(page.locator('[name="li.hop-limp"]')).to_be_checked()
    expect(page.locator('[name="li.hop-leak"]')).not_to_be_checked()
    expect(page.get_by_label("Walk-run stage until the next visit")).to_have_value("0")
    note = page.get_by_label("Note for the team")
    expect(note).to_have_value("Limps when tired\nsecond line")
    axe(page)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("The record is saved.")).to_be_visible()
    found = findings_of(VisitRecord.objects.get())
    assert (found.items["li.hop"].left, found.items["li.hop"].limp) == (12, True)
    assert (found.stage, found.home_plan) == (0, "Walk to the lake")
    assert not KeptForm.objects.exists()


def test_a_second_tab_in_which_she_signs_in_again_loses_nothing(
    cast: Cast, visit: Appointment, open_page: OpenPage
) -> None:
    page = open_page((1280, 900))
    page.goto(f"/review/visit/{visit.pk}/")
    sign_in(page)
    page.locator('[name="li.hop-left"]').fill("12")
    end_sessions()
    second = page.context.new_page()
    second.goto("/review/")
    sign_in(second)
    expect(second.get_by_role("heading", level=1)).to_have_text("Review")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name="Open the form again").click()
    expect(page.locator('[name="li.hop-left"]')).to_have_value("12")


def test_a_decision_and_the_outcome_of_a_call_survive_as_well(
    cast: Cast, open_page: OpenPage
) -> None:
    intake = sent(**{"bg.delivery": "vaginal", "bg.tear": "severe"})
    page = open_page((1280, 900))
    page.goto(f"/review/{intake.pk}/")
    sign_in(page)
    flag = page.locator("article.flag.is-red").first
    flag.get_by_text("Impact held", exact=True).click()
    flag.get_by_label("Reason").fill("Weak support")
    end_sessions()
    page.get_by_role("button", name="Sign and open the next").click()
    page.get_by_role("link", name="Sign in").click()
    sign_in(page)
    flag = page.locator("article.flag.is-red").first
    expect(flag.get_by_label("Impact held")).to_be_checked()
    expect(flag.get_by_label("Reason")).to_have_value("Weak support")
    intake.refresh_from_db()
    assert intake.decided_at is None
