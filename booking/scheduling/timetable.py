"""The values that availability is computed from: hours, closures, rooms, busy times, the wish."""

# mypy: disallow-any-explicit

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import NamedTuple

from booking.scheduling.intervals import Interval

Id = int


@dataclass(frozen=True, slots=True)
class HoursRange:
    """Open from `starts` to `ends` on one weekday, between two dates.

    Times are clinic wall time on the same date, weekdays count from 0 (Monday). `valid_from` and
    `valid_until` are included; None leaves that side open.
    """

    weekday: int
    starts: time
    ends: time
    valid_from: date | None = None
    valid_until: date | None = None

    def is_in_force(self, day: date) -> bool:
        """Return whether the range is valid on that date, whatever its weekday."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )


@dataclass(frozen=True, slots=True)
class RoomHours:
    """When a room may be used, if it has hours of its own.

    On a date on which none of the ranges is in force, whatever their weekdays, the room may be used
    at any time. `extra` are openings beyond the ranges; where a closure overlaps one, the closure
    wins.
    """

    ranges: tuple[HoursRange, ...]
    extra: tuple[Interval, ...] = ()


@dataclass(frozen=True, slots=True)
class ClinicianHours:
    """A clinician's opening hours, and whether she may have this visit at all.

    `meets_needs` is False for a clinician without a skill that this visit needs. `extra` are
    openings beyond the weekly ranges; where a closure overlaps one, the closure wins.
    """

    clinician_id: Id
    ranges: tuple[HoursRange, ...]
    is_active: bool = True
    does_service: bool = True
    meets_needs: bool = True
    extra: tuple[Interval, ...] = ()


@dataclass(frozen=True, slots=True)
class ClosedTime:
    """Time off of one clinician, of one room, or of the whole clinic when neither is given.

    No visit may overlap it; a buffer may.
    """

    interval: Interval
    clinician_id: Id | None = None
    room_id: Id | None = None


@dataclass(frozen=True, slots=True)
class Timetable:
    """Everything that decides which times are free: hours, rooms, and what is taken.

    `rooms` are in the order of assignment; one without an entry in `room_hours` may be used at any
    time. Busy intervals come in any order and include holds. Those of clinicians and rooms have
    their buffers, the patient's own do not.
    """

    zone: str
    clinicians: tuple[ClinicianHours, ...]
    rooms: tuple[Id, ...]
    closures: tuple[ClosedTime, ...] = ()
    room_hours: Mapping[Id, RoomHours] = field(default_factory=dict)
    clinician_busy: Mapping[Id, Sequence[Interval]] = field(default_factory=dict)
    room_busy: Mapping[Id, Sequence[Interval]] = field(default_factory=dict)
    patient_busy: Sequence[Interval] = ()


@dataclass(frozen=True, slots=True)
class SlotWish:
    """The visit to look for, and the terms it is booked on.

    `now` is aware. A start lies on a minute of the clinic's clock that `grid_minutes` (a divisor of
    60) divides, at least `notice_hours` from now and at most `horizon_days` dates ahead.
    `earliest_on` and `latest_on` are clinic dates, both included. `pauses` are stretches without
    visits, each from a first clinic date to before a second. Raises ValueError for a visit without
    length, or a grid that does not divide the hour.
    """

    now: datetime
    minutes: int
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 15
    grid_minutes: int = 15
    notice_hours: int = 12
    horizon_days: int = 182
    earliest_on: date | None = None
    latest_on: date | None = None
    pauses: tuple[tuple[date, date], ...] = ()

    def __post_init__(self) -> None:
        if self.minutes <= 0 or 60 % self.grid_minutes:
            raise ValueError("A visit takes time, and its grid divides the hour.")

    @property
    def seconds(self) -> int:
        return self.minutes * 60


class Slot(NamedTuple):
    """An offered time with its clinician and room; both ends aware, in UTC. Never stored.

    A tuple, so that slots sort by start, and the planner can break ties by comparing them.
    """

    starts_at: datetime
    ends_at: datetime
    clinician_id: Id
    room_id: Id
