"""What a stretch of the desk's calendar is drawn from. Six statements, however much is in it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from booking.models import Appointment, Closure, Referral, Service
from booking.opening_hours.conflicts import reasons_against
from booking.scheduling.availability import open_hours
from booking.scheduling.clinic_days import ClinicDay, clinic_days
from booking.scheduling.hours import AllHours, all_hours
from booking.scheduling.intervals import EVER, Interval, Intervals, moment, span, subtract
from clinic.models.people import Clinician

NOT_SHOWN = ("cancelled", "released")


@dataclass(frozen=True)
class Card:
    """A visit or a hold as the calendar shows it, at `now`."""

    visit: Appointment
    now: datetime
    is_first: bool
    is_intake_missing: bool
    is_misfit: bool = False

    @property
    def is_over(self) -> bool:
        return self.visit.ends_at <= self.now

    @property
    def is_unclosed(self) -> bool:
        """Whether the visit's time is over and nobody has said what became of it."""
        return self.is_over and self.visit.status in ("booked", "arrived")

    @property
    def is_to_be_moved(self) -> bool:
        """Whether the hours no longer allow it and nobody put or kept it there on purpose."""
        return self.is_misfit and not (
            self.visit.stays_outside_hours or self.visit.overlap_reason is not None
        )

    @property
    def is_kept(self) -> bool:
        """Whether the hours no longer allow it and somebody decided that it takes place."""
        return self.is_misfit and self.visit.stays_outside_hours

    @property
    def look(self) -> str:
        """The class that draws its state; the words beside it say the same."""
        if self.visit.status in ("held", "arrived"):
            return {"held": "hold", "arrived": "here"}[self.visit.status]
        if self.visit.set_aside_at is not None:
            return "aside"
        if self.visit.overlap_reason is not None and not self.is_over:
            return "over"
        return "past" if self.is_over or self.visit.status != "booked" else ""


@dataclass(frozen=True)
class Stretch:
    """Some clinic dates with everything on them."""

    days: tuple[ClinicDay, ...]
    now: datetime
    visits: tuple[Appointment, ...]
    clinicians: tuple[Clinician, ...]
    hours: AllHours
    closures: tuple[Closure, ...]

    @cached_property
    def cards(self) -> tuple[Card, ...]:
        """The visits as the calendar shows them, in order."""
        return tuple(self._card(one) for one in self.visits)

    def _card(self, row: Any) -> Card:
        # `row` has the marks of `visits_between`.
        return Card(
            row,
            self.now,
            is_first=not row.was_here,
            is_intake_missing=not row.may_book,
            is_misfit=self._is_misfit(row),
        )

    def _is_misfit(self, row: Any) -> bool:
        if row.status != "booked" or row.starts_at <= self.now:
            return False
        clinician_open = self.opened.get(row.clinician_id, [])
        room_open = self.opened_rooms.get(row.room_id, [EVER])
        reasons = reasons_against(row, clinician_open, room_open, self.closures)
        return bool(reasons) or not row.is_done_by_her

    @cached_property
    def opened(self) -> dict[int, Intervals]:
        """When each clinician's hours are open, closures not looked at."""
        return {
            one.pk: open_hours(self.hours.of_clinician(one), self.days) for one in self.clinicians
        }

    @cached_property
    def opened_rooms(self) -> dict[int, Intervals]:
        """When the rooms that have hours of their own are open, closures not looked at."""
        return {
            room_id: open_hours(one, self.days) for room_id, one in self.hours.of_rooms().items()
        }

    def off_of_clinician(self, clinician_id: int, window: Interval) -> list[tuple[Interval, str]]:
        """Return when the clinician sees nobody within the window, closures first, with labels."""
        closed = [c for c in self.closures if c.clinician_id == clinician_id or _is_for_all(c)]
        outside = subtract([window], self.opened.get(clinician_id, []))
        return _labeled(closed) + [(interval, "") for interval in outside]

    def off_of_room(self, room_id: int, window: Interval) -> list[tuple[Interval, str]]:
        """Return when the room is closed within the window, closures first, with labels."""
        closed = [c for c in self.closures if c.room_id == room_id or _is_for_all(c)]
        outside = subtract([window], self.opened_rooms.get(room_id, [EVER]))
        return _labeled(closed) + [(interval, "") for interval in outside]


def _is_for_all(closure: Closure) -> bool:
    return closure.clinician_id is None and closure.room_id is None


def _labeled(closures: Iterable[Closure]) -> list[tuple[Interval, str]]:
    return [(span(one.starts_at, one.ends_at), one.label) for one in closures]


def stretch_of(
    first: date, days: int, *, now: datetime, clinician: Clinician | None = None
) -> Stretch:
    """Return those clinic dates: of everybody, or of one clinician.

    A clinician who takes no visits any more is there as long as she has some on these dates.
    """
    dates = clinic_days(settings.CLINIC_TIME_ZONE, first, days)
    start, end = moment(dates[0].begins), moment(dates[-1].ends)
    rows = visits_between(start, end, now=now, clinician=clinician)
    visits = tuple(rows.select_related("patient", "clinician", "room", "service"))
    wanted = Clinician.objects.all()
    if clinician is not None:
        wanted = wanted.filter(pk=clinician.pk)
    seen = {one.clinician_id for one in visits}
    clinicians = tuple(wanted.filter(Q(is_active=True) | Q(pk__in=seen)))
    closures = Closure.objects.filter(starts_at__lt=end, ends_at__gt=start)
    owners = Q(clinician__in=clinicians) | Q(room__isnull=False)
    return Stretch(dates, now, visits, clinicians, all_hours(start, end, owners), tuple(closures))


def visits_between(
    start: datetime,
    end: datetime,
    *,
    now: datetime,
    clinician: Clinician | None = None,
    beside: Q | None = None,
) -> QuerySet[Appointment]:
    """Return what a calendar shows of that stretch, of everybody or of one clinician, in order.

    With `beside`, those visits of any time as well.
    """
    there = Q(starts_at__gte=start, starts_at__lt=end)
    rows = (
        Appointment.objects.filter(there if beside is None else there | beside)
        .exclude(status__in=NOT_SHOWN)
        .exclude(status="held", hold_until__lte=now)
        .annotate(
            was_here=Exists(_earlier_visits()),
            may_book=Exists(_current_referral()),
            is_room_used=F("room__is_active"),
            is_clinician_there=F("clinician__is_active"),
            is_done_by_her=Exists(_ability()),
            called=F("patient__name"),
            talks_through=F("patient__interpreter"),
        )
        .order_by("starts_at", "pk")
    )
    return rows if clinician is None else rows.filter(clinician=clinician)


def _earlier_visits() -> QuerySet[Appointment]:
    earlier = Appointment.objects.filter(
        patient=OuterRef("patient"), starts_at__lt=OuterRef("starts_at")
    )
    return earlier.filter(status__in=("booked", "arrived", "completed"))


def _ability() -> QuerySet[Any]:
    return Service.clinicians.through.objects.filter(
        service=OuterRef("service"), clinician=OuterRef("clinician")
    )


def _current_referral() -> QuerySet[Referral]:
    return Referral.objects.current().filter(patient=OuterRef("patient"))
