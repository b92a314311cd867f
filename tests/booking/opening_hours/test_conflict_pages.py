"""What the pages say before a change of hours is confirmed, and of the visits in conflict."""

import re
from datetime import date, datetime, time
from html import unescape

import pytest
from django.test import Client

from booking.models import Appointment, Closure, ExtraOpening, Room
from booking.opening_hours.conflicts import to_be_moved
from clinic.models.audit import AuditEvent
from clinic.practice.wall_time import instant
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_appointment

pytestmark = pytest.mark.django_db

ZONE = "America/New_York"
# Far enough ahead to be future on any clock: a Monday.
MONDAY = date(2031, 2, 3)


def at(hour: int) -> datetime:
    return instant(MONDAY, time(hour), ZONE)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def desk(cast: Cast) -> Client:
    return client_for(cast.manager)


@pytest.mark.parametrize(
    ("path", "form", "said"),
    [
        (
            "{clinician}/close/",
            {"first_day": "2031-02-03", "last_day": "2031-02-07", "label": "School"},
            ["Monday, February 3, 2031 to Friday, February 7, 2031", "School"],
        ),
        (
            "{clinician}/open/",
            {"on": "2031-02-08", "begins": "09:00", "ends": "12:30"},
            ["Saturday, February 8, 2031, 9:00 am EST to 12:30 pm"],
        ),
        (
            "{clinician}/week/",
            {"first": "2031-02-03", "day_0": "8-12", "day_1": ""},
            ["From Monday, February 3, 2031 on", "Monday: 8:00-12:00", "Tuesday: closed"],
        ),
        (
            "room/{room}/week/",
            {"first": "2031-02-03", "last": "2031-02-09"},
            [
                "Monday, February 3, 2031 to Sunday, February 9, 2031",
                "Open whenever a clinician sees patients",
            ],
        ),
        (
            "{clinician}/abilities/",
            {"fits_pessaries": "on"},
            ["Takes no visits", "Does none of the visits", "Fits pessaries"],
        ),
        ("room/{room}/change/", {"name": "Quiet room"}, ["Quiet room", "Not given out any more"]),
    ],
)
def test_the_page_before_confirming_repeats_what_is_asked_for(
    cast: Cast, desk: Client, path: str, form: dict[str, str], said: list[str]
) -> None:
    room = Room.objects.earliest("pk").pk
    address = f"/desk/hours/{path.format(clinician=cast.clinician.pk, room=room)}"
    answer = desk.post(address, {**form, "look": "1"})
    assert answer.status_code == 200
    page = " ".join(unescape(answer.content.decode()).split())
    lead = re.search(r"<p> ?<strong>(.*?)</strong>", page)
    lines = [line.strip() for line in lead[1].split("<br>")] if lead else []
    assert [line for line in lines if line in said] == said


def test_an_extra_opening_taken_away_is_named(cast: Cast, desk: Client) -> None:
    opening = ExtraOpening.objects.create(
        clinician=cast.clinician, starts_at=at(18), ends_at=at(20)
    )
    path = f"/desk/hours/{cast.clinician.pk}/opening/{opening.pk}/close/"
    answer = desk.post(path, {"look": "1"})
    assert "Monday, February 3, 2031, 6:00 pm EST to 8:00 pm" in answer.content.decode()


@pytest.fixture
def visit(cast: Cast) -> Appointment:
    """Return a visit at a time when its clinician is away."""
    made = make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=at(9))
    Closure.objects.create(clinician=cast.clinician, starts_at=at(8), ends_at=at(17))
    return made


@pytest.mark.parametrize("page", ["", "move/"])
def test_a_visit_to_be_moved_says_why_and_can_be_allowed(
    desk: Client, visit: Appointment, page: str
) -> None:
    path = f"/desk/appointment/{visit.pk}/"
    seen = desk.get(path + page).content.decode()
    assert "To be moved" in seen
    assert "The clinic or the clinician is away at this time." in seen
    assert "Keep it all the same" in seen
    assert desk.post(f"{path}keep/", {"rev": "0"})["Location"] == path
    assert to_be_moved(NOW) == []
    assert AuditEvent.objects.filter(action="keep outside hours").count() == 1
    after = desk.get(path + page).content.decode()
    assert "Takes place all the same" in after
    assert "Keep it all the same" not in after


def test_a_visit_that_changed_meanwhile_is_not_allowed(desk: Client, visit: Appointment) -> None:
    Appointment.objects.filter(pk=visit.pk).update(rev=3)
    answer = desk.post(f"/desk/appointment/{visit.pk}/keep/", {"rev": "0"})
    assert answer.status_code == 409
    assert [one.visit for one in to_be_moved(NOW)] == [visit]


def test_a_visit_that_fits_says_nothing_of_hours(cast: Cast, desk: Client) -> None:
    fits = make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=at(9))
    assert "To be moved" not in desk.get(f"/desk/appointment/{fits.pk}/").content.decode()


def test_visits_put_over_others_on_purpose_are_not_counted_as_left(
    cast: Cast, desk: Client
) -> None:
    make_appointment(
        patient=cast.patient, clinician=cast.clinician, starts_at=at(9), overlap_reason="Twins"
    )
    form = {"first_day": "2031-02-03", "last_day": "2031-02-03", "look": "1", "confirmed": "1"}
    path = f"/desk/hours/{cast.clinician.pk}/close/"
    answer = desk.post(path, form, follow=True).content.decode()
    assert "The hours are changed" in answer
    assert "work list" not in answer
