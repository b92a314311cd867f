"""The numbers of the flood brake: until when to confirm, which network, how much is too much."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from booking.flood_brake.limits import (
    Taken,
    confirm_until,
    most_over_all,
    open_minutes,
)
from booking.scheduling.intervals import span
from booking.scheduling.timetable import (
    ClinicianHours,
    ClosedTime,
    HoursRange,
    SlotWish,
    Timetable,
)
from clinic.audit.client_address import network_of

# A Monday, 9:00 in New York.
NOW = datetime(2027, 2, 1, 14, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("starts_in", "hours"),
    [(30 * DAY, 12), (24 * HOUR + MINUTE, 12), (24 * HOUR, 2), (3 * HOUR, 2), (HOUR, 1)],
    ids=["far", "just over a day", "a day", "today", "within the hour: at its start"],
)
def test_until_when_a_visit_must_be_confirmed(starts_in: timedelta, hours: int) -> None:
    assert confirm_until(NOW + starts_in, NOW) == NOW + hours * HOUR


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        (" 203.0.113.7 ", "203.0.113.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:0DB8:0001:0002:bbbb:cccc:dddd:eeee", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("", ""),
        ("unix socket", "unix socket"),
    ],
)
def test_addresses_of_one_subscriber_are_one_network(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("minutes", "visits"), [(0, 3), (2700, 3), (3599, 3), (3600, 4), (14_400, 16)]
)
def test_a_tenth_of_what_is_open_may_wait_and_never_less_than_three(
    minutes: int, visits: int
) -> None:
    assert most_over_all(minutes, 90) == visits


@pytest.mark.parametrize(
    ("here", "elsewhere", "visits", "is_full"),
    [
        (0, 0, 1, False), (2, 0, 1, False), (3, 0, 1, True), (0, 0, 3, False), (0, 0, 4, True),
        (1, 0, 3, True), (0, 9, 1, False), (0, 10, 1, True), (2, 7, 1, False), (2, 8, 1, True),
    ],
)  # fmt: skip
def test_three_from_one_network_and_ten_from_all_are_the_most(
    here: int, elsewhere: int, visits: int, is_full: bool
) -> None:
    taken = Taken({"here": here, "elsewhere": elsewhere})
    assert taken.is_full("here", visits, most=10) == is_full


FIVE_DAYS = tuple(HoursRange(day, time(8), time(17)) for day in range(5))
ONE = ClinicianHours(1, FIVE_DAYS)
TEN_DAYS = 10 * 540


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Return a time of February 2027 in New York, in UTC."""
    return datetime(2027, 2, day, hour + 5, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "minutes"),
    [
        ({"clinicians": (ONE,)}, TEN_DAYS),
        ({"clinicians": (ONE, ClinicianHours(2, FIVE_DAYS))}, 2 * TEN_DAYS),
        ({"clinicians": (ClinicianHours(1, FIVE_DAYS, is_active=False),)}, 0),
        ({"clinicians": (ClinicianHours(1, FIVE_DAYS, does_service=False),)}, 0),
        (
            {"clinicians": (ONE,), "closures": (ClosedTime(span(at(2, 0), at(3, 0))),)},
            TEN_DAYS - 540,
        ),
        (
            {"clinicians": (ONE,), "closures": (ClosedTime(span(at(2, 0), at(3, 0)), 2),)},
            TEN_DAYS,
        ),
        # 8:00 to 9:15 is too short for 90 minutes, 11:00 to 17:00 is not.
        (
            {"clinicians": (ONE,), "clinician_busy": {1: [span(at(2, 9, 15), at(2, 11))]}},
            TEN_DAYS - 180,
        ),
    ],
    ids=["one", "two", "inactive", "another service", "closed", "another is away", "a rest"],
)
def test_the_time_that_clinicians_have_left(fields: dict[str, object], minutes: int) -> None:
    timetable = Timetable(**{"zone": "America/New_York", "rooms": (1,), **fields})
    wish = SlotWish(now=at(1, 8), minutes=90)
    assert open_minutes(timetable, wish, today=date(2027, 2, 1)) == minutes


def test_what_is_past_is_not_left() -> None:
    timetable = Timetable(zone="America/New_York", clinicians=(ONE,), rooms=(1,))
    wish = SlotWish(now=at(1, 11), minutes=90)
    assert open_minutes(timetable, wish, today=date(2027, 2, 1)) == TEN_DAYS - 180
