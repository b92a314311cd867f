"""Every page that says what a form, a check-in or the plan means, in every state that can be open.

What a page says must not contradict what is open about the patient. The words are typed here, not
taken from the code.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.test import Client

from booking.models import Appointment
from clinic.models.people import Patient
from intake.flags.said_first import told_first
from intake.intakes.sending import send_intake
from intake.models import Intake
from intake.review.decisions import sign_decision
from intake.telephone_intake.actions import MissingContact, start_for_patient
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW
from tests.intake.checkins.checking_in import check_in, make_visit
from tests.intake.concerns.world import DAY, at, with_package
from tests.intake.review.reviewing import (
    FEVERISH,
    TORN,
    answer_all,
    make_intake,
    verdict,
)
from tests.rounds import promises_in_full

pytestmark = [pytest.mark.django_db, *promises_in_full()]

BEFORE, LATER = NOW + timedelta(minutes=30), NOW + DAY
BORN = {"born_on_month": "5", "born_on_day": "4", "born_on_year": "1992", "birth_gate": "1"}
# She runs and it settles: the form alone says to stay at her stage.
SETTLES: dict[str, Any] = {"bg.running": "walk_run", "ready.run_response": "settles"}

WAIT = "Running and jumping: please wait until you have heard from us."
OPEN = "Something you told us before is still open with us"
CARE = "Please get care first"
# What no page says while anything is open.
NEVER = (
    "Carry on as planned",
    "Green: carry on",
    "next stage",
    "You can book a package",
    "stay where you are",
    "goes ahead as planned",
    "Run Ready fits you well",
    "You’re doing well",
    "A check-up visit is your best next step",
    "Walk briskly",
)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


# --- The states -----------------------------------------------------------------------------------


def sign(cast: Cast, form: Intake, mark: str, act: str, now: datetime = BEFORE) -> None:
    form.refresh_from_db()
    user = cast.clinician.user
    assert user
    sign_decision(
        intake_id=form.pk, version=form.version, verdict=verdict(form, mark, act),
        clinician=user, context=at(now),
    )  # fmt: skip


def nothing(cast: Cast) -> None:
    """Leave her well."""


def red_unreviewed(cast: Cast) -> None:
    make_intake(patient=cast.patient, now=BEFORE, **TORN)


def impact_held(cast: Cast) -> None:
    form = make_intake(patient=cast.patient, now=BEFORE, **TORN)
    sign(cast, form, "impact_held", "none")


def declined(cast: Cast) -> None:
    form = make_intake(patient=cast.patient, now=BEFORE, **TORN)
    sign(cast, form, "reviewed", "decline")


def urgent_stop(cast: Cast) -> None:
    make_intake(patient=cast.patient, now=BEFORE, **FEVERISH)


STATES = (red_unreviewed, impact_held, declined, urgent_stop)


# --- The pages ------------------------------------------------------------------------------------


def words_of(client: Client, path: str) -> str:
    """Return the words of the page at this path, without its tags."""
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code, answer.headers.get("Location"))
    main = answer.content.decode().split("<main", 1)[1].split("</main", 1)[0]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", main)))


def second_visit(cast: Cast) -> Appointment:
    return Appointment.objects.get(patient=cast.patient, visit_number=2)


def second_form(patient: Patient) -> Client:
    """Send a form that says nothing of what is open, and return the browser that sent it."""
    form = make_intake(patient=patient, now=LATER, **SETTLES)
    assert form.level == "caution"
    return browser_of(Client(), form)


def browser_of(client: Client, form: Intake) -> Client:
    """Return this browser as the one that sent the form."""
    session = client.session
    session["intake"] = str(form.pk)
    session.save()
    return client


def result(cast: Cast) -> str:
    return words_of(second_form(cast.patient), "/intake/result/")


def summary(cast: Cast) -> str:
    return words_of(second_form(cast.patient), "/intake/summary/")


def desk_entry(cast: Cast) -> str:
    form = start_for_patient(
        patient_id=cast.patient.pk, missing=MissingContact(), by=cast.manager, context=at(LATER)
    )
    answer_all(form, send=False, now=LATER)
    send_intake(intake_id=form.pk, context=at(LATER))
    return words_of(browser_of(client_for(cast.manager), form), "/intake/result/")


def checkin_result(cast: Cast) -> str:
    visit = second_visit(cast)
    assert check_in(visit, now=LATER).level == "clear"
    hers = client_for(cast.patient.user)
    path = f"/visits/check-in/{visit.pk}/"
    hers.post(path, BORN)
    return words_of(hers, f"{path}result/")


def desk_checkin(cast: Cast) -> str:
    visit = second_visit(cast)
    assert check_in(visit, now=LATER).level == "clear"
    return words_of(client_for(cast.manager), f"/review/check-ins/{visit.pk}/done/")


def walk_run_plan(cast: Cast) -> str:
    hers = client_for(cast.patient.user)
    hers.post("/visits/plan/", BORN)
    return words_of(hers, "/visits/plan/")


Page = Callable[[Cast], str]

# What each page says when nothing is open: the control.
ORDINARY: dict[Page, tuple[str, ...]] = {
    result: ("Running: stay where you are, or take a step back, until runs feel easy.",),
    summary: ("Running: stay where you are, or take a step back, until runs feel easy.",),
    desk_entry: ("You can book a package of visits, or a single evaluation.",),
    checkin_result: ("Carry on as planned", "Green: carry on", "Your visit goes ahead on"),
    desk_checkin: ("The visit goes ahead as planned.",),
    walk_run_plan: ("Walk briskly for 5 minutes", "Two greens in a row: next stage"),
}
BOOKED, CLOSED = "Your visit stays booked on", "Online booking is closed until we have spoken"
# What each says in a state, beside NEVER, which none says.
RED_WORDS: dict[Page, tuple[str, ...]] = {
    result: (WAIT, OPEN),
    summary: (WAIT, OPEN),
    desk_entry: (WAIT, OPEN, "Run Ready closed"),
    checkin_result: (WAIT, OPEN, "Your visit goes ahead on"),
    desk_checkin: (WAIT, OPEN, "The visit goes ahead without impact. Something is still open"),
    walk_run_plan: (WAIT, OPEN, "Your plan waits until then."),
}
SAID: dict[Callable[[Cast], None], dict[Page, tuple[str, ...]]] = {
    red_unreviewed: RED_WORDS,
    impact_held: RED_WORDS,
    declined: {
        result: (WAIT, OPEN, CLOSED),
        summary: (WAIT, OPEN, CLOSED),
        desk_entry: (WAIT, OPEN, CLOSED, "No evaluation now", "Run Ready closed"),
        checkin_result: (WAIT, OPEN, CLOSED, BOOKED),
        desk_checkin: (WAIT, OPEN, CLOSED, "The visit stays booked, without impact."),
        walk_run_plan: (WAIT, OPEN, "Your plan waits until then."),
    },
    urgent_stop: {
        result: (WAIT, OPEN, CLOSED),
        summary: (WAIT, OPEN, "You can book with us once you have been seen."),
        desk_entry: (CARE, OPEN, "No evaluation now", "Run Ready closed"),
        checkin_result: (CARE, OPEN, BOOKED),
        desk_checkin: (CARE, OPEN, "Stop. Something urgent is still open", "Calls to make"),
        walk_run_plan: (CARE, "Your plan waits until then."),
    },
}


def in_the_middle_of_a_package(cast: Cast) -> None:
    """Let her send a form while she is well, and give her a package with its first visit done."""
    assert make_intake(patient=cast.patient, now=NOW).level in ("clear", "caution")
    package = with_package(cast.patient, NOW)
    make_visit(package, cast.clinician, 1, NOW + timedelta(hours=2), status="completed")
    make_visit(package, cast.clinician, 2, LATER + 2 * DAY)


def test_the_table_is_whole() -> None:
    assert set(SAID) == set(STATES)
    assert all(said.keys() == ORDINARY.keys() for said in SAID.values())


@pytest.mark.parametrize("page", ORDINARY, ids=lambda page: page.__name__)
def test_with_nothing_open_each_page_says_the_ordinary(cast: Cast, page: Page) -> None:
    in_the_middle_of_a_package(cast)
    with time_machine.travel(LATER, tick=False):
        said = page(cast)
    assert [words for words in ORDINARY[page] if words not in said] == []
    assert [words for words in (WAIT, OPEN, CARE, CLOSED) if words in said] == []


@pytest.mark.parametrize("page", ORDINARY, ids=lambda page: page.__name__)
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_no_page_contradicts_what_is_open(
    cast: Cast, state: Callable[[Cast], Any], page: Page
) -> None:
    in_the_middle_of_a_package(cast)
    state(cast)
    with time_machine.travel(LATER, tick=False):
        said = page(cast)
    missing = [words for words in SAID[state][page] if words not in said]
    assert missing == [], said
    assert [words for words in NEVER if words in said] == [], said


def test_a_red_form_keeps_its_own_words_and_offers_nothing_that_is_closed(cast: Cast) -> None:
    """Its own words are as serious as a hold; a decline is more, and closes the evaluation."""
    in_the_middle_of_a_package(cast)
    impact_held(cast)
    now = LATER + timedelta(minutes=5)
    held = make_intake(patient=cast.patient, now=LATER, **TORN)
    assert told_first(held).startswith("We would like to see you before you run.")
    sign(cast, held, "reviewed", "decline", now=LATER)
    again = make_intake(patient=cast.patient, now=now, **TORN)
    assert again.level == "red"
    assert CLOSED in told_first(again)
    with time_machine.travel(now, tick=False):
        said = words_of(browser_of(Client(), again), "/intake/result/")
    assert WAIT in said
    assert "you can book the evaluation now" not in said
