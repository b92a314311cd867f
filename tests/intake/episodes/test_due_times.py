"""When a call or a review is due, in the clinic's real hours; the hour that is told is stored."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from booking.models import Closure
from booking.opening_hours.queries import clinic_open_times
from clinic.models.practice import WeeklyHours
from clinic.practice.working_time import OpenTime, clinic_hours_between, due_while_open
from intake.episodes.due_times import (
    AFTER_OPENING,
    CALL_WITHIN,
    TIME_FOR_A_CALL,
    call_due,
    clinic_hours_later,
    near_due,
    review_due,
    told_due,
    working_day_end,
)
from intake.models import UrgentCall
from tests.factories import make_clinician, make_offer
from tests.intake.review.reviewing import FEVERISH, TORN, make_intake

NEW_YORK = ZoneInfo("America/New_York")
FRIDAY_AT_TEN = datetime(2027, 2, 5, 10, tzinfo=NEW_YORK).astimezone(UTC)
EIGHT, NINE, FOUR, FIVE = time(8), time(9), time(16), time(17)


def at(text: str) -> datetime:
    """Read a wall time of the clinic: "2027-02-01 11:00"; of one that comes twice the first."""
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).astimezone(UTC)


def shown(moment: datetime) -> str:
    return f"{moment.astimezone(NEW_YORK):%a %Y-%m-%d %H:%M}"


def enter(weekdays: range, opens: time, closes: time) -> None:
    WeeklyHours.objects.bulk_create(
        WeeklyHours(weekday=day, starts=opens, ends=closes) for day in weekdays
    )


def close_on(day: str) -> None:
    """Close the clinic for everybody, all day."""
    begins = at(f"{day} 00:00")
    Closure.objects.create(starts_at=begins, ends_at=begins + timedelta(days=1), label="Holiday")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("answers", "queue", "due"),
    [
        (FEVERISH, "urgent", "2027-02-05 12:00"),  # two clinic hours
        (TORN, "red", "2027-02-08 17:00"),  # one working day
        ({"ready.mood": "most_days"}, "mood", "2027-02-09 17:00"),  # two
        ({"ready.mood": "prefer_not"}, "mood", "2027-02-09 17:00"),
        ({}, "reading", "2027-02-12 17:00"),  # five, for the note
    ],
)
def test_a_form_sent_on_a_friday_is_due(answers: dict[str, Any], queue: str, due: str) -> None:
    make_offer()
    make_clinician()
    sent = make_intake(now=FRIDAY_AT_TEN, **answers)
    assert sent.queue == queue
    assert sent.review_due_at is not None
    assert f"{sent.review_due_at.astimezone(NEW_YORK):%Y-%m-%d %H:%M}" == due


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2027-02-05 10:00", "Fri 2027-02-05 12:00"),
        ("2027-02-05 15:00", "Fri 2027-02-05 17:00"),
        ("2027-02-05 15:20", "Fri 2027-02-05 17:00"),  # it closes before: at closing
        ("2027-02-05 16:30", "Fri 2027-02-05 17:00"),
        ("2027-02-05 16:45", "Mon 2027-02-08 08:15"),  # a quarter of an hour is too short
        ("2027-02-07 12:40", "Mon 2027-02-08 08:15"),  # Sunday
        ("2027-02-08 07:59", "Mon 2027-02-08 08:15"),
        ("2027-02-08 08:00", "Mon 2027-02-08 10:00"),
        ("2027-11-25 10:00", "Fri 2027-11-26 08:15"),  # Thanksgiving
        ("2027-11-24 16:45", "Fri 2027-11-26 08:15"),
        # The nights in which the clocks change: half past one comes twice on November 7.
        ("2027-03-14 01:59", "Mon 2027-03-15 08:15"),
        ("2027-03-14 03:00", "Mon 2027-03-15 08:15"),
        ("2027-11-07 01:30", "Mon 2027-11-08 08:15"),
    ],
)
def test_a_call_under_hours_from_monday_to_friday(now: str, due: str) -> None:
    enter(range(5), EIGHT, FIVE)
    close_on("2027-11-25")
    assert shown(call_due(at(now))) == due


@pytest.mark.django_db
@pytest.mark.promises
@pytest.mark.parametrize(
    ("now", "due"),
    [
        (at("2027-02-13 13:00"), datetime(2027, 2, 13, 20, 0, tzinfo=UTC)),  # Saturday, 3 pm
        (at("2027-02-13 15:00"), datetime(2027, 2, 13, 21, 0, tzinfo=UTC)),  # at closing
        (at("2027-02-13 15:31"), datetime(2027, 2, 16, 14, 15, tzinfo=UTC)),  # Tuesday, 9:15 am
        (at("2027-02-15 10:00"), datetime(2027, 2, 16, 14, 15, tzinfo=UTC)),  # Presidents' Day
        (at("2027-02-16 10:00"), datetime(2027, 2, 16, 17, 0, tzinfo=UTC)),
        # March 14: 2:00 is skipped; Tuesday 9:15 am is summer time.
        (datetime(2027, 3, 14, 6, 59, tzinfo=UTC), datetime(2027, 3, 16, 13, 15, tzinfo=UTC)),
        (datetime(2027, 3, 14, 7, 0, tzinfo=UTC), datetime(2027, 3, 16, 13, 15, tzinfo=UTC)),
        # November 7: 1:30 comes twice; Tuesday 9:15 am is winter time.
        (datetime(2027, 11, 7, 5, 30, tzinfo=UTC), datetime(2027, 11, 9, 14, 15, tzinfo=UTC)),
        (datetime(2027, 11, 7, 6, 30, tzinfo=UTC), datetime(2027, 11, 9, 14, 15, tzinfo=UTC)),
    ],
)
def test_a_call_under_hours_from_tuesday_to_saturday(now: datetime, due: datetime) -> None:
    enter(range(1, 6), NINE, FOUR)
    close_on("2027-02-15")
    assert call_due(now) == due


@pytest.mark.django_db
def test_the_time_that_is_stored_is_the_time_that_is_told() -> None:
    enter(range(1, 6), NINE, FOUR)
    make_offer()
    make_clinician()
    now = at("2027-02-15 10:00")
    make_intake(now=now, send=False, **FEVERISH)
    with time_machine.travel(now, tick=False):
        stored = UrgentCall.objects.get().due_at
        assert told_due(stored) == "on Tuesday, February 16, by 9:15 am"
    # Hours that change later do not move it.
    WeeklyHours.objects.all().delete()
    assert UrgentCall.objects.get().due_at == stored == at("2027-02-16 09:15")


@pytest.mark.django_db
def test_working_days_are_the_days_on_which_the_clinic_is_open() -> None:
    enter(range(1, 6), NINE, FOUR)
    close_on("2027-02-16")
    Closure.objects.create(starts_at=at("2027-02-18 13:00"), ends_at=at("2027-02-19 00:00"))
    for now, days, ends in (
        ("2027-02-13 12:00", 1, "Wed 2027-02-17 16:00"),  # Sunday, Monday, a holiday
        ("2027-02-13 12:00", 2, "Thu 2027-02-18 13:00"),  # closed in the afternoon
        ("2027-02-17 08:00", 1, "Thu 2027-02-18 13:00"),
        ("2027-02-17 08:00", 5, "Wed 2027-02-24 16:00"),
    ):
        assert shown(working_day_end(at(now), days)) == ends, (now, days)
    assert review_due("red", at("2027-02-13 12:00")) == at("2027-02-17 16:00")
    assert review_due("mood", at("2027-02-13 12:00")) == at("2027-02-18 13:00")
    assert clinic_hours_later(at("2027-02-13 15:00"), 2) == at("2027-02-17 10:00")


@pytest.mark.django_db
def test_a_clinic_that_never_opens_alarms_by_the_clock() -> None:
    now = at("2027-02-05 10:00")
    Closure.objects.create(starts_at=now - timedelta(days=1), ends_at=now + timedelta(days=800))
    assert call_due(now) == now + timedelta(hours=2)
    assert clinic_hours_later(now, 3) == now + timedelta(hours=3)
    assert working_day_end(now, 2) == now + timedelta(days=2)


@pytest.mark.django_db
def test_a_closure_of_weeks_puts_the_call_after_it() -> None:
    Closure.objects.create(starts_at=at("2027-07-01 00:00"), ends_at=at("2027-08-12 00:00"))
    assert shown(call_due(at("2027-07-02 10:00"))) == "Thu 2027-08-12 08:15"


def test_staff_read_today_and_tomorrow_with_the_day_beside() -> None:
    now = at("2027-02-01 10:00")
    with time_machine.travel(now, tick=False):
        for due, words in (
            ("2027-02-01 17:00", "today 5 pm (Monday)"),
            ("2027-02-02 16:30", "tomorrow 4:30 pm (Tuesday)"),
            ("2027-02-03 17:00", "Wednesday, February 3, 5 pm"),
        ):
            assert near_due(at(due), now) == words


def minutes(year: int) -> Iterator[datetime]:
    start = datetime(year, 1, 1, tzinfo=UTC)
    for minute in range(365 * 24 * 60):
        yield start + timedelta(minutes=minute)


@pytest.mark.django_db
@pytest.mark.parametrize("is_tuesday_to_saturday", [False, True])
def test_over_a_year_an_earlier_answer_is_never_due_later(is_tuesday_to_saturday: bool) -> None:
    """Every minute of 2027, with holidays, a meeting, a lunch and both clock changes."""
    if is_tuesday_to_saturday:
        enter(range(1, 6), NINE, time(12))
        enter(range(1, 6), time(12, 45), FOUR)
    else:
        enter(range(5), EIGHT, FIVE)
        # Sunday mornings, also those in which the clocks change.
        enter(range(6, 7), time(1), time(2, 20))
    for day in (
        "2027-01-01", "2027-01-18", "2027-02-15", "2027-05-31", "2027-06-18", "2027-07-05",
        "2027-09-06", "2027-10-11", "2027-11-11", "2027-11-25", "2027-12-24", "2027-12-31",
    ):  # fmt: skip
        close_on(day)
    Closure.objects.create(starts_at=at("2027-06-01 10:10"), ends_at=at("2027-06-01 15:50"))
    Closure.objects.create(starts_at=at("2027-06-02 00:00"), ends_at=at("2027-06-02 15:50"))
    ahead = clinic_open_times(at("2027-01-01 00:00"), at("2028-01-10 00:00"))
    before = datetime(2027, 1, 1, tzinfo=UTC)
    for now in minutes(2027):
        while ahead[0][1] <= now:
            ahead.pop(0)
        soon: list[OpenTime] = ahead[:3]
        due = due_while_open(
            now,
            soon,
            within=CALL_WITHIN,
            at_least=TIME_FOR_A_CALL,
            after_opening=AFTER_OPENING,
        )
        assert due is not None
        assert due >= max(before, now), now
        # Never more than two hours of the clinic, looked at every quarter of an hour.
        if now.minute % 15 == 0:
            assert clinic_hours_between(now, due, soon) <= timedelta(hours=2), now
        before = due
