"""When staff are mailed about an urgent call nobody has made, and when counts are mailed.

Plain functions of times: no clock, no database. Source:
docs/decisions/0014-when-nobody-calls.md (alarm at the due time, mail an hour later, again each
clinic hour).
"""

# mypy: disallow-any-explicit

from collections.abc import Collection
from datetime import date, datetime, time, timedelta

from clinic.practice.wall_time import clinic_date, instant
from clinic.practice.working_time import clinic_hours_between

HOUR = timedelta(hours=1)
COUNTS_AT = time(8)


def mails_by(due_at: datetime, now: datetime, *, zone: str, holidays: Collection[date] = ()) -> int:
    """Return how many mails should have been sent by `now` about a call that was due at `due_at`.

    The first is sent an hour after the due time, even if the clinic has closed by then. One more is
    sent for each full clinic hour after the first, so nights, weekends and holidays add none.
    """
    first = due_at + HOUR
    if now < first:
        return 0
    return 1 + clinic_hours_between(first, now, zone=zone, holidays=holidays) // HOUR


def number_owed(
    due_at: datetime,
    now: datetime,
    *,
    owed_so_far: int,
    zone: str,
    holidays: Collection[date] = (),
) -> int | None:
    """Return the number of the mail to owe now, or None when it is owed already.

    After an outage it is the latest number only: mails that were missed are not made up for.
    """
    number = mails_by(due_at, now, zone=zone, holidays=holidays)
    return number if number > owed_so_far else None


def counts_time(now: datetime, *, zone: str) -> datetime:
    """Return when the day's counts are mailed: 8:00 clinic time on the clinic date of `now`."""
    return instant(clinic_date(now, zone), COUNTS_AT, zone)
