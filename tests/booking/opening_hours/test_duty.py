"""Who is on duty: whose hours cover now, else whose begin next, without who is away."""

import re
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings

from booking.models import Closure, ExtraOpening, OpeningHours
from booking.opening_hours.queries import Duty, duty_at
from clinic.models.people import Clinician, User
from tests.factories import make_manager, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.promises]

NEW_YORK = ZoneInfo("America/New_York")


def at(text: str) -> datetime:
    """Read a wall time of the clinic: "2027-02-01 11:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).astimezone(UTC)


def clinician(name: str, hours: dict[int, tuple[int, int]], **fields: Any) -> Clinician:
    """Make a clinician who works these hours, by weekday."""
    user = make_user(email=f"{name.lower()}@example.test", name=name)
    row = Clinician.objects.create(user=user, name=name, **fields)
    OpeningHours.objects.bulk_create(
        OpeningHours(clinician=row, weekday=day, starts=time(begins), ends=time(ends))
        for day, (begins, ends) in hours.items()
    )
    return row


@pytest.fixture
def people() -> dict[str, Clinician]:
    """Ann works Tuesday to Saturday, Bea Tuesday to Thursday, Cleo on Wednesday afternoons."""
    make_manager()
    return {
        "Ann": clinician("Ann", dict.fromkeys(range(1, 6), (9, 16))),
        "Bea": clinician("Bea", dict.fromkeys(range(1, 4), (9, 16))),
        "Cleo": clinician("Cleo", {2: (12, 16)}),
    }


def close(begin: str, end: str, whose: Clinician | None = None) -> None:
    Closure.objects.create(starts_at=at(begin), ends_at=at(end), clinician=whose)


def names(users: tuple[User, ...]) -> list[str]:
    return sorted(user.name for user in users)


@pytest.mark.parametrize(
    ("now", "on_duty", "works_today"),
    [
        ("2027-02-03 12:00", ["Ann", "Bea", "Cleo"], ["Ann", "Bea", "Cleo"]),  # a Wednesday
        ("2027-02-03 09:00", ["Ann", "Bea"], ["Ann", "Bea", "Cleo"]),
        ("2027-02-03 16:00", ["Ann", "Bea"], ["Ann", "Bea", "Cleo"]),  # who begins on Thursday
        ("2027-02-05 10:00", ["Ann"], ["Ann"]),
        ("2027-02-06 16:30", ["Ann", "Bea"], ["Ann"]),  # Saturday evening: Tuesday at nine
        ("2027-02-08 10:00", ["Ann", "Bea"], []),
        # Both nights in which the clocks change.
        ("2027-03-14 03:00", ["Ann", "Bea"], []),
        ("2027-11-07 01:30", ["Ann", "Bea"], []),
        ("2027-03-16 08:59", ["Ann", "Bea"], ["Ann", "Bea"]),
    ],
)
def test_whose_hours_cover_now_else_whose_begin_next(
    people: dict[str, Clinician], now: str, on_duty: list[str], works_today: list[str]
) -> None:
    duty = duty_at(at(now))
    assert (names(duty.on_duty), names(duty.works_today)) == (on_duty, works_today)
    assert names(duty.away) == []


def test_an_hour_that_comes_twice_is_within_the_hours_both_times(
    people: dict[str, Clinician],
) -> None:
    OpeningHours.objects.create(clinician=people["Cleo"], weekday=6, starts=time(1), ends=time(3))
    for utc_hour, names_then in ((5, ["Cleo"]), (6, ["Cleo"]), (7, ["Cleo"]), (8, ["Ann", "Bea"])):
        now = datetime(2027, 11, 7, utc_hour, 30, tzinfo=UTC)
        assert names(duty_at(now).on_duty) == names_then, utc_hour


def test_leave_and_closures_count_and_so_do_extra_openings(people: dict[str, Clinician]) -> None:
    close("2027-02-02 00:00", "2027-02-03 00:00", people["Ann"])
    close("2027-02-02 12:00", "2027-02-02 13:00", people["Bea"])
    ExtraOpening.objects.create(
        clinician=people["Cleo"], starts_at=at("2027-02-02 12:15"), ends_at=at("2027-02-02 14:00")
    )
    for now, on_duty in (
        ("2027-02-01 20:00", ["Bea"]),
        ("2027-02-02 10:00", ["Bea"]),
        ("2027-02-02 12:05", ["Cleo"]),  # Bea is back at one, Cleo begins before
        ("2027-02-02 12:30", ["Cleo"]),
        ("2027-02-02 13:00", ["Bea", "Cleo"]),
    ):
        duty = duty_at(at(now))
        assert names(duty.on_duty) == on_duty, now
    assert names(duty_at(at("2027-02-02 10:00")).away) == ["Ann"]


def test_a_holiday_closes_everybodys_hours_of_the_day(people: dict[str, Clinician]) -> None:
    close("2027-02-03 00:00", "2027-02-04 00:00")
    duty = duty_at(at("2027-02-03 10:00"))
    assert names(duty.away) == ["Ann", "Bea", "Cleo"]
    assert names(duty.on_duty) == ["Ann", "Bea"]  # on Thursday
    assert names(duty.works_today) == []


def test_a_holiday_on_a_day_without_hours_makes_nobody_away(people: dict[str, Clinician]) -> None:
    close("2027-02-15 00:00", "2027-02-16 00:00")  # Presidents' Day, a Monday
    duty = duty_at(at("2027-02-15 10:00"))
    assert (names(duty.on_duty), names(duty.away)) == (["Ann", "Bea"], [])


def test_a_week_of_leave_goes_on_over_its_days_without_hours(people: dict[str, Clinician]) -> None:
    close("2027-02-06 00:00", "2027-02-09 00:00", people["Bea"])
    assert names(duty_at(at("2027-02-07 10:00")).away) == ["Bea"]
    # A day of which some is left is no day away.
    close("2027-02-09 00:00", "2027-02-09 15:00", people["Ann"])
    assert names(duty_at(at("2027-02-09 10:00")).away) == []


def test_nobody_is_found_who_cannot_act(people: dict[str, Clinician]) -> None:
    make_user(email="gone@example.test", name="Gone", is_active=False)
    clinician("Dora", dict.fromkeys(range(7), (0, 23)), is_active=False)
    Clinician.objects.create(user=None, name="Nobody")
    User.objects.filter(name="Ann").update(is_active=False)
    assert names(duty_at(at("2027-02-05 10:00")).on_duty) == ["Bea"]
    OpeningHours.objects.all().delete()
    duty = duty_at(at("2027-02-05 10:00"))
    assert duty.on_duty == ()
    assert names(duty.clinicians) == ["Bea", "Cleo"]


def test_it_takes_four_statements(
    people: dict[str, Clinician], django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(4):
        found = duty_at(at("2027-02-03 12:30"))
    assert isinstance(found, Duty)


# Weekly hours alone say nothing of who is there: leave and closures have to be taken away. These
# write the rows, load them together with what is closed, or only notice that they changed.
READERS = {
    "booking/calendar/changes.py",
    "booking/models/__init__.py",
    "booking/models/hours.py",
    "booking/opening_hours/actions.py",
    "booking/scheduling/hours.py",
    # Whether any are entered, for the list before opening and that of clinicians.
    "booking/set_up/actions.py",
    "booking/set_up/lines.py",
    "booking/opening_hours/views_desk.py",
    "clinic/management/sample/clinic_setup.py",
}


def test_nobody_else_reads_weekly_hours_as_presence() -> None:
    root, named = Path(settings.BASE_DIR), re.compile(r"(?<!\.)\bOpeningHours\b")
    naming = {
        str(path.relative_to(root))
        for app in ("clinic", "booking", "intake")
        for path in (root / app).rglob("*.py")
        if "migrations" not in path.parts and named.search(path.read_text())
    }
    assert naming == READERS
