"""When a check-in is open and how long it stays valid, over both clock changes."""

from datetime import UTC, datetime, timedelta

import pytest

from intake.checkins.window import has_checkin, holds_until, is_open, opens_at, still_holds

NEW_YORK = "America/New_York"
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("visit", "opens"),
    [
        # An ordinary week: 72 hours.
        ("2027-02-04T14:00", "2027-02-01T14:00"),
        # Spring forward lies between: the same wall time is 71 hours before.
        ("2027-03-16T13:00", "2027-03-13T14:00"),
        # Fall back: 73 hours.
        ("2027-11-09T14:00", "2027-11-06T13:00"),
    ],
)
def test_it_opens_at_the_same_wall_time_three_days_before(visit: str, opens: str) -> None:
    starts_at = datetime.fromisoformat(visit).replace(tzinfo=UTC)
    moment = datetime.fromisoformat(opens).replace(tzinfo=UTC)
    second = timedelta(seconds=1)
    assert opens_at(starts_at, NEW_YORK) == moment
    assert not is_open(starts_at, moment - second, NEW_YORK)
    assert is_open(starts_at, moment, NEW_YORK)
    assert is_open(starts_at, starts_at - second, NEW_YORK)
    assert not is_open(starts_at, starts_at, NEW_YORK)


def test_it_stays_valid_for_a_visit_moved_by_less_than_three_days() -> None:
    sent_for = datetime(2027, 2, 4, 14, tzinfo=UTC)

    def is_valid(moved_by: timedelta) -> bool:
        return still_holds(sent_for + moved_by, sent_for=sent_for, zone=NEW_YORK)

    assert is_valid(-48 * HOUR)
    assert is_valid(0 * HOUR)
    assert is_valid(72 * HOUR - timedelta(minutes=15))
    assert not is_valid(72 * HOUR)
    assert not is_valid(200 * HOUR)


@pytest.mark.parametrize(
    ("number", "has"), [(None, False), (1, False), (2, True), (6, True), (12, True)]
)
def test_every_visit_but_the_first_has_a_check_in(number: int | None, has: bool) -> None:
    assert has_checkin(number) is has


@pytest.mark.parametrize("day", ["2027-02-04", "2027-03-12", "2027-11-05"])
def test_it_stays_valid_until_the_same_wall_time_three_days_later_and_not_longer(day: str) -> None:
    """An ordinary week, and over both clock changes."""
    for quarters in range(4 * 12):
        sent_for = datetime.fromisoformat(f"{day}T11:00+00:00") + quarters * timedelta(minutes=15)
        until = holds_until(sent_for, NEW_YORK)
        second = timedelta(seconds=1)
        assert still_holds(until - second, sent_for=sent_for, zone=NEW_YORK)
        assert not still_holds(until, sent_for=sent_for, zone=NEW_YORK)
