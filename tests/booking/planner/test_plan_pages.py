"""The planner's pages: what they refuse, what they carry on, and what they cost."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from booking.appointments.bookings import book_by_staff
from booking.appointments.changes import cancel_appointment
from booking.models import Appointment
from booking.scheduling.slot_choices import read_choice
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from tests.cast import Cast, client_for, make_cast
from tests.factories import make_clinician, make_enrollment, make_referral

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    cast, now = make_cast(), timezone.now()
    referral = make_referral(patient=cast.patient, now=now)
    make_enrollment(patient=cast.patient, referral=referral, now=now)
    make_referral(patient=cast.other_patient, now=now)
    return cast


@pytest.fixture
def client(cast: Cast) -> Client:
    return client_for(cast.patient.user)


def times(client: Client, path: str = "/book/plan/") -> dict[str, str]:
    rows = client.get(path).context["rows"]
    return {f"v{row.number}": row.value for row in rows if row.planned}


def take(cast: Cast, value: str) -> None:
    starts_at, clinician_id = read_choice(value) or (timezone.now(), 0)
    book_by_staff(
        patient=cast.other_patient, service_code="evaluation", starts_at=starts_at,
        clinician_id=clinician_id, staff=cast.manager, context=Context(SYSTEM, timezone.now()),
    )  # fmt: skip


def test_looking_at_a_plan_changes_nothing_and_holding_it_holds_six(cast: Cast, client: Client):
    planned = times(client)
    assert len(planned) == 6
    assert not Appointment.objects.exists()
    answer = client.post("/book/plan/keep/", {**planned, "book": "all"})
    assert answer.status_code == 302
    assert Appointment.objects.filter(status="held").count() == 6
    # Her own holds are not in the way of looking again.
    assert times(client) == planned
    page = client.get(answer["Location"])
    assert len(page.context["kept"]) == 6
    assert client.post(answer["Location"], {"exam_wish": ""})["Location"] == "/book/run-ready/"
    assert Appointment.objects.filter(status="booked").count() == 6
    assert client.get("/book/plan/").status_code == 409


def test_only_the_first_can_be_held_and_booked(cast: Cast, client: Client):
    answer = client.post("/book/plan/keep/", {**times(client), "book": "first"})
    assert client.post(answer["Location"], {"exam_wish": ""}).status_code == 302
    assert [one.visit_number for one in Appointment.objects.filter(status="booked")] == [1]
    assert set(times(client)) == {"v2", "v3", "v4", "v5", "v6"}


def test_a_time_lost_before_holding_or_booking_is_named_and_the_rest_stays(cast, client):
    path = "/book/plan/?weekdays=1&parts=morning"
    planned = times(client, path)
    take(cast, planned["v3"])
    answer = client.post("/book/plan/keep/", {**planned, "weekdays": "1", "parts": "morning"})
    assert answer.status_code == 409
    assert "Visit 3: This time is taken." in answer.content.decode()
    again = {f"v{row.number}": row.value for row in answer.context["rows"]}
    assert {name for name in planned if again[name] != planned[name]} == {"v3"}
    assert answer.context["form"]["weekdays"].value() == ["1"]

    confirm = client.post("/book/plan/keep/", again)["Location"]
    Appointment.objects.filter(status="held").update(hold_until=timezone.now() - timedelta(1))
    Appointment.objects.filter(patient=cast.other_patient).update(
        status="cancelled", cancelled_at=timezone.now()
    )
    take(cast, again["v5"])
    lost = client.post(confirm, {"exam_wish": ""})
    assert lost.status_code == 409
    assert "Visit 5" in lost.context["problems"][0]
    assert not Appointment.objects.filter(patient=cast.patient, status="booked").exists()


def test_the_time_she_chooses_for_one_visit_goes_back_into_the_plan(cast: Cast, client: Client):
    query = urlencode(planned := times(client))
    page = client.get(f"/book/plan/change/2/?{query}").content.decode()
    values = re.findall(r'type="radio"[^>]* name="v2" value="([^"]+)"', page)
    assert 'name=""' not in page
    chosen = next(one for one in values if one != planned["v2"])
    assert times(client, f"/book/plan/?{query}&v2={chosen}")["v2"] == chosen


def test_earlier_days_are_offered_only_as_far_as_the_visit_can_be(client: Client):
    page = client.get(f"/book/plan/change/3/?{urlencode(times(client))}")
    assert page.context["offered"].earlier is None
    later = client.get(f"/book/plan/change/3/?{urlencode(times(client))}&from=2031-01-01")
    assert later.context["offered"].earlier is not None


def test_wishes_that_cannot_be_met_are_said_visit_by_visit(client: Client):
    page = client.get("/book/plan/?weekdays=6&parts=evening").content.decode()
    assert "For 6 visits not all you asked for is free" in page
    assert page.count("Another day than asked for") == 6
    assert "than asked for" not in client.get("/book/plan/").content.decode()


def test_booked_visits_that_would_come_too_soon_are_not_called_unplanned(cast, client):
    confirm = client.post("/book/plan/keep/", times(client))["Location"]
    client.post(confirm, {"exam_wish": ""})
    third, fourth = Appointment.objects.filter(visit_number__in=(3, 4)).order_by("visit_number")
    cancel_appointment(
        appointment_id=third.pk, rev=third.rev, context=Context(SYSTEM, timezone.now())
    )
    page = client.get("/book/plan/")
    assert page.context["unplanned"] == []
    day = fourth.starts_at.date().isoformat()
    page = client.get(f"/book/plan/?earliest={day}")
    assert page.context["too_close"][0] == 4
    text = page.content.decode()
    assert "Visit 4 is booked and would come too soon after these times." in text
    assert "could not be planned" not in text


def test_where_nothing_can_be_planned_no_other_visits_are_spoken_of(client: Client):
    late = (timezone.now() + timedelta(days=300)).date().isoformat()
    text = client.get(f"/book/plan/?earliest={late}").content.decode()
    assert "6 visits could not be planned now." in text
    assert "You can book the others" not in text


def test_days_of_a_pause_are_not_offered_where_she_books_one_visit(cast: Cast, client: Client):
    confirm = client.post("/book/plan/keep/", {**times(client), "book": "first"})["Location"]
    client.post(confirm, {"exam_wish": ""})
    [first] = Appointment.objects.filter(status="booked")
    starts_on = first.starts_at.date() + timedelta(days=7)
    first.enrollment.added_days.create(
        kind="pause", days=14, starts_on=starts_on, reason="trip", at=timezone.now(), by="test"
    )
    resumes = starts_on + timedelta(days=14)
    offered = client.get(f"/book/rr2/?from={starts_on}").context["offered"]
    assert all(one.day >= resumes for one in offered.days if one.count)
    assert client.get("/book/rr2/").context["offered"].chosen >= resumes
    assert times(client)["v2"] >= f"{resumes}"


def test_forged_and_missing_times_are_said_to_be_wrong(client: Client):
    assert client.post("/book/plan/keep/", {"v1": "rubbish"}).status_code == 422
    planned = times(client)
    assert client.post("/book/plan/keep/", {"v3": planned["v3"]}).status_code == 409
    assert client.post("/book/plan/keep/", {"v1": "2199-01-01T00:00Z|1"}).status_code == 409
    assert client.get("/book/plan/?earliest=soon&weekdays=9").status_code == 422
    assert client.get("/book/plan/change/9/").status_code == 404
    assert client.get("/book/plan/?v1=rubbish&plan=none").status_code == 200


def test_another_patients_set_is_not_there(cast: Cast, client: Client):
    confirm = client.post("/book/plan/keep/", times(client))["Location"]
    other = client_for(cast.other_patient.user)
    assert other.get(confirm).status_code == 404
    assert other.post(f"{confirm}longer/").status_code == 404
    assert client.post(f"{confirm}longer/").status_code == 302
    assert client.post(f"{confirm}longer/").status_code == 409


def test_an_unresolved_urgent_answer_stops_the_plan(cast: Cast, client: Client):
    cast.patient.referrals.update(stops_self_booking=True)
    answer = client.get("/book/plan/")
    assert answer.status_code == 409
    assert "Please get care first" in answer.content.decode()


@pytest.mark.parametrize(("path", "most"), [("/book/plan/", 17), ("/book/evaluation/", 15)])
def test_the_page_costs_the_same_for_any_number_of_clinicians_and_days(cast, client, path, most):
    def statements() -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get(path).status_code == 200
        skipped = ("SAVEPOINT", "RELEASE", "clinic_storedsession", "clinic_user", "audit")
        return sum(not any(word in one["sql"] for word in skipped) for one in found)

    few = statements()
    for number in range(4):
        make_clinician(email=f"more{number}@example.test")
    assert statements() == few
    assert few <= most
