"""What is open stays open, in a real browser: the patient at her phone, the clinic at its desk."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Page, expect

from booking.models import Appointment
from clinic.models.people import Patient
from clinic.security.private_links import issue
from intake.intakes.draft_terms import RESUME, about
from intake.models import Concern, Intake, Task
from tests.cast import Cast, client_for, make_cast
from tests.factories import PASSWORD, make_user
from tests.intake.checkins.checking_in import DAY, make_package, make_visit
from tests.intake.fhir.test_fhir_record import FEVER, INA, responded, written
from tests.intake.review.reviewing import TORN, make_intake, opened
from tests.journeys.test_browser import (
    answer_from_birth,
    answer_the_rest,
    answer_to_the_end,
    begin,
    choose,
    go_on,
)
from tests.journeys.test_coming_back import give_birth_date
from tests.rounds import rounds

pytestmark = pytest.mark.django_db(transaction=True)

OpenPage = Callable[..., Page]
Axe = Callable[[Page], None]
WIDE, PHONE = (1280, 900), (390, 844)
WELL = {"care.note": ""}
EVALUATION, BOTH = ("evaluation",), ("evaluation", "run_ready")


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def desk(open_page: OpenPage) -> Callable[..., Page]:
    """Return a function that signs somebody of the staff in on this page."""

    def sign_in(path: str, email: str, size: tuple[int, int] = WIDE) -> Page:
        page = open_page(size)
        page.goto(path)
        page.get_by_label("Email").fill(email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        return page

    return sign_in


@pytest.fixture
def as_her(open_page: OpenPage, live_server: Any) -> Callable[[Patient], Page]:
    """Return a function that opens a page on her phone on which this patient is signed in."""

    def sign_in(patient: Patient) -> Page:
        if patient.user is None:
            patient.user = make_user(email="pat@example.test", is_sample=False)
            patient.save(update_fields=["user"])
        page = open_page(PHONE)
        session = client_for(patient.user).cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        return page

    return sign_in


def answer_well(page: Page) -> None:
    """Begin the questions as somebody who is known, answer that all is well, and send."""
    page.get_by_role("link", name=re.compile("Start the questions|questions again")).click()
    for words in ("I am 18 or older", "may keep my answers", "may e-mail and call me"):
        page.get_by_text(words).click()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Safety check")
    answer_to_the_end(page, tear="No", leaks=False)
    expect(page.get_by_text("Something you told us before is still open")).to_be_visible()
    expect(page.get_by_role("link", name="See Run Ready")).to_have_count(0)


def sign(page: Page) -> None:
    page.get_by_role("button", name="Sign and open the next").click()


def sent(**answers: Any) -> Intake:
    return make_intake(now=timezone.now(), **{**WELL, **answers})


def try_once(page: Page, words: str) -> None:
    page.get_by_text(words, exact=True).click()
    page.get_by_role("button", name="Record the try").click()
    expect(page.get_by_text("The try is recorded.")).to_be_visible()


def test_a_held_tear_stays_held_when_she_fills_in_the_form_again(
    cast: Cast,
    page: Page,
    desk: Callable[..., Page],
    as_her: Callable[[Patient], Page],
    settings: Any,
    axe: Axe,
) -> None:
    settings.LIMITS = {**settings.LIMITS, "intake_starts": (1000, 600)}
    begin(page)
    answer_to_the_end(page, tear="Yes, a 3rd or 4th degree tear", leaks=False)
    expect(page.get_by_role("heading", level=1)).to_have_text("Let’s see you before you run")
    first = Intake.objects.get()

    clinician = desk(f"/review/{first.pk}/", "clinician@example.test")
    flag = clinician.locator("article.flag.is-red")
    flag.get_by_text("Impact held", exact=True).click()
    flag.get_by_label("Reason").fill("No impact until examined")
    sign(clinician)
    expect(clinician.get_by_text("is signed")).to_be_visible()

    hers = as_her(first.patient)
    hers.goto("/")
    answer_well(hers)
    second = Intake.objects.latest("started_at")
    assert (second.patient, second.level) == (first.patient, "clear")
    assert opened(first.patient) == EVALUATION
    clinician.goto("/review/?tab=held")
    expect(clinician.locator("tbody tr")).to_have_count(1)
    clinician.goto(f"/review/{second.pk}/")
    still_open = clinician.get_by_role("region", name="Still open from other forms")
    expect(still_open.get_by_text("not mentioned on")).to_be_visible()
    axe(clinician)
    still_open.get_by_role("link").click()
    axe(clinician)
    expect(clinician.get_by_text("No impact until examined")).to_be_visible()
    clinician.get_by_text("Reviewed", exact=True).click()
    clinician.get_by_role("button", name="Mark", exact=True).click()
    expect(clinician.get_by_text("What may be booked follows from it.")).to_be_visible()
    assert opened(first.patient) == BOTH


def test_the_page_she_sees_after_a_clear_form_says_what_is_still_open(
    cast: Cast, page: Page, settings: Any, axe: Axe
) -> None:
    settings.LIMITS = {**settings.LIMITS, "intake_starts": (1000, 600)}
    begin(page)
    answer_to_the_end(page, tear="Yes, a 3rd or 4th degree tear", leaks=False)
    page.get_by_role("button", name="Change my answers").click()
    page.get_by_role("link", name="Change your answer about tearing").or_(
        page.locator("a[href*='birth']")
    ).first.click()
    choose(page, "bg_tear", "No")
    go_on(page)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Something you told us before is still open")).to_be_visible()
    expect(page.get_by_text("please wait until you have heard from us")).to_be_visible()
    expect(page.get_by_role("link", name="See Run Ready")).to_have_count(0)
    axe(page)


@pytest.mark.parametrize("size", [PHONE, *rounds([], [WIDE])])
def test_self_harm_is_unreached_after_one_try_and_over_once_a_clinician_spoke_with_her(
    cast: Cast, desk: Callable[..., Page], axe: Axe, size: tuple[int, int]
) -> None:
    intake = sent(**{"safety.mind": ["self_harm"]})
    task = Task.objects.get(kind="urgent_call")
    path = f"/review/tasks/{task.pk}/"
    manager = desk(path, "manager@example.test", size)
    axe(manager)
    try_once(manager, "No answer")
    expect(manager.get_by_role("heading", name="She was not reached")).to_be_visible()
    expect(manager.get_by_text("Only a clinician can end this task")).to_be_visible()
    try_once(manager, "Left a message")
    axe(manager)
    assert opened(intake.patient) == ()

    clinician = desk(path, "clinician@example.test", size)
    expect(clinician.get_by_text("Left a message").first).to_be_visible()
    clinician.get_by_text("Spoke with her", exact=True).click()
    clinician.get_by_role("button", name="Record the outcome").click()
    expect(clinician.get_by_role("button", name="Take it back")).to_be_visible()
    assert opened(intake.patient) == ()

    clinician.goto(f"/review/{intake.pk}/")
    clinician.locator("article.flag.is-urgent").get_by_text("Reviewed", exact=True).click()
    sign(clinician)
    expect(clinician.get_by_text("is signed")).to_be_visible()
    assert opened(intake.patient) == BOTH


def test_a_promised_check_in_is_closed_by_contact_only(
    cast: Cast, desk: Callable[..., Page]
) -> None:
    intake = sent(**{"safety.mind": ["prefer_not"]})
    clinician = desk(f"/review/{intake.pk}/", "clinician@example.test")
    clinician.locator("article.flag.is-red").get_by_text("Reviewed", exact=True).click()
    sign(clinician)
    expect(clinician.get_by_text("Record what came of it first").first).to_be_visible()
    assert not intake.decisions.exists()
    clinician.get_by_role("link", name="Check in with her in private").click()
    clinician.get_by_text("She declined", exact=True).click()
    clinician.get_by_role("button", name="Record the outcome").click()
    expect(clinician.get_by_text("Write down what she said").first).to_be_visible()
    clinician.get_by_role("textbox", name="Note", exact=True).fill("“I am fine, thank you.”")
    clinician.get_by_role("button", name="Record the outcome").click()
    expect(clinician.get_by_role("button", name="Take it back")).to_be_visible()
    clinician.goto(f"/review/{intake.pk}/")
    clinician.locator("article.flag.is-red").get_by_text("Reviewed", exact=True).click()
    sign(clinician)
    expect(clinician.get_by_text("is signed")).to_be_visible()
    assert opened(intake.patient) == BOTH


def test_a_declined_patients_fresh_form_opens_nothing_until_that_is_taken_back(
    cast: Cast, desk: Callable[..., Page]
) -> None:
    first = sent(**TORN)
    clinician = desk(f"/review/{first.pk}/", "clinician@example.test")
    clinician.locator("article.flag.is-red").get_by_text("Reviewed", exact=True).click()
    clinician.get_by_text("Decline", exact=True).click()
    clinician.get_by_label("Note for the team").fill("She needs a hospital.")
    sign(clinician)
    expect(clinician.get_by_text("is signed")).to_be_visible()
    second = make_intake(patient=first.patient, now=timezone.now(), **WELL)
    assert opened(first.patient) == ()
    clinician.goto(f"/review/{second.pk}/")
    expect(clinician.get_by_text("The patient is declined.")).to_be_visible()
    clinician.get_by_text("Take the decline back", exact=True).click()
    sign(clinician)
    expect(clinician.get_by_text("is signed")).to_be_visible()
    assert opened(first.patient) == BOTH
    assert not Concern.objects.open().exists()


def come_back(page: Page, draft: Intake) -> None:
    """Open the mailed link to the draft and give the date of birth."""
    link = issue(
        purpose=RESUME, about=about(draft), patient=draft.patient,
        expires_at=timezone.now() + DAY,
    )  # fmt: skip
    page.goto("/l/" + link.rpartition("/")[2])
    give_birth_date(page)


def reach(page: Page, name: str) -> None:
    """Open her call from the list of tasks and record that somebody spoke with her."""
    page.get_by_role("link", name=name, exact=True).click()
    page.get_by_text("Spoke with her", exact=True).click()
    page.get_by_role("button", name="Record the outcome").click()
    expect(page.get_by_role("button", name="Take it back")).to_be_visible()


def test_an_urgent_form_that_is_sent_opens_after_the_call_and_the_review(
    cast: Cast, page: Page, desk: Callable[..., Page], settings: Any, axe: Axe
) -> None:
    settings.LIMITS = {**settings.LIMITS, "intake_starts": (1000, 600)}
    begin(page)
    choose(page, "safety_emergency", "None of these")
    choose(page, "safety_body", "A fever of 100.4°F (38°C) or higher")
    choose(page, "safety_mind", "None of these")
    answer_the_rest(page)
    go_on(page)
    page.get_by_role("button", name="I’m getting help").click()
    expect(page.get_by_text("We will call you by").first).to_be_visible()
    draft = Intake.objects.get()
    come_back(page, draft)
    expect(page.get_by_role("heading", level=1)).to_have_text("Call your OB or midwife right now")

    clinician = desk("/review/tasks/?tab=calls", "clinician@example.test")
    reach(clinician, "Pat Example")
    page.goto("/intake/birth/")
    go_on(page)  # it is as it was: she reads what to do, and is called again
    expect(page.get_by_text("We will call you by").first).to_be_visible()
    clinician.goto("/review/tasks/?tab=calls")
    reach(clinician, "Pat Example")

    page.goto("/intake/birth/")
    choose(page, "safety_body", "A fever of 100.4°F (38°C) or higher")
    choose(page, "safety_body", "None of these")
    go_on(page)
    answer_from_birth(page, tear="No", leaks=False)
    expect(page.get_by_role("heading", level=1)).to_have_text("Let’s see you before you run")
    axe(page)
    assert opened(draft.patient) == EVALUATION

    clinician.goto(f"/review/{draft.pk}/")
    clinician.get_by_text("I have looked at the changed answer").click()
    clinician.locator("article.flag.is-urgent").get_by_text("Reviewed", exact=True).click()
    sign(clinician)
    expect(clinician.get_by_text("is signed")).to_be_visible()
    assert opened(draft.patient) == BOTH


def test_a_file_with_an_urgent_answer_is_called_about_and_reviewed(
    cast: Cast, desk: Callable[..., Page], tmp_path: Path, axe: Axe
) -> None:
    call_command("fhir_import", written(tmp_path, responded(FEVER, **INA)))
    form = Intake.objects.get()
    manager = desk("/review/tasks/", "manager@example.test", PHONE)
    axe(manager)
    expect(manager.get_by_role("link", name="781-555-0144")).to_be_visible()
    reach(manager, "Ina Example")
    assert opened(form.patient) == ()
    clinician = desk(f"/review/{form.pk}/", "clinician@example.test")
    for flag in clinician.locator("article.flag").filter(has_text="Reviewed").all():
        flag.get_by_text("Reviewed", exact=True).click()
    sign(clinician)
    expect(clinician.get_by_text("is signed")).to_be_visible()
    assert not Concern.objects.open().exists()


def test_the_form_after_six_weeks_lifts_nothing_that_was_held(
    cast: Cast, as_her: Callable[[Patient], Page], desk: Callable[..., Page], settings: Any
) -> None:
    settings.LIMITS = {**settings.LIMITS, "intake_starts": (1000, 600)}
    now = timezone.now()
    package = make_package(cast.patient, now=now - 60 * DAY)
    make_intake(patient=cast.patient, now=now - 59 * DAY, **TORN)
    make_visit(package, cast.clinician, 1, now - 50 * DAY, status="completed")
    visit = make_visit(package, cast.clinician, 2, now + 2 * DAY)
    assert opened(cast.patient) == EVALUATION

    hers = as_her(cast.patient)
    hers.goto("/visits/")
    answer_well(hers)
    assert opened(cast.patient) == EVALUATION
    hers.goto("/visits/")
    expect(hers.get_by_role("link", name="Answer the questions again")).to_have_count(0)

    Appointment.objects.filter(pk=visit.pk).update(status="arrived")
    record = desk(f"/review/visit/{visit.pk}/", "clinician@example.test")
    concern = Concern.objects.open().get()
    expect(record.locator(f"a[href='/review/concerns/{concern.pk}/']").first).to_be_visible()
