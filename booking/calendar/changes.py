"""The state of a calendar as a short text, so that a page on a screen can tell if it is stale.

The page carries the state that `calendar_state` returned just before the page was drawn. A refresh
asks for the state again; if the text is the same, nothing has to be drawn. The state is always
computed this one way, so code that changes a row does not have to do anything for the calendar.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import CharField, DateTimeField, F, IntegerField, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from booking.calendar.queries import visits_between
from booking.calendar.table import QUARTER
from booking.models import Closure, ExtraOpening, OpeningHours, Room
from booking.scheduling.clinic_days import clinic_days
from booking.scheduling.intervals import moment
from clinic.models.people import Clinician

# What a card shows of a visit and of the people and things it names, and what decides its marks.
# A field that a card starts to show has to be added here, or its changes are never drawn.
_OF_VISITS = (
    "starts_at",
    "ends_at",
    "id",
    "rev",
    "status",
    "busy_from",
    "busy_until",
    "clinician_id",
    "room_id",
    "patient_id",
    "service_id",
    "visit_number",
    "attention",
    "set_aside_at",
    "confirm_by",
    "told_at",
    "overlap_reason",
    "hold_until",
    "stays_outside_hours",
    "was_here",
    "has_answered",
    "is_room_used",
    "is_clinician_there",
    "is_done_by_her",
    "called",
    "talks_through",
    "clinician__name",
    "room__name",
    "service__name",
)
_OF_HOURS = ("weekday", "starts", "ends", "valid_from", "valid_until")
# A union needs a column of the same type in each of its parts: typed nulls fill the gaps.
_NO_TIME: Any = Value(None, output_field=DateTimeField())
_NOBODY: Any = Value(None, output_field=IntegerField())


@dataclass(frozen=True)
class CalendarState:
    """What a calendar would show: `rows` is a digest of the data, `clock` of the time of day."""

    rows: str
    clock: str

    def __str__(self) -> str:
        return f"{self.rows}.{self.clock}"

    def is_news_to(self, seen: str) -> bool:
        """Return whether the data, and not only the time, changed since the state `seen` (text)."""
        return seen.partition(".")[0] != self.rows


def calendar_state(
    first: date,
    days: int,
    *,
    now: datetime,
    clinician: Clinician | None = None,
    with_pinboard: bool = False,
) -> CalendarState:
    """Return the state of `days` clinic dates from `first` on, in two statements.

    Cover all clinicians, or only `clinician`. `with_pinboard` includes the visits that are set
    aside, whatever their date.

    Call this before reading what is drawn. A change in between is then drawn twice; the other way
    round it would never be drawn.
    """
    dates = clinic_days(settings.CLINIC_TIME_ZONE, first, days)
    start, end = moment(dates[0].begins), moment(dates[-1].ends)
    aside = Q(status="booked", starts_at__gt=now, set_aside_at__isnull=False)
    found = visits_between(
        start, end, now=now, clinician=clinician, beside=aside if with_pinboard else None
    )
    visits = list(found.values_list(*_OF_VISITS))
    beside = _times_and_names(start, end, clinician)
    # Time alone changes a card when its visit begins or ends; all else changes with the quarter.
    passed = [(starts_at <= now, ends_at <= now) for starts_at, ends_at, *_rest in visits]
    return CalendarState(
        # A union comes in no order of its own; `repr` sorts rows of mixed types and nulls.
        _digest([visits, sorted(beside, key=repr)]),
        _digest([passed, _time_of_day(now, start, end)]),
    )


def _times_and_names(
    start: datetime, end: datetime, clinician: Clinician | None
) -> QuerySet[Any, tuple[Any, ...]]:
    """Return clinicians, rooms, weekly hours, and what opens or closes within [start, end).

    One union of rows of the same shape, so that all of it is one statement. The first column says
    which kind of row it is.
    """
    met = Q(starts_at__lt=end, ends_at__gt=start)
    times = ("pk", "starts_at", "ends_at", "clinician_id", "room_id")
    timeless = (F("pk"), _NO_TIME, _NO_TIME)
    own, yes = (_NOBODY, _NOBODY, F("name"), F("is_active")), Value(True)
    # All of a row of weekly hours in one text column, since the other kinds have no such columns.
    weekly = Concat(*(part for name in _OF_HOURS for part in (Value("|"), _as_text(name))))
    hours = OpeningHours.objects.order_by()
    if clinician is not None:
        # Room hours stay: a closed room puts a visit of hers in conflict.
        hours = hours.filter(Q(clinician=clinician) | Q(room__isnull=False))
    closed = Closure.objects.filter(met).order_by()
    opened = ExtraOpening.objects.filter(met).order_by()
    return closed.values_list(Value("closed"), *times, F("label"), yes).union(
        opened.values_list(Value("opened"), *times, Value(""), yes),
        hours.values_list(Value("hours"), *timeless, F("clinician_id"), F("room_id"), weekly, yes),
        Clinician.objects.order_by().values_list(Value("clinician"), *timeless, *own),
        Room.objects.order_by().values_list(Value("room"), *timeless, *own),
        all=True,
    )


def _as_text(name: str) -> Cast:
    """Return the column `name` as text."""
    return Cast(name, CharField())


def _time_of_day(now: datetime, start: datetime, end: datetime) -> tuple[Any, ...]:
    """Return what a page drawn at `now` shows of the time.

    That is the clinic date, the name of the zone and, if `now` is on one of the dates shown, the
    number of the quarter hour.
    """
    here = now.astimezone(ZoneInfo(settings.CLINIC_TIME_ZONE))
    quarter = int(now.timestamp()) // (QUARTER * 60) if start <= now < end else None
    return here.date(), here.tzname(), quarter


def _digest(parts: Iterable[Iterable[Any]]) -> str:
    """Return 16 hexadecimal digits that stand for the parts."""
    text = "\n\n".join("\n".join(map(repr, part)) for part in parts)
    # Not a secret: 64 bits are enough to tell two states of one page apart.
    return sha256(text.encode()).hexdigest()[:16]
