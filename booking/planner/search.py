"""Find the cheapest series of visits, exactly, by dynamic programming from the last visit back.

What a visit and all after it cost at least depends only on the date and the clinician of the visit
before. So each visit is worked out once for every such pair, using the visit after it, and nothing
is tried twice. On one date with one clinician, only the time that misses the fewest wishes, and of
these the earliest, can be part of the best series.
"""

# mypy: disallow-any-explicit

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from booking.packages.spacing import PackageRules, window
from booking.scheduling.timetable import Id, Slot


class Cost(NamedTuple):
    """What a series of visits costs. Smaller is better, compared item by item.

    `finish` is the last date (as an ordinal) when that counts before comfort, otherwise 0; `last`
    is the last date in any case. `slots` breaks ties, so that the same question always has the same
    answer.
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


# Clinician's id to date (as an ordinal) to the best time there.
Options = Mapping[Id, Mapping[int, DatedSlot]]


@dataclass(frozen=True, slots=True)
class Start:
    """What the first visit follows: the date it counts from, and the clinician of that visit."""

    on: date
    clinician_id: Id | None
    rules: PackageRules


def cheapest(
    first: int, options: Sequence[Options], start: Start, *, finish_first: bool = False
) -> Cost:
    """Return the cheapest series of visits from `first` on, one for each of `options`.

    With `finish_first`, the last date counts right after the number of visits without a time.
    """
    days = sorted({day for one in options for dates in one.values() for day in dates})
    if not days:
        return Cost(unplaced=len(options))
    reach = _Reach(days, {day: index for index, day in enumerate(days)}, start.rules)
    following: _Stage | None = None
    for index in reversed(range(len(options))):
        following = _Stage(first + index, options[index], reach, following, finish_first)
    assert following is not None
    return following.after(start.on.toordinal(), start.clinician_id)


# Greater than any cost: there is no time here.
_NONE = Cost(unplaced=99)


class _Window(NamedTuple):
    """A visit's window as indices into the list of dates.

    From `begin` to before `late_from` it is in time, from `late_from` on it is late. `target` is
    the last date in time, as an ordinal.
    """

    begin: int
    late_from: int
    target: int


@dataclass(frozen=True, slots=True)
class _Reach:
    """The dates on which any visit can be, as ordinals in order, and the index of each."""

    days: list[int]
    index_of: dict[int, int]
    rules: PackageRules

    def window(self, visit: int, after: int) -> _Window:
        """Return the window of a visit when the one before it is on the date `after`."""
        found = window(visit, previous_on=date.fromordinal(after), rules=self.rules)
        begin = bisect_left(self.days, found.earliest.toordinal())
        if found.target_latest is None:
            # No date is late: the window ends after the last one there is.
            return _Window(begin, len(self.days), self.days[-1])
        target = found.target_latest.toordinal()
        return _Window(begin, bisect_left(self.days, target + 1), target)


class _Stage:
    """One visit: what it and all after it cost, by its clinician and date, and with anyone."""

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
                own[clinician][reach.index_of[day]] = _with(choice, day, rest, finish_first)
        self._own = {clinician: _Line(costs, reach.days) for clinician, costs in own.items()}
        # The cheapest on each date with anyone.
        self._any = _Line(
            [min(costs) for costs in zip(nothing, *own.values(), strict=True)], reach.days
        )
        self._of_anybody: dict[int, Cost] = {}
        self._windows: dict[int, _Window] = {}

    def after(self, day: int, clinician: Id | None) -> Cost:
        """Return the least cost of this visit and those after it.

        `day` and `clinician` are those of the visit before; a clinician of None cannot change.
        """
        # Many pairs share a date, and only the change of clinician differs between them.
        if day not in self._windows:
            self._windows[day] = self.reach.window(self.number, day)
            self._of_anybody[day] = self._any.cheapest(self._windows[day])
        found = self._of_anybody[day]
        if clinician is not None:
            # Counts a change even if the best happens to be with the same clinician: that case is
            # looked at next, without the change, and is cheaper.
            found = Cost(*found[:4], found.changes + 1, *found[5:])
            if clinician in self._own:
                found = min(found, self._own[clinician].cheapest(self._windows[day]))
        # It may be cheaper, or the only way, to leave this visit and all after it without a time.
        return min(found, Cost(unplaced=self._remaining))


class _Line:
    """Costs by date, from which the cheapest in a window is found, days past its target added."""

    def __init__(self, costs: list[Cost], days: list[int]) -> None:
        self._costs = costs
        # The cheapest from each date on, as if every visit were late since ordinal 0. The true
        # target is subtracted from all of them alike, so which one is cheapest does not change.
        self._late = [_NONE] * (len(costs) + 1)
        for index in reversed(range(len(costs))):
            cost, best = costs[index], self._late[index + 1]
            if cost is not _NONE:
                best = min(best, _later(cost, days[index]))
            self._late[index] = best

    def cheapest(self, window: _Window) -> Cost:
        """Return the least cost of any date from the beginning of the window on."""
        in_time = min(self._costs[window.begin : window.late_from], default=_NONE)
        late = self._late[max(window.begin, window.late_from)]
        if late is _NONE:
            return in_time
        return min(in_time, _later(late, -window.target))


def _later(cost: Cost, days: int) -> Cost:
    """Return the cost with so many more days late."""
    # Written out, as this runs a hundred thousand times a page and `_replace` takes thrice as long.
    unplaced, finish, late, missed, changes, last, starts, slots = cost
    return Cost(unplaced, finish, late + days, missed, changes, last, starts, slots)


def _with(choice: DatedSlot, day: int, rest: Cost, finish_first: bool) -> Cost:
    """Return the cost of this choice on that day followed by the rest."""
    # A rest without visits has no last date: then this one is the last.
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
