"""The desk: a day, a telephone call, a move, a mark, and what a second colleague is told."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from booking.models import Appointment, Service
from booking.queries.slots import Search, free_slots_for
from booking.terms import current_policy
from clinic.people.models import Patient
from tests.cast import Cast, client_for, make_cast
from tests.factories import make_appointment

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def desk(cast: Cast) -> Client:
    return client_for(cast.manager)


def free_time(days: int) -> dict[str, Any]:
    now = timezone.now()
    search = Search(
        service=Service.objects.get(code="evaluation"), policy=current_policy(), now=now
    )
    first = (now + timedelta(days=days)).date()
    local = free_slots_for(search, first_day=first, days=7)[0].starts_at
    local = local.astimezone(ZoneInfo("America/New_York"))
    return {"day": f"{local:%Y-%m-%d}", "at": f"{local:%H:%M}", "starts_at": local}


def book(desk: Client, patient: Patient, **time: Any) -> Appointment:
    form = {"service": "evaluation", **{name: time[name] for name in ("day", "at")}}
    assert desk.post(f"/desk/patient/{patient.pk}/book/", form).status_code == 302
    return Appointment.objects.get(status="booked")


def test_a_patient_is_added_and_booked_on_the_telephone(desk: Client) -> None:
    new = {"name": "Tel Ephone", "phone": "781 555 0177", "born_on": "1990-02-03"}
    assert desk.post("/desk/patients/new/", new).status_code == 302
    again = desk.post("/desk/patients/new/", new)
    assert again.status_code == 422
    assert b"is known" in again.content
    patient = Patient.objects.get(name="Tel Ephone")
    visit = book(desk, patient, **free_time(7))
    assert visit.booked_by_staff is not None
    day = desk.get(f"/desk/day/{visit.starts_at:%Y-%m-%d}/").content.decode()
    assert "Tel E." in day


def test_a_visit_is_moved_and_a_taken_time_is_refused_with_what_was_typed(
    cast: Cast, desk: Client
) -> None:
    visit = book(desk, cast.patient, **free_time(7))
    path = f"/desk/appointment/{visit.pk}/move/"
    other = free_time(14)
    make_appointment(
        patient=cast.other_patient, clinician=cast.clinician, starts_at=other["starts_at"]
    )
    form = {"rev": visit.rev, "day": other["day"], "at": other["at"]}
    refused = desk.post(path, form)
    assert refused.status_code == 409
    assert other["day"] in refused.content.decode()
    visit.refresh_from_db()
    assert visit.rev == 0
    later = free_time(21)
    assert desk.post(path, form | {"day": later["day"], "at": later["at"]}).status_code == 302
    visit.refresh_from_db()
    assert (visit.rev, visit.starts_at) == (1, later["starts_at"])


def test_the_second_of_two_colleagues_is_told(cast: Cast, desk: Client) -> None:
    visit = book(desk, cast.patient, **free_time(7))
    path = f"/desk/appointment/{visit.pk}"
    form = {"rev": visit.rev, "who": "patient"}
    assert desk.post(f"{path}/cancel/", form).status_code == 302
    assert desk.post(f"{path}/cancel/", form).status_code == 409
    assert desk.post(f"{path}/mark/arrived/", {"rev": visit.rev}).status_code == 409


@pytest.mark.parametrize("path", ["/desk/day/x/", "/desk/day/2027-02-30/", "/desk/day/9999-12-31/"])
def test_days_that_are_none_are_not_found(desk: Client, path: str) -> None:
    assert desk.get(path).status_code == 404
