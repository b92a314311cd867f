"""When a call, a review or a task is due, counted in the hours in which the clinic is open.

Weekly hours, closures and holidays come from one place,
`booking.opening_hours.queries.clinic_open_times`. What is written down here is stored and told to
the patient; hours that change later do not move it.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial

from django.conf import settings
from django.utils.translation import gettext as _

from booking.opening_hours.queries import clinic_open_times
from clinic.practice import working_time
from clinic.practice.wall_time import clinic_date, instant
from clinic.practice.working_time import OpenTime
from clinic.templatetags.look import brief_clock, clock, day, day_of_week
from intake.models import Intake

# An urgent call: within two hours if the clinic stays open so long. If it closes before, at
# closing when there is half an hour for it, else a quarter of an hour after the next opening.
CALL_WITHIN = timedelta(hours=2)
TIME_FOR_A_CALL = timedelta(minutes=30)
AFTER_OPENING = timedelta(minutes=15)
WORKING_DAYS = {
    Intake.Queue.URGENT: 1,
    Intake.Queue.RED: 1,
    Intake.Queue.MOOD: 2,
    Intake.Queue.READING: 5,
}
# How many dates are looked at: nearly always the first number is enough, and a clinic that is
# closed for longer than the second is not open again.
_DAYS_AHEAD = (21, 400)


def call_due(now: datetime) -> datetime:
    """Return when the call about an urgent answer given at `now` is due (UTC).

    An earlier answer is never due later. In a clinic that does not open within a year it is two
    hours later by the clock, so that somebody is alarmed.
    """
    rule = partial(
        working_time.due_while_open,
        now,
        within=CALL_WITHIN,
        at_least=TIME_FOR_A_CALL,
        after_opening=AFTER_OPENING,
    )
    return _first_found(rule, now) or now + CALL_WITHIN


def clinic_hours_later(now: datetime, hours: float) -> datetime:
    """Return the instant (UTC) that many hours of the clinic after `now`.

    By the clock if the clinic is not open for so long within a year.
    """
    rule = partial(working_time.clinic_hours_later, now, hours)
    return _first_found(rule, now) or now + timedelta(hours=hours)


def working_day_end(now: datetime, days: int) -> datetime:
    """Return when the clinic closes on the `days`-th working day after the date of `now` (UTC).

    Working days are the clinic dates on which it is open at all. So many days later by the clock
    if it is not open on so many dates within a year.
    """
    rule = partial(working_time.end_of_working_day, now, days, zone=settings.CLINIC_TIME_ZONE)
    return _first_found(rule, now) or now + timedelta(days=days)


def day_end(day: date, zone: str) -> datetime:
    """Return when the clinic closes on that clinic date (UTC); if it is closed, its midnight.

    What waits for a date is due then.
    """
    begins, ends = (instant(one, time(0), zone) for one in (day, day + timedelta(days=1)))
    open_times = clinic_open_times(begins, ends)
    return open_times[-1][1] if open_times else ends


def review_due(queue: str, now: datetime) -> datetime:
    """Return when the review of an intake that enters this queue at `now` is due (UTC)."""
    if queue == Intake.Queue.URGENT:
        return call_due(now)
    return working_day_end(now, WORKING_DAYS[Intake.Queue(queue)])


def open_times_ahead(now: datetime, days: int = _DAYS_AHEAD[0]) -> list[OpenTime]:
    """Return when the clinic is open from `now` on, until the end of the clinic date `days` later.

    The end is a midnight, so no open time is cut short by it. Two statements.
    """
    zone = settings.CLINIC_TIME_ZONE
    last = clinic_date(now, zone) + timedelta(days=days + 1)
    return clinic_open_times(now, instant(last, time(0), zone))


def _first_found(
    rule: Callable[[Sequence[OpenTime]], datetime | None], now: datetime
) -> datetime | None:
    """Return what the rule finds in the open times ahead, looking further when it finds nothing."""
    for days in _DAYS_AHEAD:
        if (found := rule(open_times_ahead(now, days))) is not None:
            return found
    return None


def told_due(due_at: datetime) -> str:
    """Return a due time as a patient is told it: "on Monday, November 30, by 8:15 am".

    It names the day and hour that are stored, on the clinic's clock.
    """
    return _("on %(day)s, by %(time)s") % {"day": day(due_at), "time": clock(due_at)}


def near_due(due_at: datetime, now: datetime) -> str:
    """Return a due time as staff read it at `now`: "tomorrow 5 pm (Tuesday)".

    Further away it is the date and the time. The weekday stands beside "tomorrow", because a mail
    may be read on another day than it was sent.
    """
    zone = settings.CLINIC_TIME_ZONE
    away = (clinic_date(due_at, zone) - clinic_date(now, zone)).days
    words = {"time": brief_clock(due_at), "weekday": day_of_week(due_at), "day": day(due_at)}
    if away == 0:
        return _("today %(time)s (%(weekday)s)") % words
    if away == 1:
        return _("tomorrow %(time)s (%(weekday)s)") % words
    return _("%(day)s, %(time)s") % words


def look_by(intake: Intake) -> datetime | None:
    """Return by when a clinician reads the intake, as the patient was told.

    Returns None when nobody has to read it, or once it was decided.
    """
    return intake.review_due_at if intake.decided_at is None else None


def today(now: datetime) -> date:
    """Return the clinic's date at `now`: the `as_of` of everything evaluated then."""
    return clinic_date(now, settings.CLINIC_TIME_ZONE)
