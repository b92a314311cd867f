"""Before a visit is moved, the patient and the desk read what happens to its check-in."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from booking.models import Appointment
from booking.signals import forms_after
from clinic.templatetags.look import in_full
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW
from tests.intake.checkins.checking_in import DAY, check_in, make_package, make_visit

pytestmark = pytest.mark.django_db
VISIT = NOW + 16 * DAY
TWO_DAYS_BEFORE = VISIT - 2 * DAY
QUARTER = timedelta(minutes=15)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def visit(cast: Cast) -> Appointment:
    package = make_package(cast.patient)
    make_visit(package, cast.clinician, 1, NOW + 8 * DAY, status="completed")
    return make_visit(package, cast.clinician, 2, VISIT)


def said(visit: Appointment, by: timedelta) -> str:
    return forms_after({visit: visit.starts_at + by}, TWO_DAYS_BEFORE)[visit.pk]


def test_a_sent_one_stays_valid_for_less_than_three_days_and_is_asked_anew_from_then_on(
    visit: Appointment,
) -> None:
    check_in(visit, now=TWO_DAYS_BEFORE)
    assert said(visit, 3 * DAY - QUARTER) == "The check-in that was sent stays valid."
    assert said(visit, -DAY) == "The check-in that was sent stays valid."
    assert said(visit, 3 * DAY) == (
        "The check-in that was sent no longer counts: a new one opens " + in_full(VISIT) + "."
    )


def test_for_an_unsent_one_it_says_when_it_opens_or_that_it_is_still_to_be_sent(
    visit: Appointment,
) -> None:
    assert said(visit, 7 * DAY) == "The check-in opens " + in_full(VISIT + 4 * DAY) + "."
    assert said(visit, QUARTER) == "The check-in is still to be sent before the new time."


def test_a_visit_without_a_check_in_costs_and_says_nothing(cast: Cast, visit: Appointment) -> None:
    first = Appointment.objects.get(visit_number=1)
    with CaptureQueriesContext(connection) as found:
        assert forms_after({first: VISIT}, NOW) == {}
    assert len(found) == 0


def test_the_desk_reads_it_on_the_preview_and_the_patient_where_she_chooses(
    cast: Cast, visit: Appointment
) -> None:
    check_in(visit, now=TWO_DAYS_BEFORE)
    with time_machine.travel(TWO_DAYS_BEFORE, tick=False):
        desk = client_for(cast.manager)
        for days, words in ((1, "stays valid"), (7, "no longer counts: a new one opens")):
            slot = f"{VISIT + days * DAY:%Y-%m-%dT%H:%MZ}|{cast.clinician.pk}"
            page = desk.get(f"/desk/appointment/{visit.pk}/move/", {"slot": slot})
            assert f"The check-in that was sent {words}" in page.content.decode()
        she = client_for(cast.patient.user)
        text = she.get(f"/book/visit/{visit.pk}/move/").content.decode()
        assert "stays valid for times before " + in_full(VISIT + 3 * DAY) in text
        assert "Reminders follow the new time" in text
        wishes = {"earliest": f"{VISIT + 7 * DAY:%Y-%m-%d}", "clinician": ""}
        text = she.get(f"/book/visit/{visit.pk}/following/", wishes).content.decode()
        assert "The check-in that was sent no longer counts" in text
