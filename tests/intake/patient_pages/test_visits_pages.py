"""A patient's own pages, and the check-ins that staff ask for."""

from collections.abc import Generator
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from booking.models import Appointment
from clinic.models.audit import AuditEvent
from intake.checkins.due_marks import mark_due_checkins
from intake.models import Intake, UrgentCall
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW
from tests.intake.checkins.checking_in import DAY, POSTED_FINE, check_in, make_package, make_visit
from tests.intake.checkins.test_checkin_pages import BORN
from tests.intake.review.reviewing import make_intake

pytestmark = pytest.mark.django_db

VISIT = NOW + 10 * DAY


@pytest.fixture(autouse=True)
def two_days_before() -> Generator[Any, None, None]:
    with time_machine.travel(VISIT - 2 * DAY, tick=False) as clock:
        yield clock


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def visit(cast: Cast) -> Appointment:
    return make_visit(make_package(cast.patient), cast.clinician, 2, VISIT)


def test_visits_show_the_check_in_until_it_is_sent(cast: Cast, visit: Appointment) -> None:
    client = client_for(cast.patient.user)
    page = client.get("/visits/").content.decode()
    assert f'href="/visits/check-in/{visit.pk}/"' in page
    assert "Use them by" not in page
    check_in(visit, now=VISIT - 2 * DAY)
    page = client.get("/visits/").content.decode()
    assert "Your check-in for this visit is sent." in page
    assert f'href="/visits/check-in/{visit.pk}/"' not in page


def test_scores_are_shown_after_the_date_of_birth_which_is_asked_once_a_session(
    cast: Cast, visit: Appointment
) -> None:
    make_intake(patient=cast.patient, now=NOW + DAY, **{"pain.areas": ["knee"], "pain.worst": 6,
                "pain.signs": ["none"]})  # fmt: skip
    check_in(visit, now=VISIT - 2 * DAY, pain_worst=2)
    client = client_for(cast.patient.user)
    assert "Down from" not in client.get("/visits/progress/").content.decode()
    assert client.post("/visits/progress/", BORN)["Location"] == "/visits/progress/"
    page = client.get("/visits/progress/").content.decode()
    assert "Up from 0 to 20 since the start." in page
    assert "<svg" in page
    assert AuditEvent.objects.filter(action="read own scores").count() == 1
    another_session = client_for(cast.patient.user).get("/visits/progress/")
    assert b'class="trend"' not in another_session.content


def test_without_any_form_the_chart_page_says_what_will_come(cast: Cast) -> None:
    client = client_for(cast.other_patient.user)
    client.post("/visits/progress/", BORN)
    assert b"Once you have answered the questions" in client.get("/visits/progress/").content
    assert b"No visit is booked." in client.get("/visits/").content


def test_after_the_sixth_visit_the_full_questions_are_offered_again(cast: Cast) -> None:
    package = make_package(cast.patient)
    client = client_for(cast.patient.user)
    assert b"Answer the questions again" not in client.get("/visits/").content
    make_visit(package, cast.clinician, 6, VISIT, status="completed")
    assert b"Answer the questions again" in client.get("/visits/").content


def test_the_visits_page_costs_the_same_with_six_visits(cast: Cast) -> None:
    package = make_package(cast.patient)
    client = client_for(cast.patient.user)

    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/visits/").status_code == 200
        return len(seen)

    make_visit(package, cast.clinician, 2, VISIT)
    client.get("/visits/")  # a session writes once when it begins
    few = statements()
    for number in (3, 4, 5, 6):
        make_visit(package, cast.clinician, number, VISIT + number * DAY)
    assert statements() == few <= 16


def test_staff_ask_at_the_desk_and_never_see_the_answers_again(
    cast: Cast, visit: Appointment, two_days_before: Any
) -> None:
    desk = client_for(cast.manager)
    address = f"/review/check-ins/{visit.pk}/"
    assert address in desk.get("/review/check-ins/").content.decode()
    page = desk.get(address).content.decode()
    assert "Ask each question aloud." in page
    two_days_before.move_to(VISIT)
    desk = client_for(cast.manager)
    answer = desk.post(address, {**POSTED_FINE, "ci_pain_worst": "7"})
    assert answer["Location"] == f"{address}done/"
    done = desk.get(answer["Location"]).content.decode()
    assert "The visit goes ahead without impact." in done
    assert desk.get(address)["Location"] == f"{address}done/"
    assert address not in desk.get("/review/check-ins/").content.decode()
    sent = Intake.objects.checkins().get()
    assert (sent.entered_by, sent.level) == (cast.manager, "red")
    assert AuditEvent.objects.filter(action="enter check-in").exists()


def test_an_urgent_answer_at_the_desk_shows_what_to_say_at_once(
    cast: Cast, visit: Appointment
) -> None:
    nurse = client_for(cast.clinician.user)
    address = f"/review/check-ins/{visit.pk}/"
    answer = nurse.post(address, {"ci_warning": "heavy_bleeding"})
    assert answer["Location"] == f"{address}help/"
    assert b"to go to the emergency room now" in nurse.get(answer["Location"]).content
    assert UrgentCall.objects.open().count() == 1


def test_visits_that_wait_for_a_check_in_are_marked_on_the_calendar(
    cast: Cast, visit: Appointment
) -> None:
    mark_due_checkins(now=VISIT - 2 * DAY)
    visit.refresh_from_db()
    assert visit.get_attention_display() == "Check-in due"
    assert b"Check-in due" in client_for(cast.manager).get(f"/desk/day/{VISIT:%Y-%m-%d}/").content
