"""The cheapest series of visits, exactly, by dynamic programming from the last visit back.

What the visits from one on can still cost depends only on the date and the clinician of the visit
before. So each visit is worked out once for every such pair, from the visit after it, and nothing
is tried twice. For one date and clinician only the time that misses fewest wishes, then the
earliest, can be part of the best series.
"""

# mypy: disallow-any-explicit

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from booking.packages.spacing import Gates, window
from booking.scheduling.timetable import Id, Slot


class Cost(NamedTuple):
    """What a series of visits costs; the smaller one is better, item by item.

    `finish` is the last date (as an ordinal) when that counts before comfort, else 0. The slots at
    the end settle ties, so that the same question always has the same answer.
    """

    unplaced: int = 0
    finish: int = 0
    days_late: int = 0
    wishes_missed: int = 0
    changes: int = 0
    last: int = 0
    starts: tuple[datetime, ...] = ()
    slots: tuple[Slot, ...] = ()


class DatedSlot(NamedTuple):
    """A time on one date with one clinician, and how many wishes it misses."""

    wishes_missed: int
    slot: Slot


# Clinician to date (as an ordinal) to the one choice that counts there.
Options = Mapping[Id, Mapping[int, DatedSlot]]


@dataclass(frozen=True, slots=True)
class Start:
    """What the first visit follows: the date it counts from, and with whom that visit was."""

    on: date
    clinician_id: Id | None
    gates: Gates


def cheapest(
    first: int, options: Sequence[Options], start: Start, *, finish_first: bool = False
) -> Cost:
    """Return the cheapest series of visits `first`, `first` + 1 …, one for each of `options`.

    `finish_first` puts the last date right after the number of visits not placed.
    """
    days = sorted({day for one in options for dates in one.values() for day in dates})
    if not days:
        return Cost(unplaced=len(options))
    reach = _Reach(days, {day: index for index, day in enumerate(days)}, start.gates)
    following: _Stage | None = None
    for index in reversed(range(len(options))):
        following = _Stage(first + index, options[index], reach, following, finish_first)
    assert following is not None
    return following.after(start.on.toordinal(), start.clinician_id)


# Larger than any cost: no choice here.
_NONE = Cost(unplaced=99)


class _Window(NamedTuple):
    """From `begin` to `late_from` (places in the list of dates) a visit is in time, then late.

    `target` is the last date in time, as an ordinal.
    """

    begin: int
    late_from: int
    target: int


@dataclass(frozen=True, slots=True)
class _Reach:
    """The dates any visit can have, in order, as ordinals; and the place of each in the list."""

    days: list[int]
    place: dict[int, int]
    gates: Gates

    def window(self, visit: int, after: int) -> _Window:
        """Return the visit's window once the visit before it is on that date."""
        found = window(visit, previous_on=date.fromordinal(after), gates=self.gates)
        begin = bisect_left(self.days, found.earliest.toordinal())
        if found.target_latest is None:
            return _Window(begin, len(self.days), self.days[-1])
        target = found.target_latest.toordinal()
        return _Window(begin, bisect_left(self.days, target + 1), target)


class _Stage:
    """One visit: the cost of it and all after it, by clinician and date, and of the best."""

    def __init__(
        self,
        number: int,
        options: Options,
        reach: _Reach,
        following: "_Stage | None",
        finish_first: bool,
    ) -> None:
        self.number, self.reach = number, reach
        self._remaining: int = 1 + (following._remaining if following else 0)
        nothing = [_NONE] * len(reach.days)
        own = {clinician: nothing.copy() for clinician in options}
        for clinician, dates in options.items():
            for day, choice in dates.items():
                rest = following.after(day, clinician) if following else Cost()
                own[clinician][reach.place[day]] = _with(choice, day, rest, finish_first)
        self._own = {clinician: _Line(costs, reach.days) for clinician, costs in own.items()}
        self._any = _Line(
            [min(costs) for costs in zip(nothing, *own.values(), strict=True)], reach.days
        )
        self._of_anybody: dict[int, Cost] = {}
        self._windows: dict[int, _Window] = {}

    def after(self, day: int, clinician: Id | None) -> Cost:
        """Return the least this visit and those after it cost, once the one before is on `day`."""
        if day not in self._windows:
            self._windows[day] = self.reach.window(self.number, day)
            self._of_anybody[day] = self._any.cheapest(self._windows[day])
        found = self._of_anybody[day]
        if clinician is not None:
            found = found._replace(changes=found.changes + 1)
            if clinician in self._own:
                found = min(found, self._own[clinician].cheapest(self._windows[day]))
        return min(found, Cost(unplaced=self._remaining))


class _Line:
    """Costs by date, asked for the cheapest in a window, each day past its target counted."""

    def __init__(self, costs: list[Cost], days: list[int]) -> None:
        self._costs = costs
        # From each date on the cheapest, as if the target were the beginning of time: the true
        # target shifts all of them alike.
        self._late = [_NONE] * (len(costs) + 1)
        for index in reversed(range(len(costs))):
            cost, best = costs[index], self._late[index + 1]
            if cost is not _NONE:
                best = min(best, cost._replace(days_late=cost.days_late + days[index]))
            self._late[index] = best

    def cheapest(self, window: _Window) -> Cost:
        """Return the least cost of a date in the window or after it."""
        in_time = min(self._costs[window.begin : window.late_from], default=_NONE)
        late = self._late[max(window.begin, window.late_from)]
        if late is _NONE:
            return in_time
        return min(in_time, late._replace(days_late=late.days_late - window.target))


def _with(choice: DatedSlot, day: int, rest: Cost, finish_first: bool) -> Cost:
    last = rest.last or day
    return Cost(
        rest.unplaced,
        last if finish_first else 0,
        rest.days_late,
        rest.wishes_missed + choice.wishes_missed,
        rest.changes,
        last,
        (choice.slot.starts_at, *rest.starts),
        (choice.slot, *rest.slots),
    )
