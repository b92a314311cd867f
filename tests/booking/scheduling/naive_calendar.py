"""Availability in the plainest way, minute by minute, for the tests to compare with."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from booking.scheduling.intervals import Interval, span
from booking.scheduling.timetable import ClinicianHours, Id, RoomHours, SlotWish, Timetable

MINUTE = timedelta(minutes=1)


@lru_cache
def minutes_of(day: date, zone: str) -> tuple[tuple[datetime, time], ...]:
    """Return every minute of a clinic date as (UTC, wall time), by asking each for its date."""
    noon = datetime.combine(day, time(12), tzinfo=UTC)
    around = (noon + n * MINUTE for n in range(-40 * 60, 40 * 60))
    walls = ((minute, minute.astimezone(ZoneInfo(zone))) for minute in around)
    return tuple((minute, wall.time()) for minute, wall in walls if wall.date() == day)


@lru_cache(maxsize=4096)
def first_at(day: date, wall: time, zone: str) -> datetime:
    """Return the first minute of the date at that wall time or, if it is skipped, after it."""
    return next(minute for minute, shown in minutes_of(day, zone) if shown >= wall)


def starts_of_day(day: date, grid_minutes: int, zone: str) -> set[datetime]:
    """Return the minutes at which a visit may start."""
    walls = [time(h, m) for h in range(24) for m in range(0, 60, grid_minutes)]
    return {first_at(day, wall, zone) for wall in walls}


def is_free(
    timetable: Timetable, wish: SlotWish, clinician: ClinicianHours, start: datetime
) -> bool:
    """Return whether the visit may start then, leaving the grid aside."""
    return (
        clinician.is_active
        and clinician.does_service
        and clinician.meets_needs
        and is_in_time(timetable.zone, wish, start)
        and all(is_open(clinician, minute, timetable.zone) for minute in minutes(wish, start))
        and not any(
            shares(closure.interval, start, start + length(wish))
            for closure in timetable.closures
            if closure.room_id is None and closure.clinician_id in (None, clinician.clinician_id)
        )
        and not meets_busy(timetable.clinician_busy.get(clinician.clinician_id, ()), wish, start)
        and not any(shares(i, start, start + length(wish)) for i in timetable.patient_busy)
        and room_for(timetable, wish, start) is not None
    )


def is_in_time(zone: str, wish: SlotWish, start: datetime) -> bool:
    day = start.astimezone(ZoneInfo(zone)).date()
    today = wish.now.astimezone(ZoneInfo(zone)).date()
    return (
        start >= wish.now + timedelta(hours=wish.notice_hours)
        and (day - today).days <= wish.horizon_days
        and (wish.earliest_on is None or wish.earliest_on <= day)
        and (wish.latest_on is None or day <= wish.latest_on)
        and not any(first <= day < after for first, after in wish.pauses)
    )


def is_open(owner: ClinicianHours | RoomHours, minute: datetime, zone: str) -> bool:
    day = minute.astimezone(ZoneInfo(zone)).date()
    return any(shares(one, minute, minute + MINUTE) for one in owner.extra) or any(
        first_at(day, hours.starts, zone) <= minute < first_at(day, hours.ends, zone)
        for hours in owner.ranges
        if hours.weekday == day.weekday()
        and (hours.valid_from or day) <= day <= (hours.valid_until or day)
    )


def in_use(room: RoomHours, minute: datetime, zone: str) -> bool:
    day = minute.astimezone(ZoneInfo(zone)).date()
    governed = any(
        (hours.valid_from or day) <= day <= (hours.valid_until or day) for hours in room.ranges
    )
    return not governed or is_open(room, minute, zone)


def room_for(timetable: Timetable, wish: SlotWish, start: datetime) -> Id | None:
    for room in timetable.rooms:
        closed = [c.interval for c in timetable.closures if c.room_id == room]
        hours = timetable.room_hours.get(room)
        if hours and not all(
            in_use(hours, minute, timetable.zone) for minute in minutes(wish, start)
        ):
            continue
        if not meets_busy(timetable.room_busy.get(room, ()), wish, start) and not any(
            shares(interval, start, start + length(wish)) for interval in closed
        ):
            return room
    return None


def meets_busy(busy, wish: SlotWish, start: datetime) -> bool:
    begins = start - wish.buffer_before_minutes * MINUTE
    ends = start + length(wish) + wish.buffer_after_minutes * MINUTE
    return any(shares(interval, begins, ends) for interval in busy)


def shares(interval: Interval, begins: datetime, ends: datetime) -> bool:
    first, beyond = span(begins, ends)
    return max(first, interval[0]) < min(beyond, interval[1])


def length(wish: SlotWish) -> timedelta:
    return wish.minutes * MINUTE


def minutes(wish: SlotWish, start: datetime) -> Iterator[datetime]:
    return (start + n * MINUTE for n in range(wish.minutes))
