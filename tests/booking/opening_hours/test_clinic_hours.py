"""The clinic's own hours: entered by the manager, without closures, printed on the home page."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client

from booking.models import Closure
from booking.opening_hours.actions import set_clinic_week
from booking.opening_hours.queries import clinic_open_times
from clinic.audit.record import SYSTEM
from clinic.checks import no_variable_is_ignored
from clinic.management.sample.clinic_setup import make_clinic
from clinic.models.audit import AuditEvent
from clinic.models.practice import WeeklyHours
from clinic.templatetags.practice import clinic_hours
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_clinician
from tests.racing import race

pytestmark = [pytest.mark.django_db, pytest.mark.promises]

NEW_YORK = ZoneInfo("America/New_York")
PATH = "/desk/hours/clinic/week/"
NINE_TO_FOUR = {f"day_{weekday}": "9-16" for weekday in range(1, 6)}


def at(text: str) -> datetime:
    """Read a wall time of the clinic: "2027-02-01 11:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).astimezone(UTC)


def opened(begin: str, end: str) -> list[str]:
    """Return when the clinic is open between two wall times, as the clock shows it."""
    return [
        f"{opens.astimezone(NEW_YORK):%a %d %H:%M}-{closes.astimezone(NEW_YORK):%H:%M}"
        for opens, closes in clinic_open_times(at(begin), at(end))
    ]


def enter(*weekdays: int, hours: tuple[time, time] = (time(9), time(16)), **dates: date) -> None:
    WeeklyHours.objects.bulk_create(
        WeeklyHours(weekday=day, starts=hours[0], ends=hours[1], **dates) for day in weekdays
    )


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def desk(cast: Cast) -> Client:
    return client_for(cast.manager)


def test_until_hours_are_entered_it_is_monday_to_friday_eight_to_five() -> None:
    assert opened("2027-02-05 00:00", "2027-02-09 00:00") == [
        "Fri 05 08:00-17:00",
        "Mon 08 08:00-17:00",
    ]


def test_entered_hours_count_without_what_closes_everybody() -> None:
    enter(1, 2, 3, 4, 5)
    ann = make_clinician()
    for begin, end, clinician in (
        ("2027-02-16 00:00", "2027-02-17 00:00", None),  # Tuesday: a holiday
        ("2027-02-17 12:00", "2027-02-17 13:30", None),  # Wednesday: a meeting
        ("2027-02-18 00:00", "2027-02-19 00:00", ann),  # Thursday: one person is off
        ("2027-02-19 15:30", "2027-02-20 10:00", None),  # Friday evening to Saturday morning
    ):
        Closure.objects.create(starts_at=at(begin), ends_at=at(end), clinician=clinician)
    assert opened("2027-02-15 00:00", "2027-02-22 00:00") == [
        "Wed 17 09:00-12:00",
        "Wed 17 13:30-16:00",
        "Thu 18 09:00-16:00",
        "Fri 19 09:00-15:30",
        "Sat 20 10:00-16:00",
    ]
    assert opened("2027-02-17 11:00", "2027-02-17 14:00") == [
        "Wed 17 11:00-12:00",
        "Wed 17 13:30-14:00",
    ]


def test_hours_from_a_day_on_leave_the_days_before_as_they_were() -> None:
    enter(0, 2, valid_from=date(2027, 2, 10))
    assert opened("2027-02-08 00:00", "2027-02-18 00:00") == [
        "Mon 08 08:00-17:00",
        "Tue 09 08:00-17:00",
        "Wed 10 09:00-16:00",
        "Mon 15 09:00-16:00",
        "Wed 17 09:00-16:00",
    ]


def test_hours_are_wall_time_on_both_days_on_which_the_clocks_change() -> None:
    enter(6, hours=(time(1, 30), time(9)))
    for day, hours in (("2027-03-14", 6.5), ("2027-11-07", 8.5)):
        ((opens, closes),) = clinic_open_times(at(f"{day} 00:00"), at(f"{day} 23:00"))
        assert closes - opens == timedelta(hours=hours), day


def test_a_year_takes_two_statements(django_assert_num_queries: Any) -> None:
    enter(1, 2, 3, 4, 5)
    with django_assert_num_queries(2):
        assert len(clinic_open_times(at("2027-01-01 00:00"), at("2028-01-01 00:00"))) == 261


def test_the_manager_enters_the_hours_and_the_home_page_prints_them(cast: Cast) -> None:
    with time_machine.travel(NOW, tick=False):
        desk = client_for(cast.manager)
        page = desk.get("/desk/hours/").content.decode()
        assert "The clinic’s hours are not entered" in page
        assert "8 am to" not in Client().get("/").content.decode()
        form = desk.get(PATH).context["form"]
        assert (form["first"].value(), form["day_0"].value()) == (NOW.date(), "8:00-17:00")
        sent = {"first": "2027-02-01", "last": "", "day_0": "", **NINE_TO_FOUR}
        assert desk.post(PATH, {**sent, "day_3": "9-12, 1 pm-4:30 pm"}).status_code == 302
        page = desk.get("/desk/hours/").content.decode()
        assert "The clinic’s hours are not entered" not in page
        assert "9:00 am to" in " ".join(page.split())
        home = Client().get("/").content.decode()
    assert (
        "Tuesday, Wednesday, Friday and Saturday, 9 am to 4 pm; "
        "Thursday, 9 am to 12 pm and 1 pm to 4:30 pm"
    ) in home
    assert AuditEvent.objects.filter(action="set clinic hours").count() == 1


def test_hours_for_some_weeks_end_and_those_of_before_count_again() -> None:
    week = [[(time(8), time(17))]] * 5 + [[], []]
    summer = [[(time(7), time(13))]] * 5 + [[], []]
    set_clinic_week(week=week, first=date(2027, 1, 4), last=None, actor=SYSTEM)
    set_clinic_week(week=summer, first=date(2027, 7, 5), last=date(2027, 7, 6), actor=SYSTEM)
    assert opened("2027-07-02 00:00", "2027-07-08 00:00") == [
        "Fri 02 08:00-17:00",
        "Mon 05 07:00-13:00",
        "Tue 06 07:00-13:00",
        "Wed 07 08:00-17:00",
    ]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("day_1", "mornings", "Write hours like 8:00-12:00, 13:00-17:30"),
        ("day_1", "17-8", "Write hours like 8:00-12:00, 13:00-17:30"),
        ("first", "2020-01-01", "Choose today or a later day"),
        ("first", "", "Choose a day"),
        ("last", "2031-01-01", "The last day is before the first"),
    ],
)
def test_hours_that_cannot_be_right_are_refused_and_stay_in_the_form(
    desk: Client, field: str, value: str, words: str
) -> None:
    sent = {"first": "2031-02-05", "last": "", **NINE_TO_FOUR, field: value}
    answer = desk.post(PATH, sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert answer.context["form"].errors[field] == [words]
    assert answer.context["form"][field].value() == value
    assert 'value="9-16"' in page
    assert not WeeklyHours.objects.exists()


def test_a_clinic_without_any_hours_is_refused(desk: Client) -> None:
    answer = desk.post(PATH, {"first": "2031-02-05", "last": ""})
    assert answer.status_code == 422
    assert "Enter the hours of one day at least" in answer.content.decode()


def test_the_sample_clinic_has_hours() -> None:
    make_clinic(date(2027, 2, 1))
    assert clinic_hours() == "Monday to Friday, 8 am to 5 pm"
    # Presidents' Day is closed.
    assert opened("2027-02-12 00:00", "2027-02-17 00:00") == [
        "Fri 12 08:00-17:00",
        "Tue 16 08:00-17:00",
    ]


def test_a_variable_that_is_not_read_any_more_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLINIC_HOURS", raising=False)
    assert no_variable_is_ignored() == []
    monkeypatch.setenv("CLINIC_HOURS", "Monday to Friday, 9 am to 4 pm")
    (warning,) = no_variable_is_ignored()
    assert warning.msg == "CLINIC_HOURS is no longer read."


def test_only_the_desk_sets_the_clinics_hours(cast: Cast) -> None:
    for user, status in ((None, 302), (cast.patient.user, 403), (cast.admin, 403)):
        assert client_for(user).get(PATH).status_code == status
    assert client_for(cast.clinician.user).post(PATH, {}).status_code == 403
    assert not WeeklyHours.objects.exists()


@pytest.mark.parametrize(
    "fields", [{"starts": time(17), "ends": time(8)}, {"weekday": 7}, {"ends": time(8)}]
)
def test_the_database_refuses_hours_that_do_not_exist(fields: dict[str, Any]) -> None:
    row = WeeklyHours(**{"weekday": 0, "starts": time(8), "ends": time(17), **fields})
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_enter_hours_at_once_one_week_stands(cast: Cast) -> None:
    def enter_from(hour: int) -> None:
        week = [[(time(hour), time(17))]] * 5 + [[], []]
        set_clinic_week(week=week, first=date(2027, 3, 1), last=None, actor=SYSTEM)

    results = race(4, lambda number: enter_from(6 + number))
    assert not [result for result in results if isinstance(result, Exception)]
    assert WeeklyHours.objects.count() == 5
    assert WeeklyHours.objects.values("starts").distinct().count() == 1
