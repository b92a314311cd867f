"""The free times of a week, a few for each day, or why there are none."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import attrgetter
from zoneinfo import ZoneInfo

from django.conf import settings

from booking.finding_times.question import TimeQuestion
from booking.finding_times.why_none import reasons_for_none
from booking.reasons import Reason
from booking.scheduling.availability import free_slots
from booking.scheduling.intervals import moment
from booking.scheduling.queries import Search, free_slots_for, load_timetable, midnights
from booking.scheduling.slot_choices import TimeChoice, named
from booking.scheduling.timetable import Slot
from clinic.practice.wall_time import clinic_date

WEEK = 7
TIMES_A_DAY = 3
# How far a search looks beyond a week without times for the next one.
LOOKS_AHEAD = 91


@dataclass(frozen=True)
class DayFound:
    """A clinic date with the times shown, and how many more of them there are."""

    day: date
    times: tuple[TimeChoice, ...]
    more: int


@dataclass(frozen=True)
class WeekFound:
    """The days with free times among the seven from `first`, and where to look next.

    `earlier` is the first day of the week before, None where nothing can be offered. `earliest` is
    the first date that the package allows, when it is later than what was asked for. Without times,
    `because` says why, `other_parts` is how many there are in other parts of these days, and
    `next_free` the next date with one, None if there is none within three months.
    """

    asked: TimeQuestion
    first: date
    days: tuple[DayFound, ...]
    earlier: date | None
    later: date
    earliest: date | None = None
    because: tuple[Reason, ...] = ()
    other_parts: int = 0
    next_free: date | None = None

    @property
    def last(self) -> date:
        """The seventh day."""
        return self.first + timedelta(days=WEEK - 1)


@dataclass(frozen=True)
class Near:
    """A time near which others are proposed, and the clinician who is preferred."""

    starts_at: datetime
    clinician_id: int


def find_week(
    search: Search, asked: TimeQuestion, *, near: Near | None = None, usual: date | None = None
) -> WeekFound:
    """Return what is free in the seven days that are asked for.

    Without a day the search begins on the clinic date `usual`, or today, and never before today or
    the search's own earliest date. Of each day it shows the times nearest to the clock time of
    `near`, or some that are spread over the day. Six statements for the times and one for the
    names; a week without times takes another search.
    """
    search = replace(search, clinician_id=asked.clinician_id or search.clinician_id)
    today = clinic_date(search.now, settings.CLINIC_TIME_ZONE)
    begins = max(today, search.earliest_on or today)
    wanted = asked.day or usual or begins
    first = max(wanted, begins)
    timetable = load_timetable(search, *midnights(first, WEEK))
    slots = free_slots(timetable, search.wish(), first_day=first, days=WEEK)
    if near is not None:
        slots = [slot for slot in slots if slot.starts_at != near.starts_at]
    in_part = [slot for slot in slots if asked.fits(_wall(slot.starts_at))]
    found = WeekFound(
        asked=replace(asked, day=first),
        first=first,
        days=tuple(_days(in_part, asked.whole, near)),
        earlier=max(first - timedelta(days=WEEK), begins) if first > begins else None,
        later=first + timedelta(days=WEEK),
        earliest=begins if asked.day and asked.day < begins and begins > today else None,
    )
    if in_part:
        return found
    reasons = reasons_for_none(
        timetable,
        search.wish(),
        first_day=first,
        days=WEEK,
        is_wanted=lambda start: asked.fits(_wall(moment(start))),
    )
    others = {slot.starts_at for slot in slots}
    ahead = free_slots_for(search, first_day=found.later, days=LOOKS_AHEAD)
    dates = (_date(one) for one in ahead if asked.fits(_wall(one.starts_at)))
    return replace(
        found, because=tuple(reasons), other_parts=len(others), next_free=next(dates, None)
    )


def _days(slots: Sequence[Slot], whole: date | None, near: Near | None) -> list[DayFound]:
    """Return the days of the slots (sorted by start), each with the times to show."""
    days: list[tuple[date, list[Slot], int]] = []
    for day, of_day in groupby(slots, key=_date):
        starts = _one_per_start(list(of_day), near)
        shown = starts if day == whole else _few(starts, near)
        days.append((day, shown, len(starts) - len(shown)))
    # All names in one statement.
    names = iter(named(slot for _day, shown, _more in days for slot in shown))
    return [DayFound(day, tuple(next(names) for _slot in shown), more) for day, shown, more in days]


def _one_per_start(slots: Sequence[Slot], near: Near | None) -> list[Slot]:
    """Return a slot for each start: with the preferred clinician, or else the first one."""
    preferred = near.clinician_id if near else None
    return [
        min(alike, key=lambda slot: slot.clinician_id != preferred)
        for alike in (list(group) for _start, group in groupby(slots, attrgetter("starts_at")))
    ]


def _few(slots: Sequence[Slot], near: Near | None) -> list[Slot]:
    """Return at most TIMES_A_DAY of a day's slots, by start."""
    if near is None:
        # Rounded up, so that it never returns more.
        step = -(-len(slots) // TIMES_A_DAY)
        return list(slots[::step])
    wall = _minutes(near.starts_at)
    nearest = sorted(slots, key=lambda slot: abs(_minutes(slot.starts_at) - wall))[:TIMES_A_DAY]
    return sorted(nearest, key=attrgetter("starts_at"))


def _wall(at: datetime) -> datetime:
    return at.astimezone(ZoneInfo(settings.CLINIC_TIME_ZONE))


def _minutes(at: datetime) -> int:
    wall = _wall(at)
    return wall.hour * 60 + wall.minute


def _date(slot: Slot) -> date:
    return clinic_date(slot.starts_at, settings.CLINIC_TIME_ZONE)
