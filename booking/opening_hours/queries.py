"""When the clinic is open, and who is on duty: hours without closures, from one place."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from booking.models import Closure, Room
from booking.refusals import HOURS_CHANGED, Refused
from booking.scheduling.availability import open_hours
from booking.scheduling.clinic_days import ClinicDay, clinic_days
from booking.scheduling.duty import is_away, on_duty
from booking.scheduling.hours import all_hours
from booking.scheduling.intervals import (
    EVER,
    Interval,
    Intervals,
    merge,
    moment,
    overlaps,
    span,
    subtract,
)
from booking.scheduling.timetable import HoursRange
from booking.scheduling.weekly_times import clinic_times
from clinic.models.people import Clinician, User
from clinic.models.practice import WeeklyHours
from clinic.practice.wall_time import clinic_date
from clinic.practice.working_time import OpenTime
from clinic.templatetags.look import clock, day, in_full
from clinic.web.form_fields import is_stale, version_of

# Who begins within this time is on duty when nobody works: longer than most closures.
DAYS_TO_THE_NEXT = 21


def clinic_open_times(begin: datetime, end: datetime) -> list[OpenTime]:
    """Return when the clinic is open between two instants, in order, in UTC. Two statements.

    Its weekly hours without the closures of everybody. Where no weekly hours are entered, Monday to
    Friday from 8:00 to 17:00 count in their place.
    """
    ranges = [
        HoursRange(*row)
        for row in WeeklyHours.objects.values_list(
            "weekday", "starts", "ends", "valid_from", "valid_until"
        )
    ]
    start, stop = span(begin, end)
    closed = [interval for whose, interval in _time_off(begin, end) if whose is None]
    shut = merge([*closed, (EVER[0], start), (stop, EVER[1])])
    open_times = subtract(clinic_times(ranges, _dates(begin, end)), shut)
    return [(moment(opens), moment(closes)) for opens, closes in open_times]


@dataclass(frozen=True)
class Duty:
    """Who works, of the active clinicians who can sign in (`clinicians`).

    `on_duty` are those who work at the instant asked about or, when nobody does, those who begin
    next; empty when nobody begins within three weeks. `works_today` have hours that are not closed
    on that clinic date. `away` are those whose hours on that date are all closed, by leave or by a
    closure of the clinic; on a date without hours it is those who are on leave all day. Each is in
    the order of the users' ids.
    """

    clinicians: tuple[User, ...]
    on_duty: tuple[User, ...]
    works_today: tuple[User, ...]
    away: tuple[User, ...]


def duty_at(now: datetime) -> Duty:
    """Return who works at `now` and on its clinic date. Four statements."""
    days = _dates(now, now + timedelta(days=DAYS_TO_THE_NEXT))
    today = days[0]
    begin, end = moment(today.begins), moment(days[-1].ends)
    hours, time_off = all_hours(begin, end, Q(room=None)), list(_time_off(begin, end))
    rows = Clinician.objects.filter(is_active=True, user__is_active=True).select_related("user")
    users: dict[int, User] = {}
    working: dict[int, Intervals] = {}
    away: list[User] = []
    for one in rows.order_by("user_id"):
        assert one.user is not None  # the filter says so
        own = hours.of_clinician(one)
        leave = merge(interval for whose, interval in time_off if whose == one.pk)
        off = merge(interval for whose, interval in time_off if whose in (None, one.pk))
        users[one.pk] = one.user
        working[one.pk] = subtract(open_hours(own, days), off)
        if is_away(open_hours(own, days[:1]), off=off, leave=leave, day=today):
            away.append(one.user)
    return Duty(
        clinicians=tuple(users.values()),
        on_duty=tuple(users[key] for key in on_duty(working, span(now, now)[0])),
        works_today=tuple(
            users[key]
            for key, times in working.items()
            if overlaps(times, today.begins, today.ends)
        ),
        away=tuple(away),
    )


def _dates(begin: datetime, end: datetime) -> tuple[ClinicDay, ...]:
    """Return the clinic dates from `begin` to `end`, both included."""
    zone = settings.CLINIC_TIME_ZONE
    first = clinic_date(begin, zone)
    return clinic_days(zone, first, (clinic_date(end, zone) - first).days + 1)


def _time_off(begin: datetime, end: datetime) -> Iterable[tuple[int | None, Interval]]:
    """Yield the closures of clinicians and of everybody, each with the clinician's id or None."""
    closures = Closure.objects.filter(room=None, starts_at__lt=end, ends_at__gt=begin)
    for whose, starts_at, ends_at in closures.values_list("clinician_id", "starts_at", "ends_at"):
        yield whose, span(starts_at, ends_at)


def stretch(row: Any) -> str:
    """Return when a closure or opening is: its dates if it covers whole days, else its times.

    `row` is anything with an aware `starts_at` and `ends_at`, a form as well.
    """
    zone = ZoneInfo(settings.CLINIC_TIME_ZONE)
    begins, ends = row.starts_at.astimezone(zone), row.ends_at.astimezone(zone)
    if begins.time() == ends.time() == time(0):
        # It ends at the midnight after its last day.
        last = ends.date() - timedelta(days=1)
        if last == begins.date():
            return day(last)
        return _("%(first)s to %(last)s") % {"first": day(begins.date()), "last": day(last)}
    until = clock(row.ends_at) if begins.date() == ends.date() else in_full(row.ends_at)
    return _("%(first)s to %(last)s") % {"first": in_full(row.starts_at), "last": until}


# --- The versions of hours that forms carry in `seen` ---------------------------------------------

# One range of hours, whosever it is.
_RANGE = ("weekday", "starts", "ends", "valid_from", "valid_until")


def week_version(owner: Clinician | Room | None) -> str:
    """Return a text that changes with the weekly hours of this owner, or of the clinic (None)."""
    rows = WeeklyHours.objects.all() if owner is None else owner.opening_hours.all()
    return version_of(sorted(rows.values_list(*_RANGE), key=str))


def abilities_version(clinician: Clinician) -> str:
    """Return a text that changes with what the clinician does."""
    services = sorted(clinician.services.values_list("pk", flat=True))
    return version_of([services, clinician.is_active, clinician.fits_pessaries])


def room_version(room: Room) -> str:
    """Return a text that changes with the room's name and use."""
    return version_of([room.name, room.is_active])


def check_seen(seen: str, now: str) -> None:
    """Raise Refused when the version that the page showed is not that of now."""
    if is_stale(seen, now):
        raise Refused([HOURS_CHANGED])
