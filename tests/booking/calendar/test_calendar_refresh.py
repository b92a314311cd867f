"""A calendar on a screen asks if it is stale: cheaply, and without keeping a session alive."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from html import unescape
from itertools import cycle, product
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.db.models import (
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    IntegerField,
    Model,
    TextField,
    TimeField,
)
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from booking.models import Appointment, Closure, ExtraOpening, OpeningHours, Referral, Room
from clinic.database.sealed import SealedJSONField
from clinic.models.audit import AuditEvent
from clinic.models.people import Patient
from clinic.practice.wall_time import instant, reading
from tests.booking.calendar.test_desk_calendar import HOUSEKEEPING
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_appointment, make_clinician, make_referral
from tests.rounds import rounds

pytestmark = pytest.mark.django_db

DAY, WEEK = "/desk/day/2027-02-01/", "/desk/week/2027-02-01/"
CALENDAR_HEADERS = re.compile(r'id="calendar"[^>]* hx-headers="([^"]*)"')
PRINTED = re.compile(r'<p class="print-only">.*?</p>', re.DOTALL)
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
    """Return what the page sends along when it asks again."""
    return version_in(client.get(path).content.decode())


def version_in(html: str) -> str:
    headers = json.loads(unescape(CALENDAR_HEADERS.findall(html)[0]))
    assert headers["X-Unattended"] == "1"
    return headers["If-None-Match"].strip('"')


def ask(client: Client, path: str, known: str) -> Any:
    headers = {"X-Unattended": "1", "If-None-Match": f'"{known}"', "HX-Request": "true"}
    return client.get(path, headers=headers)


def drawn(client: Client, path: str) -> str:
    """Return the calendar as a person sees it on the screen."""
    return look(client, path)[0]


def look(client: Client, path: str) -> tuple[str, str]:
    """Return the calendar as a person sees it on the screen, and its version."""
    part = client.get(path, headers={"HX-Request": "true"}).content.decode()
    return PRINTED.sub("", CALENDAR_HEADERS.sub("", part)), version_in(part)


def changes(cast: Cast, visit: Appointment) -> dict[str, Callable[[], object]]:
    """Return one change of everything that is drawn, by name."""
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
def test_an_unchanged_calendar_takes_two_statements_and_is_not_audited(
    cast: Cast, visit: Appointment, clock: Any, path: str
) -> None:
    path = path.format(week=WEEK, pk=cast.clinician.pk)
    desk = client_for(cast.manager)
    known = version(desk, path)
    seen = AuditEvent.objects.count()
    with CaptureQueriesContext(connection) as found:
        assert ask(desk, path, known).status_code == 304
    told = [one["sql"] for one in found if not HOUSEKEEPING.match(one["sql"])]
    assert len([sql for sql in told if "booking_" in sql]) <= 2, told
    # Besides: is the user a clinician, and whose week is it?
    assert len(told) <= (4 if "clinician=" in path else 3), told
    assert AuditEvent.objects.count() == seen
    # When a person asks for the page, it is drawn whatever version she has.
    assert desk.get(path, headers={"If-None-Match": f'"{known}"'}).status_code == 200


CHANGES = (
    "arrived", "moved", "attention", "set aside", "cancelled", "another", "held",
    "intake missing", "time off", "extra opening", "hours", "hours of a room", "kept",
    "room out of use", "not done any more", "interpreter", "another name",
)  # fmt: skip
# In the suite each change on one of the paths, in turn.
CHANGES_SEEN = rounds(list(zip(CHANGES, cycle(PATHS), strict=False)), list(product(CHANGES, PATHS)))


@pytest.mark.parametrize(("change", "path"), CHANGES_SEEN)
def test_every_change_is_drawn_once_and_then_known(
    cast: Cast, visit: Appointment, clock: Any, path: str, change: str
) -> None:
    path = path.format(week=WEEK, pk=cast.clinician.pk)
    desk = client_for(cast.manager)
    known = version(desk, path)
    changes(cast, visit)[change]()
    answer = ask(desk, path, known)
    assert answer.status_code == 200
    now_known = version_in(answer.content.decode())
    assert now_known != known
    assert ask(desk, path, now_known).status_code == 304


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
    assert ask(desk, DAY, version_in(changed.content.decode())).status_code == 304
    assert ask(desk, WEEK, week).status_code == 304


def test_the_clock_alone_draws_again_and_is_not_called_an_update(
    cast: Cast, visit: Appointment, clock: Any
) -> None:
    desk = client_for(cast.manager)
    known = version(desk, DAY)
    clock.shift(timedelta(minutes=14))
    assert ask(desk, DAY, known).status_code == 304
    clock.shift(timedelta(minutes=1))
    answer = ask(client_for(cast.manager), DAY, known)
    assert answer.status_code == 200
    assert "Calendar updated" not in answer.content.decode()
    Appointment.objects.update(rev=1)
    answer = ask(client_for(cast.manager), DAY, known)
    assert "Calendar updated" in answer.content.decode()
    clock.move_to(visit.ends_at + timedelta(minutes=1))
    desk = client_for(cast.manager)
    assert "Not closed yet" in ask(desk, DAY, known).content.decode()


@pytest.mark.parametrize("path", rounds(PATHS[::3], PATHS))
def test_no_minute_passes_unnoticed_that_shows_on_the_page(
    cast: Cast, visit: Appointment, clock: Any, path: str
) -> None:
    path = path.format(week=WEEK, pk=cast.clinician.pk)
    make_appointment(
        patient=cast.other_patient, clinician=cast.clinician, starts_at=at(14), status="held",
        hold_until=NOW + timedelta(minutes=17), holder_key="k",
    )  # fmt: skip
    desk = client_for(cast.manager)
    (seen, known), changed = look(desk, path), 0
    # As long as a session lasts, which is longer than the clinic is open.
    for _ in range(11 * 60 // 13):
        clock.shift(timedelta(minutes=13))
        now_seen, now_known = look(desk, path)
        if now_seen != seen:
            assert ask(desk, path, known).status_code == 200, now_seen
            changed += 1
        seen, known = now_seen, now_known
    # A hold ends, a visit passes; free time shrinks by quarter hours.
    assert changed >= 10


# --- Everything that is drawn of a row ------------------------------------------------------------


def other_values(row: Model, field: Any) -> list[Any]:
    """Return some values the field could have instead."""
    value = getattr(row, field.attname)
    others: list[Any] = [None] if field.null and value is not None else []
    if field.is_relation:
        rows = field.related_model._default_manager.exclude(pk=value)
        return others + list(rows.values_list("pk", flat=True)[:2])
    # A sealed value is written by its row alone. No calendar shows the wish, and beside what she
    # told stands when.
    if isinstance(field, SealedJSONField):
        return []
    if field.choices:
        return others + [one for one, _name in field.flatchoices if one != value]
    match field:
        case BooleanField():
            return [not value]
        case DateTimeField():
            near = value or NOW
            return [*others, near - timedelta(hours=1), near + timedelta(minutes=45)]
        case DateField():
            return [*others, NOW.date() + timedelta(days=1), NOW.date() - timedelta(days=1)]
        case TimeField():
            return [time(7), time(12), time(19)]
        case IntegerField():
            return [(value or 0) + 1]
        case CharField() | TextField():
            return [*others, "Other words"]
    return []


def scene(cast: Cast, visit: Appointment) -> list[Model]:
    """Fill the day; return one row of each kind that a calendar is drawn from."""
    later = make_appointment(
        patient=cast.other_patient, clinician=cast.clinician, starts_at=at(14), set_aside_at=NOW
    )
    off = Closure.objects.create(
        clinician=cast.clinician, starts_at=at(15), ends_at=at(16), label="Team meeting"
    )
    extra = ExtraOpening.objects.create(clinician=cast.clinician, starts_at=at(19), ends_at=at(20))
    hours = OpeningHours.objects.filter(clinician=cast.clinician, weekday=0).first()
    assert hours is not None
    referral = Referral.objects.get(patient=cast.patient)
    make_clinician(email="idle@example.test", name="Dr. Idle")
    named = [visit.patient, visit.clinician, visit.room, visit.service]
    return [visit, later, off, extra, hours, referral, *named]


# Typed by hand from the pages: a change of these shows on each of them.
SHOWN = {
    "Appointment.status", "Appointment.starts_at", "Appointment.ends_at", "Appointment.attention",
    "Appointment.patient", "Patient.name", "Patient.interpreter", "Clinician.name",
    "Closure.starts_at", "Closure.clinician", "ExtraOpening.ends_at", "OpeningHours.ends",
}  # fmt: skip


def written(row: Any, field: Any, value: Any) -> dict[str, Any]:
    """Return the value by its column, and with an instant what is promised for it."""
    columns = {field.attname: value}
    for at, wall, offset in getattr(row, "PROMISES", ()):
        if at == field.name:
            shown = reading(value, ZoneInfo("America/New_York"))
            columns |= {wall: shown.wall, offset: int(shown.offset.total_seconds())}
    return columns


@pytest.mark.parametrize("path", rounds(PATHS[:1], PATHS))
def test_nothing_of_a_row_that_is_drawn_changes_unnoticed(
    cast: Cast, visit: Appointment, clock: Any, path: str
) -> None:
    path = path.format(week=WEEK, pk=cast.clinician.pk)
    rows, desk, shown = scene(cast, visit), client_for(cast.manager), set()
    seen, known = drawn(desk, path), version(desk, path)
    for row in rows:
        for field in row._meta.concrete_fields:
            for value in () if field.primary_key else other_values(row, field):
                # A calendar cannot show a state that the database refuses.
                with suppress(IntegrityError), transaction.atomic():
                    type(row)._base_manager.filter(pk=row.pk).update(**written(row, field, value))
                    if drawn(desk, path) != seen:
                        name = f"{type(row).__name__}.{field.name}"
                        assert ask(desk, path, known).status_code == 200, (name, value)
                        shown.add(name)
                    transaction.set_rollback(True)
    assert shown >= SHOWN


def test_a_refresh_is_the_calendar_alone_and_says_that_it_differs(
    cast: Cast, visit: Appointment, clock: Any
) -> None:
    desk = client_for(cast.manager)
    page, part = desk.get(DAY), ask(desk, DAY, "")
    assert "<html" in page.content.decode()
    assert "<html" not in part.content.decode()
    assert "HX-Request" in page["Vary"].split(", ")
    assert "HX-Request" in part["Vary"].split(", ")


def test_a_page_that_refreshes_itself_does_not_keep_a_session_alive(
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
    # An event for the page instead of the sign-in page, which would be swapped into it.
    assert answer.status_code == 204
    assert "signed-out" in answer["HX-Trigger"]
    gone = desk.get(DAY, headers={"HX-Request": "true"})
    assert gone["HX-Redirect"].startswith(reverse("account_login"))
    assert "HX-Request" in gone["Vary"]
    assert desk.get(DAY).status_code == 302
