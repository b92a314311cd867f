"""One month of visits in figures: how full, how many missed or cancelled, how far ahead."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median

from django.conf import settings
from django.db.models import Q

from booking.models import Appointment, Closure, Service
from booking.scheduling.availability import open_hours
from booking.scheduling.clinic_days import clinic_days
from booking.scheduling.hours import AllHours, all_hours
from booking.scheduling.intervals import EVER, Intervals, merge, span, subtract
from clinic.models.people import Clinician
from clinic.practice.wall_time import clinic_date, instant

# A missed visit took its time too: nobody else could have it.
TOOK_TIME = ("booked", "arrived", "completed", "no_show")


@dataclass(frozen=True)
class Utilization:
    """One clinician's open time and what of it was booked, in minutes."""

    name: str
    open_minutes: int
    booked_minutes: int

    @property
    def share(self) -> int | None:
        """The booked time in whole percent of the open time, None without open time."""
        if not self.open_minutes:
            return None
        return round(100 * self.booked_minutes / self.open_minutes)


@dataclass(frozen=True)
class Month:
    """The figures of the visits that start in one calendar month of the clinic.

    `expected` is the number of visits that were not cancelled. Lead days are the median number of
    days from booking to the visit, None without a visit. `overlaps` are the visits that staff put
    over others, with their reasons.
    """

    first: date
    expected: int
    missed: int
    called_off_in_time: int
    called_off_late: int
    called_off_by_clinic: int
    evaluation_lead_days: float | None
    visit_lead_days: float | None
    utilization: tuple[Utilization, ...]
    overlaps: tuple[Appointment, ...]

    @property
    def share(self) -> int | None:
        """The booked time of all clinicians in whole percent of their open time, or None."""
        total = sum(one.open_minutes for one in self.utilization)
        booked = sum(one.booked_minutes for one in self.utilization)
        return round(100 * booked / total) if total else None


def following_month(first: date) -> date:
    """Return the first day of the month after the one that begins on `first`."""
    # 31 days from a first day always lead into the next month, and never beyond it.
    return (first + timedelta(days=31)).replace(day=1)


def month_figures(first: date) -> Month:
    """Return the figures of the month that begins on `first`, in five statements."""
    zone, beyond = settings.CLINIC_TIME_ZONE, following_month(first)
    start, end = instant(first, time(0), zone), instant(beyond, time(0), zone)
    rows = list(
        Appointment.objects.agreed()
        .filter(starts_at__gte=start, starts_at__lt=end)
        .select_related("clinician", "service", "patient")
        .order_by("starts_at")
    )
    expected = [row for row in rows if row.status in TOOK_TIME]
    evaluations = [row for row in expected if row.service.kind == Service.Kind.EVALUATION]
    cancelled = [row for row in rows if row.status == "cancelled"]
    by_patient = [row for row in cancelled if not row.cancelled_by_clinic]
    # Late matters only where the patient cancelled: what the clinic cancels costs her nothing.
    late = sum(row.cancelled_late for row in by_patient)
    return Month(
        first=first,
        expected=len(expected),
        missed=sum(row.status == "no_show" for row in expected),
        called_off_in_time=len(by_patient) - late,
        called_off_late=late,
        called_off_by_clinic=len(cancelled) - len(by_patient),
        evaluation_lead_days=_lead_days(evaluations),
        visit_lead_days=_lead_days(row for row in expected if row not in evaluations),
        utilization=_utilization(expected, first, beyond, start, end),
        overlaps=tuple(row for row in expected if row.overlap_reason is not None),
    )


def _lead_days(rows: Iterable[Appointment]) -> float | None:
    """Return the median of the clinic days from booking to the visit, None without a visit."""
    zone = settings.CLINIC_TIME_ZONE
    days = [
        (clinic_date(row.starts_at, zone) - clinic_date(row.booked_at, zone)).days
        for row in rows
        if row.booked_at is not None
    ]
    return median(days) if days else None


def _utilization(
    expected: list[Appointment], first: date, beyond: date, start: datetime, end: datetime
) -> tuple[Utilization, ...]:
    """Return open and booked time of every clinician who has one of the two, by name."""
    booked: dict[int, int] = defaultdict(int)
    for row in expected:
        booked[row.clinician_id] += int((row.ends_at - row.starts_at).total_seconds()) // 60
    # Only the clinicians' time is measured, so closures and hours of rooms are left out.
    closures = list(Closure.objects.filter(starts_at__lt=end, ends_at__gt=start, room=None))
    hours = all_hours(start, end, Q(room=None))
    found = (
        Utilization(one.name, _open_minutes(one, hours, closures, first, beyond), booked[one.pk])
        for one in Clinician.objects.order_by("name")
    )
    return tuple(one for one in found if one.open_minutes or one.booked_minutes)


def _open_minutes(
    clinician: Clinician, hours: AllHours, closures: list[Closure], first: date, beyond: date
) -> int:
    """Return how many minutes the clinician was open from `first` up to `beyond`, without it."""
    days = clinic_days(settings.CLINIC_TIME_ZONE, first, (beyond - first).days)
    away: Intervals = merge(
        span(one.starts_at, one.ends_at)
        for one in closures
        if one.clinician_id in (None, clinician.pk)
    )
    # An extra opening over midnight may reach out of the month: only the part within it counts.
    before, after = (EVER[0], days[0].begins), (days[-1].ends, EVER[1])
    worked = open_hours(hours.of_clinician(clinician), days)
    opened = subtract(worked, merge([*away, before, after]))
    return sum(end - start for start, end in opened) // 60
