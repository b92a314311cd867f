"""Plan the visits of a package that have no time yet: the best times for all of them.

The best plan costs least, compared item by item: (1) visits without a time, (2) days past the
target latest date, (3) wishes missed, (4) changes of clinician, (5) the last date, (6) the starts.
No plan breaks a minimum of the spacing (docs/clinical.md, "The six steps"). A visit without a time
leaves those after it without one too, because their dates count from it.
"""

# mypy: disallow-any-explicit

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from operator import itemgetter
from zoneinfo import ZoneInfo

from booking.packages.spacing import PackageRules, Window, window
from booking.planner.search import Cost, DatedSlot, Options, Start, cheapest
from booking.reasons import Reason, msg
from booking.scheduling.parts_of_day import Part, part_of
from booking.scheduling.timetable import Id, Slot
from clinic.practice.wall_time import clinic_date


class PlanWish(StrEnum):
    """A kind of wish that a time may miss."""

    CLINICIAN = "clinician"
    WEEKDAY = "weekday"
    PART = "part"


@dataclass(frozen=True, slots=True)
class PlanWishes:
    """What the patient wishes for. An empty wish means that anything will do.

    Each visit that misses `weekdays` (0 is Monday), `parts` or `clinician_id` costs one point for
    each of these. `earliest_on` is a limit: no visit is planned before that clinic date.
    """

    weekdays: frozenset[int] = frozenset()
    parts: frozenset[Part] = frozenset()
    clinician_id: Id | None = None
    earliest_on: date | None = None

    def missed(self, wall: datetime, clinician_id: Id) -> tuple[PlanWish, ...]:
        """Return the wishes missed by a visit at that clinic wall time with that clinician."""
        misses = {
            PlanWish.CLINICIAN: self.clinician_id is not None and clinician_id != self.clinician_id,
            PlanWish.WEEKDAY: self.weekdays and wall.weekday() not in self.weekdays,
            PlanWish.PART: self.parts and part_of(wall) not in self.parts,
        }
        return tuple(wish for wish, is_missed in misses.items() if is_missed)


@dataclass(frozen=True, slots=True)
class PlanTask:
    """What to plan: the visits from `first` to `last`.

    `slots` are the free times of each visit that has no time; `booked` are visits among them that
    have a time and stay there. Dates count from `previous_on`, the date of the visit before or the
    day of enrolling. `expires_on` is the last date on which a visit may be. It is None while visit
    1 has no time; then the package lasts `validity_days` from visit 1. `last_on` is the horizon,
    the last date of any slot. All dates are clinic dates in `zone`.
    """

    first: int
    slots: Mapping[int, Sequence[Slot]]
    previous_on: date
    rules: PackageRules
    zone: str
    validity_days: int
    last_on: date
    last: int
    previous_clinician: Id | None = None
    expires_on: date | None = None
    booked: Mapping[int, Slot] = field(default_factory=dict)
    wishes: PlanWishes = field(default_factory=PlanWishes)

    @property
    def numbers(self) -> range:
        """The numbers of the visits to plan, including those that are booked."""
        return range(self.first, self.last + 1)


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """A visit with its time.

    `window` counts from the visit before it in the plan. `missed` are the wishes its time misses.
    """

    number: int
    slot: Slot
    on: date
    window: Window
    is_booked: bool
    missed: tuple[PlanWish, ...] = ()

    @property
    def is_late(self) -> bool:
        """Whether it is past its target latest date, which is allowed."""
        return self.window.target_latest is not None and self.on > self.window.target_latest


@dataclass(frozen=True, slots=True)
class Plan:
    """The visits that have a time, in order, and those that have none.

    `reason` says why the first visit of `unplaced` has none. `moved` are the visits that could not
    stay at their chosen time.
    """

    visits: tuple[PlannedVisit, ...]
    unplaced: tuple[int, ...] = ()
    reason: Reason | None = None
    moved: tuple[int, ...] = ()

    @property
    def slots(self) -> dict[int, Slot]:
        """The times of the visits that are not booked already, by visit number."""
        return {one.number: one.slot for one in self.visits if not one.is_booked}


def best_plan(task: PlanTask, chosen: Mapping[int, Slot] | None = None) -> Plan:
    """Return the plan that costs least.

    Visits in `chosen` stay at those times. Where the spacing does not allow that, as few as
    possible of the next ones are planned again; the plan names them in `moved`.
    """
    fixed = dict(chosen or {})
    moved: list[int] = []
    # Each round frees one visit, so it ends. Only a fixed visit at or after the first one without a
    # time can be in the way.
    while True:
        cost = _cheapest(task, fixed)
        without_time = task.first + len(cost.slots)
        in_the_way = min((number for number in fixed if number >= without_time), default=None)
        if in_the_way is None:
            return _plan(task, cost, moved)
        del fixed[in_the_way]
        moved.append(in_the_way)


def soonest_finish(task: PlanTask) -> Plan:
    """Return the plan with as many visits as possible that ends first; other costs come after."""
    return _plan(task, _cheapest(task, finish_first=True))


def same_time(task: PlanTask) -> Plan:
    """Return the cheapest plan with all new visits on one weekday at one clinic wall time."""

    def weekly(slot: Slot) -> tuple[int, int, int]:
        wall = _wall(slot.starts_at, task.zone)
        return wall.weekday(), wall.hour, wall.minute

    return _cheapest_alike(task, weekly)


def same_clinician(task: PlanTask) -> Plan:
    """Return the cheapest plan with one clinician for all new visits."""
    return _cheapest_alike(task, lambda slot: slot.clinician_id)


def alternatives(task: PlanTask, best: Plan) -> dict[str, Plan]:
    """Return the other plans worth showing, by name.

    They differ from `best` and from each other, and leave no more visits without a time.
    """
    found: dict[str, Plan] = {}
    shown = [best.slots]
    for make in (soonest_finish, same_time, same_clinician):
        plan = make(task)
        if len(plan.unplaced) <= len(best.unplaced) and plan.slots not in shown:
            found[make.__name__] = plan
            shown.append(plan.slots)
    return found


def _cheapest_alike(task: PlanTask, key_of: Callable[[Slot], object]) -> Plan:
    """Return the cheapest of the plans whose new visits all have the same key."""
    # Visits of one length share one list of slots, so each list is parted once.
    parted: dict[int, dict[object, list[Slot]]] = {}
    alike: dict[object, dict[int, Sequence[Slot]]] = {}
    for number, slots in task.slots.items():
        if id(slots) not in parted:
            parts = parted[id(slots)] = {}
            for slot in slots:
                parts.setdefault(key_of(slot), []).append(slot)
        for key, some in parted[id(slots)].items():
            alike.setdefault(key, {})[number] = some
    best = Cost(unplaced=len(task.numbers))
    tasks = [replace(task, slots=slots) for slots in alike.values()]
    for least, one in sorted(((_least(one), one) for one in tasks), key=itemgetter(0)):
        # From here on no plan can be as cheap as the best one so far.
        if least > best[: len(least)]:
            break
        best = min(best, _cheapest(one))
    return _plan(task, best)


def _least(task: PlanTask) -> tuple[int, ...]:
    """Return the least that any plan can cost, as the items of a Cost up to `last`.

    Every visit takes the first date that the spacing allows, whatever else that would cost. A later
    date of one visit never makes an earlier one possible for the next.
    """
    previous_on, placed = task.previous_on, 0
    dates: dict[int, list[date]] = {}
    for number in task.numbers:
        set_at = task.booked.get(number)
        if set_at is not None:
            previous_on = clinic_date(set_at.starts_at, task.zone)
        else:
            slots = task.slots.get(number, ())
            if id(slots) not in dates:
                walls = (_wall(slot.starts_at, task.zone) for slot in slots)
                dates[id(slots)] = sorted({wall.date() for wall in walls})
            earliest = window(number, previous_on=previous_on, rules=task.rules).earliest
            index = bisect_left(dates[id(slots)], earliest)
            if index == len(dates[id(slots)]):
                break
            previous_on = dates[id(slots)][index]
        placed += 1
    last = previous_on.toordinal() if placed else 0
    return len(task.numbers) - placed, 0, 0, 0, 0, last


@lru_cache(maxsize=2**15)
def _wall(at: datetime, zone: str) -> datetime:
    """Return the clinic wall time of an instant."""
    # Cached: each start is asked for many times, by several visits and plans.
    return at.astimezone(ZoneInfo(zone))


def _cheapest(
    task: PlanTask, fixed: Mapping[int, Slot] | None = None, *, finish_first: bool = False
) -> Cost:
    """Return the cheapest series of visits within the package's days.

    While visit 1 has no date, the last day depends on it. The series is nearly always short enough;
    if not, each date of visit 1 is tried with the last day that follows from it.
    """
    options = _options(task, fixed or {})
    start = Start(task.previous_on, task.previous_clinician, task.rules)

    def search(within: Sequence[Options]) -> Cost:
        return cheapest(task.first, within, start, finish_first=finish_first)

    found = search(options)
    if task.first > 1 or found.last - _day_of_first(task, found) <= task.validity_days:
        return found
    first_days = {day for dates in options[0].values() for day in dates}
    return min(
        search(
            [
                _between(options[0], day, day),
                *(_between(one, day, day + task.validity_days) for one in options[1:]),
            ]
        )
        for day in first_days
    )


def _day_of_first(task: PlanTask, found: Cost) -> int:
    """Return the date of the first visit as an ordinal, `found.last` if there is no visit."""
    if not found.slots:
        return found.last
    return clinic_date(found.slots[0].starts_at, task.zone).toordinal()


def _between(options: Options, first: int, last: int) -> Options:
    """Return the options from one date to another, both ordinals and included."""
    return {
        clinician: {day: choice for day, choice in dates.items() if first <= day <= last}
        for clinician, dates in options.items()
    }


def _options(task: PlanTask, fixed: Mapping[int, Slot]) -> list[Options]:
    """Return for each visit its options: the best time on each date with each clinician."""
    made: dict[int, Options] = {}
    found: list[Options] = []
    for number in task.numbers:
        set_at = task.booked.get(number) or fixed.get(number)
        if set_at is not None:
            day = _wall(set_at.starts_at, task.zone).toordinal()
            found.append({set_at.clinician_id: {day: DatedSlot(0, set_at)}})
            continue
        slots = task.slots.get(number, ())
        # Visits of one length share one list of slots, so the work is done once for each list.
        if id(slots) not in made:
            made[id(slots)] = _choices(task, slots)
        found.append(made[id(slots)])
    return found


def _choices(task: PlanTask, slots: Iterable[Slot]) -> Options:
    """Return the best of these slots on each date with each clinician, within the limits."""
    earliest = task.wishes.earliest_on or date.min
    latest = task.expires_on or date.max
    best: dict[Id, dict[int, DatedSlot]] = {}
    for slot in slots:
        wall = _wall(slot.starts_at, task.zone)
        day = wall.toordinal()
        if not earliest.toordinal() <= day <= latest.toordinal():
            continue
        choice = DatedSlot(len(task.wishes.missed(wall, slot.clinician_id)), slot)
        dates = best.setdefault(slot.clinician_id, {})
        if day not in dates or choice < dates[day]:
            dates[day] = choice
    return best


def _plan(task: PlanTask, cost: Cost, moved: Sequence[int] = ()) -> Plan:
    """Return the plan for a series, with windows, missed wishes, and why it stops where it does."""
    visits: list[PlannedVisit] = []
    previous_on = task.previous_on
    # Not strict: a series may have fewer visits than there are to plan.
    for number, slot in zip(task.numbers, cost.slots, strict=False):
        its_window = window(number, previous_on=previous_on, rules=task.rules)
        previous_on = clinic_date(slot.starts_at, task.zone)
        is_booked = number in task.booked
        missed = (
            ()
            if is_booked
            else task.wishes.missed(_wall(slot.starts_at, task.zone), slot.clinician_id)
        )
        visits.append(PlannedVisit(number, slot, previous_on, its_window, is_booked, missed))
    unplaced = tuple(task.numbers[len(visits) :])
    reason = _why_not(task, visits, unplaced[0], previous_on) if unplaced else None
    return Plan(tuple(visits), unplaced, reason, tuple(moved))


def _why_not(
    task: PlanTask, visits: Sequence[PlannedVisit], number: int, previous_on: date
) -> Reason:
    """Return why visit `number` has no time, after these visits and counted from `previous_on`."""
    its_window = window(number, previous_on=previous_on, rules=task.rules)
    earliest = max(its_window.earliest, task.wishes.earliest_on or date.min)
    expires_on = task.expires_on
    if task.first == 1 and visits:
        expires_on = visits[0].on + timedelta(days=task.validity_days)
    last_on = min(task.last_on, expires_on or date.max)
    values: dict[str, object] = {"visit": number, "earliest": earliest, "last": last_on}
    if earliest > last_on:
        text = msg(
            "Visit %(visit)s can be from %(earliest)s on: later than %(last)s, our last day."
        )
        return Reason("no_day_left", text, values)
    text = msg("For visit %(visit)s no time is free from %(earliest)s to %(last)s.")
    return Reason("none_free", text, values)
