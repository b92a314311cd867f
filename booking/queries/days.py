"""The day as the desk sees it: columns per clinician, quarter-hour rows, few statements."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db.models import Q

from booking.models import Appointment, Closure, OpeningHours
from booking.wall_time import instant
from clinic.people.models import Clinician

FIRST_HOUR, LAST_HOUR = time(8), time(18)


@dataclass(frozen=True)
class Stretch:
    """A piece of one clinician's day: a visit, or hours in which nobody is seen."""

    starts_at: datetime
    ends_at: datetime
    visit: Appointment | None = None
    label: str = ""


@dataclass(frozen=True)
class Column:
    """One clinician's day, its stretches in order."""

    clinician: Clinician
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True)
class DaySheet:
    """A clinic date with a column for each clinician; `visits` counts what was agreed."""

    day: date
    opens_at: datetime
    closes_at: datetime
    columns: tuple[Column, ...]
    visits: int
    holds: int


def day_sheet(day: date, *, now: datetime) -> DaySheet:
    """Return the day. Four statements, however many clinicians and visits."""
    zone = settings.CLINIC_TIME_ZONE
    start, end = instant(day, time(0), zone), instant(day + timedelta(days=1), time(0), zone)
    rows = list(
        Appointment.objects.filter(starts_at__gte=start, starts_at__lt=end)
        .exclude(status__in=("cancelled", "released"))
        .exclude(Q(status="held") & Q(hold_until__lte=now))
        .select_related("patient", "clinician", "room", "service")
        .order_by("starts_at")
    )
    clinicians = Clinician.objects.filter(Q(is_active=True) | Q(appointments__in=rows)).distinct()
    hours = defaultdict(list)
    for one in OpeningHours.objects.filter(weekday=day.weekday()):
        if (one.valid_from or day) <= day <= (one.valid_until or day):
            span = instant(day, one.starts, zone), instant(day, one.ends, zone)
            hours[one.clinician_id].append(span)
    closures = list(Closure.objects.filter(starts_at__lt=end, ends_at__gt=start, room=None))
    edges = [instant(day, FIRST_HOUR, zone), instant(day, LAST_HOUR, zone)]
    edges += [one.starts_at for one in rows] + [one.ends_at for one in rows]
    return DaySheet(
        day,
        min(edges),
        max(edges),
        tuple(
            Column(one, tuple(_stretches(one, rows, hours[one.pk], closures, min(edges))))
            for one in clinicians
        ),
        sum(row.status != "held" for row in rows),
        sum(row.status == "held" for row in rows),
    )


def _stretches(
    clinician: Clinician,
    rows: Iterable[Appointment],
    hours: list[tuple[datetime, datetime]],
    closures: Iterable[Closure],
    opens_at: datetime,
) -> list[Stretch]:
    own = [
        Stretch(row.starts_at, row.ends_at, row) for row in rows if row.clinician_id == clinician.pk
    ]
    off = [
        Stretch(max(one.starts_at, opens_at), one.ends_at, label=one.label)
        for one in closures
        if one.clinician_id in (None, clinician.pk)
    ]
    return sorted([*own, *off], key=lambda stretch: stretch.starts_at)
