"""Everything that some dates of the desk's calendar are drawn from.

It takes six statements, however many visits there are.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from booking.models import Appointment, Closure, Service
from booking.opening_hours.conflicts import reasons_against
from booking.referrals.questions import have_answers
from booking.scheduling.availability import open_hours
from booking.scheduling.clinic_days import ClinicDay, clinic_days
from booking.scheduling.hours import AllHours, all_hours
from booking.scheduling.intervals import EVER, Interval, Intervals, moment, span, subtract
from clinic.models.people import Clinician

# A card of less time has room for two lines.
SHORT = timedelta(minutes=45)
# A released appointment was a hold that nobody confirmed.
NOT_SHOWN = ("cancelled", "released")


@dataclass(frozen=True)
class Card:
    """A visit or a hold as the calendar shows it at `now`.

    `is_first` tells that the patient was never here before. `is_misfit` tells that the opening
    hours, a closure or the clinician's services no longer allow the visit.
    """

    visit: Appointment
    now: datetime
    is_first: bool
    is_intake_missing: bool
    is_misfit: bool = False

    @property
    def is_over(self) -> bool:
        """Whether the visit's time has ended."""
        return self.visit.ends_at <= self.now

    @property
    def attention(self) -> str:
        """What the visit needs attention for, an Appointment.Attention; "" once it is over."""
        return "" if self.is_over else self.visit.attention

    @property
    def is_unclosed(self) -> bool:
        """Whether the visit's time has ended and nobody marked it as completed or missed."""
        return self.is_over and self.visit.status in ("booked", "arrived")

    @property
    def is_to_be_moved(self) -> bool:
        """Whether the visit no longer fits and nobody decided to leave it where it is.

        Staff decide so by allowing it outside the hours, or by giving a reason for an overlap.
        """
        return self.is_misfit and not (
            self.visit.stays_outside_hours or self.visit.overlap_reason is not None
        )

    @property
    def is_kept(self) -> bool:
        """Whether the visit no longer fits and staff allowed it outside the hours."""
        return self.is_misfit and self.visit.stays_outside_hours

    @property
    def look(self) -> str:
        """The CSS class for the visit's state. The words on the card say the same."""
        # The order matters: the first state that applies hides the others.
        if self.visit.status in ("held", "arrived"):
            return {"held": "hold", "arrived": "here"}[self.visit.status]
        if self.visit.set_aside_at is not None:
            return "aside"
        if self.visit.is_provisional and not self.is_over:
            return "hold"
        if self.visit.overlap_reason is not None and not self.is_over:
            return "over"
        return "past" if self.is_over or self.visit.status != "booked" else ""

    @property
    def classes(self) -> str:
        """The CSS classes of the card, also for what it needs attention for."""
        needs = ("needs", self.attention) if self.attention else ()
        is_short = self.visit.ends_at - self.visit.starts_at < SHORT
        return " ".join(filter(None, ("appt", self.look, *needs, "short" if is_short else "")))


@dataclass(frozen=True)
class Stretch:
    """Some clinic dates with everything that is drawn on them, as it is at `now`."""

    days: tuple[ClinicDay, ...]
    now: datetime
    visits: tuple[Appointment, ...]
    clinicians: tuple[Clinician, ...]
    hours: AllHours
    closures: tuple[Closure, ...]

    @cached_property
    def cards(self) -> tuple[Card, ...]:
        """The visits and holds as cards, in the order of `visits`."""
        return tuple(self._card(one) for one in self.visits)

    def _card(self, row: Any) -> Card:
        """Return the card of a row that has the annotations of `visits_between`."""
        return Card(
            row,
            self.now,
            is_first=not row.was_here,
            is_intake_missing=not row.has_answered,
            is_misfit=self._has_conflict(row),
        )

    def _has_conflict(self, row: Any) -> bool:
        """Return whether a booked visit ahead could not be booked where it is today."""
        # What has begun cannot be moved any more, and a hold ends by itself.
        if row.status != "booked" or row.starts_at <= self.now:
            return False
        clinician_open = self.opened.get(row.clinician_id, [])
        # A room without hours of its own is open at any time.
        room_open = self.opened_rooms.get(row.room_id, [EVER])
        reasons = reasons_against(row, clinician_open, room_open, self.closures)
        return bool(reasons) or not row.is_done_by_her

    @cached_property
    def opened(self) -> dict[int, Intervals]:
        """The open hours of each clinician by id, without looking at closures."""
        return {
            one.pk: open_hours(self.hours.of_clinician(one), self.days) for one in self.clinicians
        }

    @cached_property
    def opened_rooms(self) -> dict[int, Intervals]:
        """The open hours by id of each room that has hours of its own, closures ignored."""
        return {
            room_id: open_hours(one, self.days) for room_id, one in self.hours.of_rooms().items()
        }

    def off_of_clinician(self, clinician_id: int, window: Interval) -> list[tuple[Interval, str]]:
        """Return when the clinician sees nobody within `window`, each interval with its label.

        Closures come first, then what is outside the hours, without a label. They may overlap.
        """
        # First, since a closure has a label and time outside the hours has none.
        closed = [c for c in self.closures if c.clinician_id == clinician_id or _is_for_all(c)]
        outside = subtract([window], self.opened.get(clinician_id, []))
        return _labeled(closed) + [(interval, "") for interval in outside]

    def off_of_room(self, room_id: int, window: Interval) -> list[tuple[Interval, str]]:
        """Return when the room is closed within `window`, as `off_of_clinician` does."""
        closed = [c for c in self.closures if c.room_id == room_id or _is_for_all(c)]
        outside = subtract([window], self.opened_rooms.get(room_id, [EVER]))
        return _labeled(closed) + [(interval, "") for interval in outside]


def _is_for_all(closure: Closure) -> bool:
    """Return whether the whole clinic is closed."""
    return closure.clinician_id is None and closure.room_id is None


def _labeled(closures: Iterable[Closure]) -> list[tuple[Interval, str]]:
    """Return each closure's interval with its label."""
    return [(span(one.starts_at, one.ends_at), one.label) for one in closures]


def stretch_of(
    first: date, days: int, *, now: datetime, clinician: Clinician | None = None
) -> Stretch:
    """Return `days` clinic dates from `first` on, of all clinicians or of one.

    A clinician who no longer takes visits is included while she has some on these dates.
    """
    dates = clinic_days(settings.CLINIC_TIME_ZONE, first, days)
    start, end = moment(dates[0].begins), moment(dates[-1].ends)
    rows = visits_between(start, end, now=now, clinician=clinician)
    visits = tuple(
        rows.select_related("patient", "clinician", "room", "service", "enrollment__version")
    )
    wanted = Clinician.objects.all()
    if clinician is not None:
        wanted = wanted.filter(pk=clinician.pk)
    # A visit stays in sight even if its clinician has stopped since.
    seen = {one.clinician_id for one in visits}
    clinicians = tuple(wanted.filter(Q(is_active=True) | Q(pk__in=seen)))
    closures = Closure.objects.filter(starts_at__lt=end, ends_at__gt=start)
    # The rooms' hours too: a visit in a room that is closed then does not fit.
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
    """Return the visits and holds that a calendar shows from `start` to `end`, in order.

    Of all clinicians, or of `clinician`. A condition `beside` adds visits of any time. The rows are
    annotated with what a `Card` needs to know beyond the row itself, so that a page and its state
    (`booking.calendar.changes`) ask for the same.
    """
    there = Q(starts_at__gte=start, starts_at__lt=end)
    rows = (
        Appointment.objects.filter(there if beside is None else there | beside)
        .exclude(status__in=NOT_SHOWN)
        # A hold that ran out may stay in the table until somebody needs its time.
        .exclude(status="held", hold_until__lte=now)
        .annotate(
            was_here=Exists(_earlier_visits()),
            has_answered=have_answers(),
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
    """Return the same patient's earlier visits, for `Exists`; a missed one does not count."""
    earlier = Appointment.objects.filter(
        patient=OuterRef("patient"), starts_at__lt=OuterRef("starts_at")
    )
    return earlier.filter(status__in=("booked", "arrived", "completed"))


def _ability() -> QuerySet[Any]:
    """Return the link that says that the visit's clinician does this service, for `Exists`."""
    return Service.clinicians.through.objects.filter(
        service=OuterRef("service"), clinician=OuterRef("clinician")
    )
