"""What is offered and why not, by the command and at the desk: the same answer as the search."""

import json
from datetime import date, time
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from booking.models import Closure
from clinic.practice.wall_time import clinic_date, instant
from tests.cast import Cast, client_for, make_cast
from tests.factories import make_appointment, make_clinician

pytestmark = pytest.mark.django_db
ZONE = "America/New_York"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def slots(**options: Any) -> Any:
    out = StringIO()
    call_command("slots", service="evaluation", stdout=out, **options)
    return json.loads(out.getvalue())


def next_monday() -> date:
    """Return a Monday within a patient's horizon, by the machine's clock."""
    today = clinic_date(timezone.now(), "America/New_York")
    return date.fromordinal(today.toordinal() + 14 - today.weekday())


def test_it_prints_the_offered_times_of_one_or_all(cast: Cast) -> None:
    other = make_clinician(email="c2@example.test", name="Dr. Also")
    monday = next_monday()
    everybody = slots(first=monday, days=1)
    hers = slots(first=monday, days=1, clinician=other.pk)
    assert [one["starts_at"] for one in hers] == sorted({one["starts_at"] for one in everybody})
    assert {one["clinician"] for one in hers} == {other.pk}
    assert hers[0]["starts_at"] == instant(monday, time(8), ZONE).isoformat()
    assert len(everybody) == 2 * len(hers)


def test_it_explains_with_every_reason_and_an_offered_time_with_none(cast: Cast) -> None:
    monday = next_monday()
    nine = instant(monday, time(9), ZONE)
    make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=nine)
    Closure.objects.create(starts_at=nine, ends_at=instant(monday, time(10), ZONE))
    [said] = slots(first=monday, explain="9:05")["clinicians"]
    assert [one["code"] for one in said["reasons"]] == [
        "closed",
        "clinician_busy",
        "off_grid",
    ]
    [free] = slots(first=monday, explain=f"{monday}T14:00")["clinicians"]
    assert (free["offered"], free["reasons"]) == (True, [])
    offered = [one["starts_at"] for one in slots(first=monday, days=1)]
    assert instant(monday, time(14), ZONE).isoformat() in offered


@pytest.mark.parametrize(
    "options",
    [
        {"service": "massage"},
        {"clinician": 987654},
        {"days": 0},
        {"explain": "soon"},
        {"explain": "9999-12-31T09:00"},
    ],
)
def test_what_it_cannot_mean_it_says(cast: Cast, options: dict[str, Any]) -> None:
    with pytest.raises(CommandError):
        call_command("slots", **{"service": "evaluation", "first": next_monday(), **options})


def test_the_desk_asks_why_not(cast: Cast) -> None:
    monday = next_monday()
    nine = instant(monday, time(9), ZONE)
    make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=nine)
    client = client_for(cast.manager)
    asked = {"service": "evaluation", "day": str(monday), "at": "10:30", "who": "desk"}
    assert "This time is taken." in client.get("/desk/why/", asked).content.decode()
    free = client.get("/desk/why/", {**asked, "at": "11:00"}).content.decode()
    assert "Free: it is offered." in free
    assert client.get("/desk/why/", {**asked, "day": "never"}).status_code == 422
