"""Booked visits ahead that the opening hours, closures or services no longer allow.

Nothing marks such a visit: each call compares the visits with what is in force now.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from booking.models import Appointment, Closure, Service
from booking.reasons import Reason, msg
from booking.scheduling.availability import (
    CLINICIAN_INACTIVE,
    CLOSED,
    DOES_NOT_DO_SERVICE,
    OUTSIDE_HOURS,
    open_hours,
)
from booking.scheduling.clinic_days import clinic_days
from booking.scheduling.hours import AllHours, all_hours
from booking.scheduling.intervals import EVER, Intervals, overlaps, span, subtract
from clinic.models.people import Clinician
from clinic.practice.wall_time import clinic_date

ROOM_CLOSED = Reason("room_closed", msg("The room is closed at this time."))


@dataclass(frozen=True)
class HoursConflict:
    """A booked visit and every reason why it could not be booked where it is today."""

    visit: Appointment
    reasons: tuple[Reason, ...]

    @property
    def is_kept(self) -> bool:
        """Whether staff put the visit there, or allowed it to stay there, on purpose."""
        return self.visit.stays_outside_hours or self.visit.overlap_reason is not None


def hours_conflicts(
    now: datetime, *, clinician_id: int | None = None, appointment_id: UUID | None = None
) -> list[HoursConflict]:
    """Return the booked visits ahead that no longer fit, soonest first, in five statements.

    Of all clinicians, of one of them, or only the one visit. Visits that staff put there or allowed
    there on purpose are included (`HoursConflict.is_kept`).
    """
    visits = Appointment.objects.upcoming(now).select_related(
        "patient", "clinician", "room", "service", "policy"
    )
    if clinician_id is not None:
        visits = visits.filter(clinician_id=clinician_id)
    if appointment_id is not None:
        visits = visits.filter(pk=appointment_id)
    return conflicts_of(list(visits.order_by("starts_at", "pk")), now)


def conflicts_of(rows: Sequence[Appointment], now: datetime) -> list[HoursConflict]:
    """Return those of these visits that do not fit where they are, stored or not.

    They end after `now`, and their patients, clinicians, rooms and services are read along.
    """
    # The usual case for one visit: the other four statements are not needed.
    if not rows:
        return []
    # What lies after the last visit cannot conflict with any.
    around = HoursAround(now, max(row.ends_at for row in rows))
    found = (HoursConflict(row, tuple(around.reasons(row))) for row in rows)
    return [one for one in found if one.reasons]


class HoursAround:
    """The hours, closures and services from `now` to `end`, read once in four statements."""

    def __init__(self, now: datetime, end: datetime) -> None:
        self._opened = _Opened(all_hours(now - timedelta(days=1), end), now, end)
        self._closures = list(Closure.objects.filter(starts_at__lt=end, ends_at__gt=now))
        through = Service.clinicians.through.objects
        self._done_by = set(through.values_list("service_id", "clinician_id"))

    def reasons(self, row: Appointment) -> list[Reason]:
        """Return every reason against a visit where it is, stored or not; empty when none is."""
        clinician = self._opened.of_clinician(row.clinician)
        room = self._opened.of_room(row.room_id)
        found = reasons_against(row, clinician, room, self._closures)
        if (row.service_id, row.clinician_id) not in self._done_by:
            found.append(DOES_NOT_DO_SERVICE)
        return found


def hours_conflict_of(visit: Appointment, now: datetime) -> HoursConflict | None:
    """Return why this visit could not be booked where it is.

    None when it could, or when it has begun or is not booked.
    """
    return next(iter(hours_conflicts(now, appointment_id=visit.pk)), None)


def to_be_moved(now: datetime) -> list[HoursConflict]:
    """Return the visits that the desk has to move: the conflicts that nobody allowed."""
    return [one for one in hours_conflicts(now) if not one.is_kept]


class _Opened:
    """When clinicians and rooms are open from `now` to `end`. Each is computed once."""

    def __init__(self, hours: AllHours, now: datetime, end: datetime) -> None:
        zone = settings.CLINIC_TIME_ZONE
        first = clinic_date(now, zone)
        self._days = clinic_days(zone, first, (clinic_date(end, zone) - first).days + 1)
        self._hours = hours
        self._clinicians: dict[int, Intervals] = {}
        self._rooms = {
            room_id: open_hours(one, self._days) for room_id, one in hours.of_rooms().items()
        }

    def of_clinician(self, clinician: Clinician) -> Intervals:
        """Return when the clinician's hours are open, without looking at closures."""
        # On demand: only clinicians with a visit ahead are needed.
        if clinician.pk not in self._clinicians:
            hours = self._hours.of_clinician(clinician)
            self._clinicians[clinician.pk] = open_hours(hours, self._days)
        return self._clinicians[clinician.pk]

    def of_room(self, room_id: int) -> Intervals:
        """Return when the room is open: at any time if it has no hours of its own."""
        return self._rooms.get(room_id, [EVER])


def reasons_against(
    row: Appointment, clinician_open: Intervals, room_open: Intervals, closures: Iterable[Closure]
) -> list[Reason]:
    """Return every reason against the visit where it is; empty when there is none.

    `clinician_open` and `room_open` are the open times of its clinician and its room, without
    closures. Whether the clinician does this service is not checked.
    """
    # Without buffers, as in the search: only the visit itself has to be within the hours.
    visit = span(row.starts_at, row.ends_at)
    reasons = []
    if not row.clinician.is_active:
        reasons.append(CLINICIAN_INACTIVE)
    if subtract([visit], clinician_open):
        reasons.append(OUTSIDE_HOURS)
    # A closure with neither clinician nor room closes the whole clinic.
    away = [c for c in closures if c.room_id is None and c.clinician_id in (None, row.clinician_id)]
    if overlaps([span(one.starts_at, one.ends_at) for one in away], *visit):
        reasons.append(CLOSED)
    room = [span(one.starts_at, one.ends_at) for one in closures if one.room_id == row.room_id]
    if overlaps(room, *visit) or subtract([visit], room_open) or not row.room.is_active:
        reasons.append(ROOM_CLOSED)
    return reasons
