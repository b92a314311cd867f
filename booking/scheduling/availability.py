"""When a visit may start, and why not at any other time.

One table of refusals (`refused_to_all` and `refused_to`) answers both questions. A search takes
every refused start away from the grid; a question about one start looks it up in the same table. So
a time is offered exactly when `reasons_not_free` is empty, and what was offered can be booked.

Opening hours are clinic wall time, turned into instants date by date. Everything else is UTC, in
whole seconds since 1970.
"""

# mypy: disallow-any-explicit

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from math import ceil, floor
from operator import attrgetter
from zoneinfo import ZoneInfo

from booking.reasons import Reason, msg
from booking.scheduling.clinic_days import ClinicDay, clinic_days, grid, midnight
from booking.scheduling.intervals import (
    EVER,
    Interval,
    Intervals,
    contains,
    merge,
    moment,
    overlaps,
    pad,
    subtract,
)
from booking.scheduling.timetable import ClinicianHours, Id, RoomHours, Slot, SlotWish, Timetable
from booking.scheduling.weekly_times import weekly_times
from clinic.practice.wall_time import clinic_date

PAST = Reason("past", msg("This time has passed."))
TOO_SOON = Reason("too_soon", msg("This is too soon to book online. Please call us."))
BEYOND_HORIZON = Reason("beyond_horizon", msg("We don’t plan that far ahead yet."))
BEFORE_EARLIEST = Reason("before_earliest", msg("This visit can’t be that early."))
AFTER_LATEST = Reason("after_latest", msg("This visit can’t be that late."))
PAUSED = Reason("paused", msg("The package is paused on this day."))
OFF_GRID = Reason("off_grid", msg("Visits don’t start at this minute."))
REPEATED_HOUR = Reason(
    "repeated_hour", msg("The clocks go back and this hour comes twice. We book the first one.")
)
CLINICIAN_INACTIVE = Reason("clinician_inactive", msg("This clinician doesn’t take visits."))
DOES_NOT_DO_SERVICE = Reason("does_not_do_service", msg("This clinician doesn’t offer this visit."))
NEEDS_NOT_MET = Reason("needs_not_met", msg("This visit needs a clinician with another skill."))
OUTSIDE_HOURS = Reason("outside_hours", msg("The clinician doesn’t see patients at this time."))
CLOSED = Reason("closed", msg("The clinic or the clinician is away at this time."))
CLINICIAN_BUSY = Reason("clinician_busy", msg("This time is taken."))
BUFFER = Reason("buffer", msg("This is too close to another visit."))
NO_ROOM = Reason("no_room", msg("No room is free at this time."))
NO_ROOM_OPEN = Reason("no_room_open", msg("No room is open at this time."))
PATIENT_BUSY = Reason("patient_busy", msg("You have another visit at this time."))

# Each room in the order of assignment, with the starts at which it cannot take the visit.
Rooms = list[tuple[Id, Intervals]]


def free_slots(timetable: Timetable, wish: SlotWish, *, first_day: date, days: int) -> list[Slot]:
    """Return every slot that starts on these clinic dates, by start, then in the clinicians' order.

    The room of a slot is the first one that is free for it. Any dates will do, and any number of
    them: those before today or beyond the horizon cost nothing.
    """
    dates = dates_in_reach(timetable.zone, wish, first_day, days)
    starts = grid(dates, wish.grid_minutes)
    offers = _Offers(wish, _rooms(timetable, wish, dates))
    to_all = refused_to_all(timetable, wish)
    slots: list[Slot] = []
    for hours in timetable.clinicians:
        refusals = to_all + refused_to(hours, timetable, wish, dates)
        slots += [
            Slot(starts_at, ends_at, hours.clinician_id, room_id)
            for starts_at, ends_at, room_id in map(offers.__getitem__, _free(starts, refusals))
            if room_id is not None
        ]
    # Stable: at one start, clinicians stay in their order.
    slots.sort(key=attrgetter("starts_at"))
    return slots


def slot_at(
    timetable: Timetable, wish: SlotWish, *, clinician_id: Id, starts_at: datetime
) -> Slot | None:
    """Return the slot of this clinician at this instant, or None if it may not be booked."""
    if reasons_not_free(timetable, wish, clinician_id=clinician_id, starts_at=starts_at):
        return None
    dates = clinic_days(timetable.zone, clinic_date(starts_at, timetable.zone), 1)
    offers = _Offers(wish, _rooms(timetable, wish, dates))
    # A start that is offered lies on the grid, so it has no fraction of a second.
    begins, ends, room_id = offers[int(starts_at.timestamp())]
    return None if room_id is None else Slot(begins, ends, clinician_id, room_id)


def reasons_not_free(
    timetable: Timetable, wish: SlotWish, *, clinician_id: Id, starts_at: datetime
) -> list[Reason]:
    """Return every reason why this visit may not start then; empty when it is offered.

    `starts_at` is aware. It may come from a forged form: any value gives reasons, never an error.
    """
    start = floor(starts_at.timestamp())
    found = _which_refuse(start, refused_to_all(timetable, wish))
    # Nothing else is worth saying then, and at the end of the calendar a date has no next day.
    if PAST in found or BEYOND_HORIZON in found:
        return found
    hours = _hours_of(timetable, clinician_id)
    dates = clinic_days(timetable.zone, clinic_date(starts_at, timetable.zone), 1)
    found += _which_refuse(start, refused_to(hours, timetable, wish, dates))
    # The table has one line for both; people are told whether the visit or a buffer is in the way.
    if CLINICIAN_BUSY in found and not _visit_meets_busy(timetable, wish, clinician_id, start):
        found[found.index(CLINICIAN_BUSY)] = BUFFER
    if _first_free(_rooms(timetable, wish, dates), start) is None:
        is_open = _first_free(rooms_when_open(timetable, wish, dates), start) is not None
        found.append(NO_ROOM if is_open else NO_ROOM_OPEN)
    if starts_at.timestamp() not in grid(dates, wish.grid_minutes):
        wall = starts_at.astimezone(ZoneInfo(timetable.zone))
        # `fold` is 1 the second time the clock shows an hour.
        found.append(REPEATED_HOUR if wall.fold else OFF_GRID)
    return found


def fairest(slots: Iterable[Slot], load_by_clinician: Mapping[Id, int]) -> Slot:
    """Return the slot of the clinician with the least load, when any clinician will do.

    A clinician missing from the mapping has no load. Of equals, the first in `slots` is returned.
    """
    return min(slots, key=lambda slot: load_by_clinician.get(slot.clinician_id, 0))


# The table of refusals: each reason with the intervals of starts that it refuses, in any order.


def open_hours(hours: ClinicianHours | RoomHours, dates: Sequence[ClinicDay]) -> Intervals:
    """Return when the hours are open on these dates, merged; closures are not looked at.

    A room is open all day on a date on which none of its hours are in force. An extra opening is
    not cut at midnight of the last date: a visit may last beyond it.
    """
    extra = [
        one for one in hours.extra if dates and overlaps([one], dates[0].begins, dates[-1].ends)
    ]
    whole = [
        (day.begins, day.ends)
        for day in dates
        if isinstance(hours, RoomHours)
        and not any(one.is_in_force(day.date) for one in hours.ranges)
    ]
    return merge(weekly_times(hours.ranges, dates) + extra + whole)


Refusals = list[tuple[Reason, Intervals]]


def refused_to_all(timetable: Timetable, wish: SlotWish) -> Refusals:
    """Return what refuses a start with any clinician."""
    beginning, end = EVER
    # Rounded up: a start in the second that has begun is past.
    zone, now = timetable.zone, ceil(wish.now.timestamp())
    first_beyond = clinic_date(wish.now, zone) + timedelta(days=wish.horizon_days + 1)
    refusals = [
        (PAST, [(beginning, now)]),
        (TOO_SOON, [(now, now + wish.notice_hours * 3600)]),
        (BEYOND_HORIZON, [(midnight(first_beyond, zone), end)]),
        (PATIENT_BUSY, _starts_meeting(timetable.patient_busy, wish)),
        (PAUSED, [(midnight(first, zone), midnight(after, zone)) for first, after in wish.pauses]),
    ]
    if wish.earliest_on:
        refusals.append((BEFORE_EARLIEST, [(beginning, midnight(wish.earliest_on, zone))]))
    if wish.latest_on:
        day_after = wish.latest_on + timedelta(days=1)
        refusals.append((AFTER_LATEST, [(midnight(day_after, zone), end)]))
    return refusals


def dates_in_reach(zone: str, wish: SlotWish, first_day: date, days: int) -> tuple[ClinicDay, ...]:
    """Return those of the dates that lie between today and the horizon."""
    today = clinic_date(wish.now, zone)
    first = max(first_day, today)
    # Ordinals are plain numbers: a date so far ahead that adding days fails is no error.
    beyond = min(first_day.toordinal() + days, today.toordinal() + wish.horizon_days + 1)
    return clinic_days(zone, first, beyond - first.toordinal())


def refused_to(
    hours: ClinicianHours, timetable: Timetable, wish: SlotWish, dates: tuple[ClinicDay, ...]
) -> Refusals:
    """Return what refuses a start with this clinician on these dates."""
    busy = timetable.clinician_busy.get(hours.clinician_id, ())
    away = [
        closure.interval
        for closure in timetable.closures
        if closure.room_id is None and closure.clinician_id in (None, hours.clinician_id)
    ]
    return [
        (CLINICIAN_INACTIVE, [] if hours.is_active else [EVER]),
        (DOES_NOT_DO_SERVICE, [] if hours.does_service else [EVER]),
        (NEEDS_NOT_MET, [] if hours.meets_needs else [EVER]),
        (OUTSIDE_HOURS, _starts_outside(open_hours(hours, dates), wish)),
        # Time off forbids the visit itself; a buffer may lie in it, as it may after closing time.
        (CLOSED, _starts_meeting(away, wish)),
        (CLINICIAN_BUSY, _starts_too_close_to(busy, wish)),
    ]


def _starts_outside(stretches: Intervals, wish: SlotWish) -> Intervals:
    """Return the starts at which the visit, without buffers, fits into none of the open stretches.

    The stretches are merged.
    """
    seconds = wish.seconds
    # The last start that fits belongs to it, and an interval ends before its end: hence + 1.
    within = [(start, end - seconds + 1) for start, end in stretches if end - start >= seconds]
    return subtract([EVER], within)


def _free(starts: Sequence[int], refusals: Refusals) -> list[int]:
    """Return those of the sorted starts that nothing refuses."""
    # Two bisections for each free stretch, not a test for each start: a search has thousands.
    refused = merge(interval for _, intervals in refusals for interval in intervals)
    free: list[int] = []
    beyond = 0
    for begin, end in subtract([EVER], refused):
        first = bisect_left(starts, begin, beyond)
        beyond = bisect_left(starts, end, first)
        free += starts[first:beyond]
    return free


def _starts_meeting(taken: Iterable[Interval], wish: SlotWish) -> Intervals:
    """Return the starts at which the visit, without buffers, would overlap what is taken."""
    # A visit that ends at the very second at which something begins does not overlap it: hence - 1.
    return pad(taken, wish.seconds - 1, 0)


def _starts_too_close_to(busy: Iterable[Interval], wish: SlotWish) -> Intervals:
    """Return the starts at which the visit with its buffers would overlap these busy intervals.

    The busy intervals have their own buffers already, and two buffers may not overlap either.
    """
    before = wish.seconds + wish.buffer_after_minutes * 60 - 1
    return pad(busy, before, wish.buffer_before_minutes * 60)


def _rooms(timetable: Timetable, wish: SlotWish, dates: Sequence[ClinicDay]) -> Rooms:
    """Return the rooms as they are on these dates, refused starts merged."""
    return [
        (
            room_id,
            merge([*refused, *_starts_too_close_to(timetable.room_busy.get(room_id, ()), wish)]),
        )
        for room_id, refused in rooms_when_open(timetable, wish, dates)
    ]


def rooms_when_open(timetable: Timetable, wish: SlotWish, dates: Sequence[ClinicDay]) -> Rooms:
    """Return the rooms as they would be on these dates if no visit were in them."""
    rooms = []
    for room_id in timetable.rooms:
        closed = [c.interval for c in timetable.closures if c.room_id == room_id]
        refused = _starts_meeting(closed, wish)
        if dates and room_id in timetable.room_hours:
            # One more date: a visit may last beyond midnight.
            reach = clinic_days(timetable.zone, dates[0].date, len(dates) + 1)
            opened = open_hours(timetable.room_hours[room_id], reach)
            refused = refused + _starts_outside(opened, wish)
        rooms.append((room_id, merge(refused)))
    return rooms


def _first_free(rooms: Rooms, start: int) -> Id | None:
    for room_id, refused in rooms:
        if not contains(refused, start):
            return room_id
    return None


class _Offers(dict[int, tuple[datetime, datetime, Id | None]]):
    """Maps a start to both ends as datetimes and the room, each worked out when first asked for.

    Shared by all clinicians of one search, who have most starts in common.
    """

    def __init__(self, wish: SlotWish, rooms: Rooms) -> None:
        super().__init__()
        self._seconds = wish.seconds
        self._rooms = rooms

    def __missing__(self, start: int) -> tuple[datetime, datetime, Id | None]:
        ends_at = moment(start + self._seconds)
        self[start] = offer = (moment(start), ends_at, _first_free(self._rooms, start))
        return offer


# Asking about one start


def _which_refuse(start: int, refusals: Refusals) -> list[Reason]:
    return [reason for reason, refused in refusals if overlaps(refused, start, start + 1)]


def _hours_of(timetable: Timetable, clinician_id: Id) -> ClinicianHours:
    """Return the clinician's hours; an unknown one is inactive, so that a forged id is refused."""
    known = {hours.clinician_id: hours for hours in timetable.clinicians}
    return known.get(clinician_id) or ClinicianHours(clinician_id, (), is_active=False)


def _visit_meets_busy(timetable: Timetable, wish: SlotWish, clinician_id: Id, start: int) -> bool:
    return overlaps(timetable.clinician_busy[clinician_id], start, start + wish.seconds)
