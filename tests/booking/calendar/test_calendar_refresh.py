"""A calendar on a screen asks whether it is still as drawn: cheaply, and as nobody's presence."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from booking.models import Appointment, Closure, ExtraOpening, OpeningHours, Referral, Room
from clinic.management.sample.bulk import make_bulk
from clinic.models.audit import AuditEvent
from clinic.models.people import Patient
from clinic.practice.wall_time import instant
from tests.big_tables import analyze
from tests.booking.calendar.test_desk_calendar import HOUSEKEEPING, ZONE
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_appointment, make_referral

pytestmark = pytest.mark.django_db

DAY, WEEK = "/desk/day/2027-02-01/", "/desk/week/2027-02-01/"
PATHS = (DAY, f"{DAY}?by=room", WEEK, "{week}?clinician={pk}")


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def visit(cast: Cast) -> Appointment:
    make_referral(patient=cast.patient)
    return make_appointment(
        patient=cast.patient, clinician=cast.clinician, starts_at=NOW + timedelta(hours=2)
    )


def at(hour: int) -> datetime:
    return instant(date(2027, 2, 1), time(hour), "America/New_York")


def version(client: Client, path: str) -> str:
    return client.get(path).context["version"]


def ask(client: Client, path: str, known: str) -> Any:
    headers = {"X-Unattended": "1", "If-None-Match": f'"{known}"'}
    return client.get(path, headers=headers)


def changes(cast: Cast, visit: Appointment) -> dict[str, Callable[[], object]]:
    """Everything that is drawn, changed once."""
    own = Appointment.objects.filter(pk=visit.pk)
    off = {"clinician": cast.clinician, "starts_at": at(15), "ends_at": at(16)}
    return {
        "arrived": lambda: own.update(status="arrived"),
        "moved": lambda: own.update(rev=1),
        "attention": lambda: own.update(attention="red"),
        "set aside": lambda: own.update(set_aside_at=NOW),
        "cancelled": lambda: own.update(status="cancelled", cancelled_at=NOW),
        "another": lambda: make_appointment(
            patient=cast.other_patient, clinician=cast.clinician, starts_at=at(14)
        ),
        "held": lambda: make_appointment(
            patient=cast.other_patient, clinician=cast.clinician, starts_at=at(14), status="held",
            hold_until=NOW + timedelta(minutes=10), holder_key="k",
        ),
        "intake missing": lambda: Referral.objects.update(superseded_at=NOW),
        "time off": lambda: Closure.objects.create(**off),
        "extra opening": lambda: ExtraOpening.objects.create(**off),
        "hours": lambda: OpeningHours.objects.filter(weekday=0).update(ends=time(13)),
        "hours of a room": lambda: OpeningHours.objects.create(
            room=visit.room, weekday=0, starts=time(8), ends=time(13)
        ),
        "kept": lambda: own.update(stays_outside_hours=True),
        "room out of use": lambda: Room.objects.filter(pk=visit.room_id).update(is_active=False),
        "not done any more": lambda: cast.clinician.services.remove(visit.service),
        "interpreter": lambda: Patient.objects.update(interpreter="Arabic"),
        "another name": lambda: Patient.objects.update(name="Nora Newname"),
    }  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_unchanged_is_said_in_three_statements_and_looked_at_by_nobody(
    cast: Cast, visit: Appointment, clock: Any, path: str
) -> None:
    path = path.format(week=WEEK, pk=cast.clinician.pk)
    desk = client_for(cast.manager)
    known = version(desk, path)
    seen = AuditEvent.objects.count()
    with CaptureQueriesContext(connection) as found:
        assert ask(desk, path, known).status_code == 304
    told = [one["sql"] for one in found if not HOUSEKEEPING.match(one["sql"])]
    assert len([sql for sql in told if "booking_" in sql]) <= 3, told
    # Whether whoever is signed in is a clinician, and whose week it is.
    assert len(told) <= (5 if "clinician=" in path else 4), told
    assert AuditEvent.objects.count() == seen
    # Asked by a person, the page is drawn whatever she has.
    assert desk.get(path, headers={"If-None-Match": f'"{known}"'}).status_code == 200


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "change",
    [
        "arrived", "moved", "attention", "set aside", "cancelled", "another", "held",
        "intake missing", "time off", "extra opening", "hours", "hours of a room", "kept",
        "room out of use", "not done any more", "interpreter", "another name",
    ],
)  # fmt: skip
def test_every_change_is_drawn_once_and_then_known(
    cast: Cast, visit: Appointment, clock: Any, path: str, change: str
) -> None:
    path = path.format(week=WEEK, pk=cast.clinician.pk)
    desk = client_for(cast.manager)
    known = version(desk, path)
    changes(cast, visit)[change]()
    answer = ask(desk, path, known)
    assert answer.status_code == 200
    assert answer.context["version"] != known
    assert ask(desk, path, answer.context["version"]).status_code == 304


def test_a_visit_set_aside_on_another_day_changes_the_pinboard_and_so_the_day(
    cast: Cast, visit: Appointment, clock: Any
) -> None:
    later = make_appointment(
        patient=cast.other_patient, clinician=cast.clinician, starts_at=NOW + timedelta(days=30)
    )
    desk = client_for(cast.manager)
    day, week = version(desk, DAY), version(desk, WEEK)
    Appointment.objects.filter(pk=later.pk).update(set_aside_at=NOW)
    changed = ask(desk, DAY, day)
    assert changed.status_code == 200
    assert ask(desk, DAY, changed.context["version"]).status_code == 304
    assert ask(desk, WEEK, week).status_code == 304


def test_the_clock_alone_changes_only_what_a_card_says(
    cast: Cast, visit: Appointment, clock: Any
) -> None:
    desk = client_for(cast.manager)
    known = version(desk, DAY)
    clock.shift(timedelta(minutes=14))
    assert ask(desk, DAY, known).status_code == 304
    clock.move_to(visit.ends_at + timedelta(minutes=1))
    desk = client_for(cast.manager)
    assert "Not closed yet" in ask(desk, DAY, known).content.decode()


def test_what_was_drawn_and_what_is_reckoned_agree_on_a_full_clinic(cast: Cast) -> None:
    make_bulk(patients=100, appointments=800, start=NOW.date(), rng=Random(7), zone=ZONE)
    analyze()
    with time_machine.travel(NOW, tick=False):
        desk = client_for(cast.manager)
        for path in (DAY, WEEK, f"{WEEK}?clinician={cast.clinician.pk}"):
            assert ask(desk, path, version(desk, path)).status_code == 304


def test_a_page_that_asks_by_itself_keeps_no_session_alive(
    cast: Cast, visit: Appointment, clock: Any
) -> None:
    desk = client_for(cast.manager)
    known = version(desk, DAY)
    for _ in range(14):
        clock.shift(timedelta(minutes=1))
        assert ask(desk, DAY, known).status_code == 304
    Appointment.objects.update(rev=1)
    assert ask(desk, DAY, known).status_code == 200
    clock.shift(timedelta(minutes=1))
    answer = ask(desk, DAY, known)
    assert answer.status_code == 302
    assert "ended=1" in answer["Location"]
