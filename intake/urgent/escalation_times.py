"""When staff are mailed about urgent calls nobody has made, and when counts are mailed.

Plain functions of times: no clock, no database. Source:
docs/decisions/0014-when-nobody-calls.md (alarm at the due time, mail an hour later, again each
clinic hour) and 0057-the-clinics-hours.md (one mail for all calls, never two in half an hour).
"""

# mypy: disallow-any-explicit

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta

from clinic.practice.wall_time import clinic_date, instant
from clinic.practice.working_time import OpenTime, clinic_hours_between

HOUR = timedelta(hours=1)
COUNTS_AT = time(8)


def mails_by(due_at: datetime, now: datetime, open_times: Iterable[OpenTime]) -> int:
    """Return how many mails should have been sent by `now` about a call that was due at `due_at`.

    The first is sent an hour after the due time, even if the clinic has closed by then. One more is
    sent for each full clinic hour after the first, so nights, weekends and holidays add none.
    `open_times` are those from the due time until `now`.
    """
    first = due_at + HOUR
    if now < first:
        return 0
    return 1 + clinic_hours_between(first, now, open_times) // HOUR


def is_mail_owed(
    dues: Iterable[datetime],
    now: datetime,
    *,
    last_at: datetime | None,
    gap: timedelta,
    open_times: Sequence[OpenTime],
) -> bool:
    """Return whether a mail about the calls that were due at `dues` is owed now.

    It is when one of them should have been mailed about more often by now than by `last_at`, the
    time of the last such mail, about whichever calls: each mail counts all that are overdue. Within
    `gap` of the last one none is owed; what should have gone goes then. After an outage it is one
    mail: those that were missed are not made up for.
    """
    if last_at is None:
        return any(mails_by(due, now, open_times) for due in dues)
    if now < last_at + gap:
        return False
    return any(mails_by(due, now, open_times) > mails_by(due, last_at, open_times) for due in dues)


def counts_time(now: datetime, *, zone: str) -> datetime:
    """Return when the day's counts are mailed: 8:00 clinic time on the clinic date of `now`."""
    return instant(clinic_date(now, zone), COUNTS_AT, zone)
