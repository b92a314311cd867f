"""When a review or a call is due, counted in the clinic's own hours without holidays."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from booking.models import Closure
from clinic.practice.wall_time import clinic_date, instant
from clinic.practice.working_time import add_clinic_hours, end_of_working_day
from intake.models import Intake

URGENT_CALL_HOURS = 2
WORKING_DAYS = {
    Intake.Queue.URGENT: 1,
    Intake.Queue.RED: 1,
    Intake.Queue.MOOD: 2,
    Intake.Queue.READING: 5,
}
# Further than any due time, even with a long closure: the latest is five working days away.
_LOOK_AHEAD = timedelta(days=30)


def holidays(now: datetime, until: datetime | None = None) -> set[date]:
    """Return the clinic dates on which everybody is away all day.

    Those between `now` and `until`, by default the next 30 days.
    """
    zone = ZoneInfo(settings.CLINIC_TIME_ZONE)
    days: set[date] = set()
    for closure in Closure.objects.filter(
        clinician=None, room=None, ends_at__gt=now, starts_at__lt=until or now + _LOOK_AHEAD
    ):
        start, end = closure.starts_at.astimezone(zone), closure.ends_at.astimezone(zone)
        # 9 hours is the clinic's whole day; a shorter closure leaves some of it open.
        if end - start >= timedelta(hours=9):
            days |= {start.date() + timedelta(n) for n in range((end - start).days + 1)}
            # The end is exclusive: midnight belongs to the day before.
            if end.hour == end.minute == 0:
                days.discard(end.date())
    return days


def call_due(now: datetime) -> datetime:
    """Return when the call about an urgent answer given at `now` is due (UTC)."""
    return add_clinic_hours(
        now, URGENT_CALL_HOURS, zone=settings.CLINIC_TIME_ZONE, holidays=holidays(now)
    )


def working_day_end(now: datetime, days: int) -> datetime:
    """Return the end of the clinic's day on the `days`-th working day after `now` (UTC)."""
    return end_of_working_day(
        now, days=days, zone=settings.CLINIC_TIME_ZONE, holidays=holidays(now)
    )


def day_end(day: date, zone: str) -> datetime:
    """Return the end of that clinic date (UTC), when something that waits for it is due."""
    return instant(day, time(17), zone)


def review_due(queue: str, now: datetime) -> datetime:
    """Return when the review of an intake that enters this queue at `now` is due (UTC)."""
    if queue == Intake.Queue.URGENT:
        return call_due(now)
    return working_day_end(now, WORKING_DAYS[Intake.Queue(queue)])


def look_by(intake: Intake) -> datetime | None:
    """Return by when a clinician reads the intake, as the patient was told.

    Returns None when nobody has to read it, or once it was decided.
    """
    return intake.review_due_at if intake.decided_at is None else None


def today(now: datetime) -> date:
    """Return the clinic's date at `now`: the `as_of` of everything evaluated then."""
    return clinic_date(now, settings.CLINIC_TIME_ZONE)
