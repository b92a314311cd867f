"""Whether a calendar on a screen is still as it was drawn: a short text, another one after changes.

Reckoned either from what was just drawn, without a statement, or cheaply from the rows: the two
agree. The clock moves no version but where it changes what a card says.
"""

from collections.abc import Iterable
from dataclasses import astuple
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db.models import Q, Value

from booking.calendar.queries import Stretch, visits_between
from booking.models import Appointment, Closure, ExtraOpening, OpeningHours
from booking.scheduling.clinic_days import clinic_days
from booking.scheduling.intervals import moment, span
from clinic.models.people import Clinician

# What a card shows, as far as it can change. Visits set aside stand beside the calendar too.
_DRAWN = (
    "id",
    "rev",
    "status",
    "starts_at",
    "ends_at",
    "clinician_id",
    "room_id",
    "patient_id",
    "attention",
    "set_aside_at",
    "overlap_reason",
    "hold_until",
    "stays_outside_hours",
)
# What is annotated: about her, and about who and what serves her.
_BESIDE = (
    "was_here",
    "may_book",
    "is_room_used",
    "is_clinician_there",
    "is_done_by_her",
    "called",
    "talks_through",
)
_OF_HOURS = ("clinician_id", "room_id", "weekday", "starts", "ends", "valid_from", "valid_until")
_OF_TIME_OFF = ("id", "starts_at", "ends_at", "clinician_id", "room_id", "label")


def drawn_version(stretch: Stretch, pinboard: Iterable[Appointment] = ()) -> str:
    """Return the version of what was drawn. No statement."""
    visits = [card.visit for card in stretch.cards]
    return _version(
        [stretch.days[0].date],
        [(*_values(one, _DRAWN + _BESIDE), one.ends_at <= stretch.now) for one in visits],
        [_values(one, _DRAWN) for one in pinboard],
        [(*owner, *astuple(one)) for owner, rows in stretch.hours.weekly.items() for one in rows],
        [_values(one, _OF_TIME_OFF) for one in stretch.closures],
        [(*owner, one) for owner, times in stretch.hours.extra.items() for one in times],
    )


def version_now(
    first: date,
    days: int,
    *,
    now: datetime,
    clinician: Clinician | None = None,
    with_pinboard: bool = False,
) -> str:
    """Return the version these dates have now. Three statements, however much is on them."""
    dates = clinic_days(settings.CLINIC_TIME_ZONE, first, days)
    start, end = moment(dates[0].begins), moment(dates[-1].ends)
    aside = Q(status="booked", starts_at__gt=now, set_aside_at__isnull=False)
    rows = visits_between(
        start, end, now=now, clinician=clinician, beside=aside if with_pinboard else None
    )
    found = [
        dict(zip(_DRAWN + _BESIDE, row, strict=True)) for row in rows.values_list(*_DRAWN, *_BESIDE)
    ]
    visits = [row for row in found if start <= row["starts_at"] < end]
    pinned = [
        row
        for row in found
        if with_pinboard
        and row["set_aside_at"]
        and row["status"] == "booked"
        and row["starts_at"] > now
    ]
    shown = Q(clinician__is_active=True) | Q(clinician__in={row["clinician_id"] for row in visits})
    if clinician is not None:
        shown &= Q(clinician=clinician)
    shown |= Q(room__isnull=False)
    hours = OpeningHours.objects.filter(shown).values_list(*_OF_HOURS)
    closures = Closure.objects.filter(starts_at__lt=end, ends_at__gt=start).order_by()
    extra = ExtraOpening.objects.filter(shown, starts_at__lt=end, ends_at__gt=start).order_by()
    off = closures.annotate(kind=Value("off")).values_list("kind", *_OF_TIME_OFF)
    on = extra.annotate(kind=Value("on")).values_list("kind", *_OF_TIME_OFF)
    both = list(off.union(on, all=True))
    return _version(
        [first],
        [(*row.values(), row["ends_at"] <= now) for row in visits],
        [tuple(row[name] for name in _DRAWN) for row in pinned],
        hours,
        [row[1:] for row in both if row[0] == "off"],
        [(*row[4:6], span(*row[2:4])) for row in both if row[0] == "on"],
    )


def _values(row: Any, names: Iterable[str]) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in names)


def _version(*parts: Iterable[Any]) -> str:
    text = "\n\n".join("\n".join(sorted(map(repr, part))) for part in parts)
    return sha256(text.encode()).hexdigest()[:24]
