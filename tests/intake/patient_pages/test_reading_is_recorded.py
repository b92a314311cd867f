"""No page shows answers, scores or notes without an event that says who read whose record."""

from datetime import timedelta
from html import unescape

import pytest
import time_machine
from django.test import Client

from clinic.models.audit import AuditEvent
from clinic.models.people import Patient
from tests.cast import Cast, client_for, make_cast
from tests.edges.crawling import MOST_OF_A_KIND, crawl
from tests.factories import NOW
from tests.intake.checkins.checking_in import DAY, check_in, make_package, make_visit
from tests.intake.checkins.test_checkin_pages import BORN
from tests.intake.review.reviewing import CANARY, TORN, make_intake
from tests.rounds import rounds

pytestmark = pytest.mark.django_db

# Words of the patient's answers, and the heading of her scores.
ANSWERS = (CANARY, "Yes, a 3rd or 4th degree tear", "lower is better")


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def recorded_for(patient: Patient) -> int:
    return AuditEvent.objects.filter(patient=str(patient.pk), allowed=True).count()


def shows_answers(body: str) -> bool:
    return any(word in unescape(body) for word in ANSWERS)


def unrecorded(client: Client, starts: list[str], patient: Patient) -> tuple[set[str], set[str]]:
    """Return the kinds of pages that show the patient's answers, and those without an event."""
    showing, silent = set(), set()
    for page in crawl(client, starts, rounds(1, MOST_OF_A_KIND)):
        if not shows_answers(page.body):
            continue
        showing.add(page.kind)
        before = recorded_for(patient)
        if client.get(page.address).status_code == 200 and recorded_for(patient) == before:
            silent.add(page.kind)
    return showing, silent


def make_forms(cast: Cast) -> None:
    """Send two intakes and a check-in of one patient."""
    with time_machine.travel(NOW, tick=False):
        package = make_package(cast.patient)
        visit = make_visit(package, cast.clinician, 2, NOW + 2 * DAY)
        check_in(visit, now=NOW, pain_worst=8)
        make_intake(patient=cast.patient, now=NOW + timedelta(hours=1), **TORN)


def test_a_clinician_leaves_a_trail_on_every_page_with_answers(cast: Cast) -> None:
    make_forms(cast)
    with time_machine.travel(NOW + timedelta(hours=2), tick=False):
        clinician = client_for(cast.clinician.user)
        starts = ["/review/", "/review/?tab=done", "/review/tasks/", "/review/matches/"]
        showing, silent = unrecorded(clinician, starts, cast.patient)
    assert "review_case" in showing
    assert silent == set()


def test_a_patients_own_pages_leave_a_trail_too_and_ask_for_her_birth_date_first(
    cast: Cast,
) -> None:
    make_forms(cast)
    with time_machine.travel(NOW + timedelta(hours=2), tick=False):
        client = client_for(cast.patient.user)
        before, _ = unrecorded(client, ["/visits/"], cast.patient)
        assert before == set()
        client.post("/visits/readers/", BORN)
        showing, silent = unrecorded(client, ["/visits/"], cast.patient)
    assert "progress" in showing
    assert silent == set()
