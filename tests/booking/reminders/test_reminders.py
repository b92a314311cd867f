"""When an appointment's reminders are due: to the minute, over clock changes, and at night."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.policy import PolicyTerms
from booking.reminders.schedule import Changes, Owed, Reminder, changes, reminders

NEW_YORK = ZoneInfo("America/New_York")
TERMS = PolicyTerms()
LONG_BEFORE = datetime(2027, 1, 1, tzinfo=UTC)


def at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """Return a wall time of the clinic in 2027, in UTC; the first one if it comes twice."""
    return datetime.combine(date(2027, month, day), time(hour, minute), NEW_YORK).astimezone(UTC)


def due(starts_at: datetime, *, agreed_at: datetime = LONG_BEFORE, terms=TERMS) -> list[str]:
    """Return the reminders as "kind day hour:minute" by the clinic's clock."""
    found = reminders(starts_at, agreed_at=agreed_at, zone=NEW_YORK.key, terms=terms)
    return [f"{r.kind} {r.due_at.astimezone(NEW_YORK):%-d %H:%M}" for r in found]


def test_two_days_and_one_day_before_at_the_same_time_of_day():
    starts_at = at(2, 10, 9, 30)
    assert reminders(starts_at, agreed_at=LONG_BEFORE, zone=NEW_YORK.key, terms=TERMS) == [
        # The first is of no use once the second is due, the second once the visit begins.
        Reminder("reminder_48h", at(2, 8, 9, 30), at(2, 9, 9, 30)),
        Reminder("reminder_24h", at(2, 9, 9, 30), starts_at),
    ]


@pytest.mark.parametrize("change", [at(3, 14, 9), at(11, 7, 9)])
def test_over_a_clock_change_the_time_of_day_stays(change):
    day = change.astimezone(NEW_YORK).day
    assert due(change) == [f"reminder_48h {day - 2} 09:00", f"reminder_24h {day - 1} 09:00"]
    [_, day_before] = reminders(change, agreed_at=LONG_BEFORE, zone=NEW_YORK.key, terms=TERMS)
    assert change - day_before.due_at in (timedelta(hours=23), timedelta(hours=25))


@pytest.mark.parametrize(
    ("starts_at", "due_at"),
    [
        (at(3, 15, 2, 30), datetime(2027, 3, 14, 7, tzinfo=UTC)),
        (at(11, 8, 1, 30), datetime(2027, 11, 7, 5, 30, tzinfo=UTC)),
    ],
)
def test_a_missing_time_is_the_first_after_it_and_a_doubled_one_the_first(starts_at, due_at):
    no_quiet = replace(TERMS, reminder_lead_hours=(24,), quiet_from_hour=24, quiet_until_hour=0)
    [reminder] = reminders(starts_at, agreed_at=LONG_BEFORE, zone=NEW_YORK.key, terms=no_quiet)
    assert reminder.due_at == due_at


def test_booked_thirty_hours_ahead_there_is_only_the_one_of_the_day_before():
    starts_at = at(2, 10, 16)
    assert due(starts_at, agreed_at=starts_at - timedelta(hours=30)) == ["reminder_24h 9 16:00"]


@pytest.mark.parametrize(
    ("minutes_before_due", "expected"), [(119, False), (120, False), (121, True), (-60, False)]
)
def test_a_reminder_within_two_hours_of_booking_or_move_is_left_out(minutes_before_due, expected):
    starts_at = at(2, 10, 16)
    agreed_at = at(2, 9, 16) - timedelta(minutes=minutes_before_due)
    assert due(starts_at, agreed_at=agreed_at) == (["reminder_24h 9 16:00"] if expected else [])


@pytest.mark.parametrize(
    ("starts", "expected"),
    [
        ((20, 59), "9 20:59"),
        ((21, 0), "10 08:00"),
        ((23, 30), "10 08:00"),
        ((0, 30), "9 08:00"),
        ((7, 59), "9 08:00"),
        ((8, 0), "9 08:00"),
        ((8, 30), "9 08:30"),
    ],
)
def test_at_night_it_waits_for_the_morning(starts, expected):
    terms = replace(TERMS, reminder_lead_hours=(24,))
    assert due(at(2, 10, *starts), terms=terms) == [f"reminder_24h {expected}"]


@pytest.mark.parametrize(("starts", "expected"), [((9, 59), False), ((10, 0), True)])
def test_a_morning_too_near_the_visit_has_no_reminder(starts, expected):
    terms = replace(TERMS, reminder_lead_hours=(3,))
    assert due(at(2, 10, *starts), terms=terms) == (["reminder_3h 10 08:00"] if expected else [])


def test_a_moment_that_had_passed_at_booking_does_not_come_back_in_the_morning():
    # The 48-hour lead of a visit at 22:30 was at 22:30; booked half an hour later.
    starts_at = at(2, 10, 22, 30)
    assert due(starts_at, agreed_at=at(2, 8, 23)) == ["reminder_24h 10 08:00"]


@given(
    st.integers(0, 400 * 24 * 4).map(lambda n: LONG_BEFORE + timedelta(minutes=15 * n)),
    st.integers(0, 100 * 60).map(lambda n: timedelta(minutes=n)),
)
def test_whatever_the_visit_no_reminder_is_at_night_or_soon_after_booking(starts_at, ahead):
    agreed_at = starts_at - ahead
    found = reminders(starts_at, agreed_at=agreed_at, zone=NEW_YORK.key, terms=TERMS)
    for reminder in found:
        assert 8 <= reminder.due_at.astimezone(NEW_YORK).hour < 21
        assert reminder.due_at - agreed_at > timedelta(hours=2)
        assert reminder.due_at < reminder.useless_after <= starts_at
    assert len({reminder.kind for reminder in found}) == len(found) <= 2


# --- Other terms --------------------------------------------------------------------------------

VISIT = at(2, 10, 9, 30)
TWO_DAYS, ONE_DAY = reminders(VISIT, agreed_at=None, zone=NEW_YORK.key, terms=TERMS)


def waiting(one: Reminder) -> Owed:
    return Owed(one.due_at, one.useless_after, is_waiting=True)


def sent(one: Reminder) -> Owed:
    return Owed(one.due_at, one.useless_after)


@pytest.mark.parametrize(
    ("wanted", "owed", "now", "expected"),
    [
        pytest.param([ONE_DAY], {}, at(2, 1, 9), Changes(to_owe=(ONE_DAY,)), id="new"),
        pytest.param([ONE_DAY], {}, at(2, 9, 8), Changes(), id="new but soon: nobody is mailed"),
        pytest.param([ONE_DAY], {}, at(2, 9, 12), Changes(), id="new but past"),
        pytest.param(
            [ONE_DAY], {"reminder_24h": waiting(ONE_DAY)}, at(2, 9, 8), Changes(), id="stays"
        ),
        pytest.param(
            [ONE_DAY],
            {"reminder_48h": waiting(TWO_DAYS), "reminder_24h": waiting(ONE_DAY)},
            at(2, 1, 9),
            Changes(to_take_back=("reminder_48h",)),
            id="one lead less",
        ),
        pytest.param(
            [ONE_DAY],
            {"reminder_48h": sent(TWO_DAYS), "reminder_24h": waiting(ONE_DAY)},
            at(2, 8, 12),
            Changes(),
            id="one lead less, sent already",
        ),
        pytest.param(
            [TWO_DAYS, ONE_DAY],
            {"reminder_24h": sent(ONE_DAY)},
            at(2, 9, 12),
            Changes(),
            id="one lead more, too late for it",
        ),
        pytest.param(
            [TWO_DAYS],
            {"reminder_48h": Owed(TWO_DAYS.due_at, VISIT, is_waiting=True)},
            at(2, 1, 9),
            Changes(to_move=(TWO_DAYS,)),
            id="of no use earlier",
        ),
        pytest.param(
            [TWO_DAYS],
            {"reminder_48h": Owed(TWO_DAYS.due_at, VISIT, is_taken_back=True)},
            at(2, 1, 9),
            Changes(to_owe=(TWO_DAYS,)),
            id="taken back and wanted again",
        ),
    ],
)
def test_other_terms_change_what_is_owed(wanted, owed, now, expected):
    assert changes(wanted, owed, now=now, terms=TERMS) == expected
