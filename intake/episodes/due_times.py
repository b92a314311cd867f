"""When the clinic owes a look or a call, in its own hours, holidays left out."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from booking.models import Closure
from clinic.practice.wall_time import clinic_date
from clinic.practice.working_time import add_clinic_hours, end_of_working_day
from intake.models import Intake

URGENT_CALL_HOURS = 2
WORKING_DAYS = {
    Intake.Queue.URGENT: 1,
    Intake.Queue.RED: 1,
    Intake.Queue.MOOD: 2,
    Intake.Queue.READING: 5,
}
_LOOK_AHEAD = timedelta(days=30)


def holidays(now: datetime, until: datetime | None = None) -> set[date]:
    """Return the clinic dates from `now` on when everybody is away all day, 30 days by default."""
    zone = ZoneInfo(settings.CLINIC_TIME_ZONE)
    days: set[date] = set()
    for closure in Closure.objects.filter(
        clinician=None, room=None, ends_at__gt=now, starts_at__lt=until or now + _LOOK_AHEAD
    ):
        start, end = closure.starts_at.astimezone(zone), closure.ends_at.astimezone(zone)
        if end - start >= timedelta(hours=9):
            days |= {start.date() + timedelta(n) for n in range((end - start).days + 1)}
            if end.hour == end.minute == 0:
                days.discard(end.date())
    return days


def call_due(now: datetime) -> datetime:
    """Return until when an urgent answer given at `now` must be followed by a call."""
    return add_clinic_hours(
        now, URGENT_CALL_HOURS, zone=settings.CLINIC_TIME_ZONE, holidays=holidays(now)
    )


def review_due(queue: str, now: datetime) -> datetime:
    """Return until when an intake in this queue must be looked at."""
    if queue == Intake.Queue.URGENT:
        return call_due(now)
    return end_of_working_day(
        now,
        days=WORKING_DAYS[Intake.Queue(queue)],
        zone=settings.CLINIC_TIME_ZONE,
        holidays=holidays(now),
    )


def look_by(intake: Intake) -> datetime | None:
    """Return until when the patient was told that a clinician looks; None when nobody has to.

    None as well once it was decided: then somebody has looked.
    """
    return intake.review_due_at if intake.decided_at is None else None


def today(now: datetime) -> date:
    """Return the clinic's date: the `as_of` of everything evaluated at `now`."""
    return clinic_date(now, settings.CLINIC_TIME_ZONE)
