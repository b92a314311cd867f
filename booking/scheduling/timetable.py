"""What availability is computed from: hours, closures, rooms, busy times, the wish."""

# mypy: disallow-any-explicit

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import NamedTuple

from booking.scheduling.intervals import Interval

Id = int


@dataclass(frozen=True, slots=True)
class HoursRange:
    """Open from `starts` to `ends` (clinic wall time, same day) on a weekday (0 is Monday), from
    `valid_from` to `valid_until`, both included; None leaves that side open."""

    weekday: int
    starts: time
    ends: time
    valid_from: date | None = None
    valid_until: date | None = None

    def is_in_force(self, day: date) -> bool:
        """Tell whether the date is among those the range is valid for, whatever its weekday."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )


@dataclass(frozen=True, slots=True)
class RoomHours:
    """When a room may be used, if it has hours of its own.

    On a date on which none of the ranges is in force, for whatever weekday, it may be used at any
    time. `extra` are openings beyond the ranges; a closure that meets one still closes it.
    """

    ranges: tuple[HoursRange, ...]
    extra: tuple[Interval, ...] = ()


@dataclass(frozen=True, slots=True)
class ClinicianHours:
    """A clinician's opening hours, and whether she may have this visit at all.

    `extra` are openings beyond the weekly ranges; a closure that meets one still closes it.
    """

    clinician_id: Id
    ranges: tuple[HoursRange, ...]
    is_active: bool = True
    does_service: bool = True
    meets_needs: bool = True
    extra: tuple[Interval, ...] = ()


@dataclass(frozen=True, slots=True)
class ClosedTime:
    """Time off of one clinician, of one room, or of everybody when neither is named.

    No visit meets it; a buffer may.
    """

    interval: Interval
    clinician_id: Id | None = None
    room_id: Id | None = None


@dataclass(frozen=True, slots=True)
class Timetable:
    """What stands between a wish and a time: whose hours, which rooms, what is taken.

    `rooms` in the order they are given out; one without an entry in `room_hours` may be used at any
    time. Busy intervals in any order, holds included: those of
    clinicians and rooms with their buffers, the patient's own without.
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
    """The visit that is looked for, and the terms it is booked on.

    `now` is aware. Starts lie on minutes of the clinic's clock divisible by `grid_minutes` (a
    divisor of 60), at least `notice_hours` from now and at most `horizon_days` dates ahead;
    `earliest_on` and `latest_on` are clinic dates, both included. `pauses` are clinic dates without
    visits: each from a first date to before a second.
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
    """An offered interval, never stored; both ends aware UTC."""

    starts_at: datetime
    ends_at: datetime
    clinician_id: Id
    room_id: Id
