"""Of two people who change the same hours, room or facts, the second is told what the first did."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from booking.models import Room
from booking.opening_hours.actions import set_clinic_week
from booking.set_up.actions import fill_usual_clinic
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.models.people import Clinician
from clinic.models.practice import ClinicFacts, WeeklyHours
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_manager
from tests.racing import race

pytestmark = [pytest.mark.django_db, pytest.mark.promises]

FIRST_DAY = {"first": "2027-02-01"}


@dataclass(frozen=True)
class Form:
    """A form at an address, what the first types, what the second types, and what then counts."""

    path: Callable[[Cast], str]
    first: dict[str, object]
    second: dict[str, object]
    # What the page says of the first one's change.
    told: str
    counts: Callable[[Cast], object]


def the_room() -> Room:
    return Room.objects.order_by("pk")[0]


def weekdays(hours: str) -> dict[str, object]:
    return FIRST_DAY | {f"day_{weekday}": hours for weekday in range(5)}


FACTS: dict[str, object] = {
    "name": "Harbor",
    "mail_name": "Harbor Street",
    "address": "9 Harbor Street",
    "phone": "978-555-0133",
}
FORMS = {
    "weekly hours of a clinician": Form(
        lambda cast: f"/desk/hours/{cast.clinician.pk}/week/",
        weekdays("9-12"),
        weekdays("13-16"),
        "Monday: 9:00-12:00",
        lambda cast: str(cast.clinician.opening_hours.filter(valid_until=None)[0].starts),
    ),
    "weekly hours of a room": Form(
        lambda cast: reverse("desk_room_week", args=[the_room().pk]),
        weekdays("9-12"),
        weekdays("13-16"),
        "Monday: 9:00-12:00",
        lambda cast: str(the_room().opening_hours.filter(valid_until=None)[0].starts),
    ),
    "the clinic's hours": Form(
        lambda cast: "/desk/hours/clinic/week/",
        weekdays("9-12"),
        weekdays("13-16"),
        "Monday: 9:00-12:00",
        lambda cast: str(WeeklyHours.objects.filter(valid_until=None)[0].starts),
    ),
    "what a clinician does": Form(
        lambda cast: f"/desk/hours/{cast.clinician.pk}/abilities/",
        {"is_active": "on", "fits_pessaries": "on"},
        {"is_active": "on"},
        "Fits pessaries",
        lambda cast: Clinician.objects.get(pk=cast.clinician.pk).fits_pessaries,
    ),
    "a room": Form(
        lambda cast: reverse("desk_room_change", args=[the_room().pk]),
        {"name": "Garden", "is_active": "on"},
        {"name": "Harbor", "is_active": "on"},
        "Garden<br>Given out for visits",
        lambda cast: the_room().name,
    ),
    "the clinic's facts": Form(
        lambda cast: "/before-you-open/clinic/",
        FACTS | {"door": "The blue one"},
        FACTS | {"door": "The green one"},
        "Door: The blue one",
        lambda cast: ClinicFacts.objects.get().door,
    ),
}


def seen(page: bytes) -> str:
    found = re.search(r'name="seen" value="([^"]+)"', page.decode())
    assert found is not None
    return found[1]


@pytest.mark.parametrize("name", FORMS)
def test_the_second_of_two_colleagues_is_told_and_can_send_it_again(
    name: str, real_facts: None
) -> None:
    form, cast = FORMS[name], make_cast()
    path = form.path(cast)
    one, other = client_for(cast.manager), client_for(make_manager(email="colleague@example.test"))

    def send(client: Client, typed: dict[str, object], version: str) -> Any:
        return client.post(path, {**typed, "seen": version, "confirmed": "1"})

    pages = one.get(path).content, other.get(path).content
    assert send(one, form.first, seen(pages[0])).status_code == 302
    first = form.counts(cast)
    for confirmed in ({}, {"confirmed": "1"}):
        refused = other.post(path, {**form.second, "seen": seen(pages[1]), **confirmed})
        assert refused.status_code == 409
        words = refused.content.decode()
        assert "Somebody changed this since you opened the page." in words
        assert form.told in words
        assert form.counts(cast) == first
    assert send(other, form.second, seen(refused.content)).status_code == 302
    assert form.counts(cast) != first


@pytest.mark.django_db(transaction=True)
def test_a_clinic_without_a_clinician_has_one_week_too() -> None:
    def enter(number: int) -> None:
        week = [[(time(6 + number), time(17))], *([[]] * 6)]
        set_clinic_week(week=week, first=date(2027, 3, 1), last=None, actor=SYSTEM)

    results = race(4, enter)
    assert not [one for one in results if isinstance(one, Exception)]
    assert WeeklyHours.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_usual_clinic_pressed_by_four_at_once_is_filled_once() -> None:
    results = race(4, lambda number: fill_usual_clinic(context=Context(SYSTEM, NOW)))
    assert results == [None] * 4
    assert Room.objects.count() == 2
    assert WeeklyHours.objects.count() == 5
