"""Days and times as a page offers them, and a chosen time read back from a form."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from booking.models import Appointment
from booking.scheduling.queries import Search, free_slots_for, one_per_start
from booking.scheduling.timetable import Slot
from clinic.models.people import Clinician
from clinic.practice.wall_time import clinic_date

DAYS_SHOWN = 14
NOON, EVENING = 12, 17

# What a calendar page can mean; nearer the ends of time, adding a day fails.
YEARS = range(2000, 2201)


@dataclass(frozen=True)
class DayChoice:
    """One day with how many times it offers."""

    day: date
    count: int


@dataclass(frozen=True)
class TimeChoice:
    """One time to choose; `value` is what the form sends, `start|clinician`.

    `is_kept` tells that whoever looks keeps this very time already.
    """

    starts_at: datetime
    clinician_id: int
    clinician: str
    is_kept: bool = False

    @property
    def value(self) -> str:
        return f"{self.starts_at.astimezone(UTC):%Y-%m-%dT%H:%MZ}|{self.clinician_id}"


def named(slots: Iterable[Slot]) -> list[TimeChoice]:
    """Return the slots as times to choose, each with its clinician's name. One statement."""
    names = dict(Clinician.objects.values_list("pk", "name"))
    return [TimeChoice(*_key(slot), names[slot.clinician_id]) for slot in slots]


@dataclass(frozen=True)
class Choices:
    """The days of one stretch, the chosen day, and its times by part of the day."""

    days: tuple[DayChoice, ...]
    chosen: date | None
    morning: tuple[TimeChoice, ...]
    afternoon: tuple[TimeChoice, ...]
    evening: tuple[TimeChoice, ...]
    later: date
    earlier: date | None

    @property
    def count(self) -> int:
        """How many times the chosen day has."""
        return len(self.morning) + len(self.afternoon) + len(self.evening)

    @property
    def parts(self) -> list[tuple[str, tuple[TimeChoice, ...]]]:
        """The times of the chosen day, each part of it with its name."""
        return [
            (_("Morning"), self.morning),
            (_("Afternoon"), self.afternoon),
            (_("Evening"), self.evening),
        ]


def choices(
    search: Search, *, first_day: date, chosen: date | None, names: dict[int, str], today: date
) -> Choices:
    """Return what is free on the fourteen clinic dates from `first_day`.

    "Anyone" (no clinician in the search) shows each time once, with the clinician who has the
    fewest visits that day. Without a chosen day the first one with a time is taken.
    """
    slots = free_slots_for(search, first_day=first_day, days=DAYS_SHOWN)
    zone = settings.CLINIC_TIME_ZONE
    counts = Counter(clinic_date(at, zone) for at in {slot.starts_at for slot in slots})
    days = tuple(
        DayChoice(day, counts[day])
        for day in (first_day + timedelta(days=n) for n in range(DAYS_SHOWN))
        if counts[day] or day.weekday() < 5
    )
    if chosen is None or not counts[chosen]:
        chosen = min(counts, default=None)
    times = [] if chosen is None else _times(search, slots, chosen, names)
    hours = [(one.starts_at.astimezone(ZoneInfo(zone)).hour, one) for one in times]
    before = first_day - timedelta(days=DAYS_SHOWN)
    # What is barred before the visit's earliest day is not worth a look.
    begins = max(today, search.earliest_on or today)
    return Choices(
        days,
        chosen,
        tuple(one for hour, one in hours if hour < NOON),
        tuple(one for hour, one in hours if NOON <= hour < EVENING),
        tuple(one for hour, one in hours if hour >= EVENING),
        first_day + timedelta(days=DAYS_SHOWN),
        max(before, begins) if first_day > begins else None,
    )


def _times(
    search: Search, slots: Sequence[Slot], chosen: date, names: dict[int, str]
) -> list[TimeChoice]:
    zone = settings.CLINIC_TIME_ZONE
    on_day = [slot for slot in slots if clinic_date(slot.starts_at, zone) == chosen]
    kept = _kept(search)
    if search.clinician_id is None and on_day:
        load = Appointment.objects.blocking().touching(on_day[0].starts_at, on_day[-1].ends_at)
        held = {starts_at for starts_at, _clinician_id in kept}
        hers = [one for one in on_day if one.starts_at not in held or _key(one) in kept]
        on_day = one_per_start(hers, Counter(load.values_list("clinician_id", flat=True)))
    return [
        TimeChoice(*_key(slot), names.get(slot.clinician_id, ""), is_kept=_key(slot) in kept)
        for slot in on_day
    ]


def _key(slot: Slot) -> tuple[datetime, int]:
    return slot.starts_at, slot.clinician_id


def _kept(search: Search) -> set[tuple[datetime, int]]:
    """What the asking session keeps: it sees its own times, and should know them again."""
    if not search.holder_key:
        return set()
    own = Appointment.objects.filter(
        holder_key=search.holder_key, status="held", hold_until__gt=search.now
    )
    return set(own.values_list("starts_at", "clinician_id"))


def read_choice(value: str) -> tuple[datetime, int] | None:
    """Return the start (aware UTC) and the clinician of a posted choice, or None."""
    start, _mark, who = value.partition("|")
    clinician = read_number(who)
    if clinician is None:
        return None
    try:
        at = datetime.strptime(start, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    return (at, clinician) if at.year in YEARS else None


def read_day(value: str | None) -> date | None:
    """Return the date of a query value, or None."""
    try:
        day = date.fromisoformat(value or "")
    except ValueError:
        return None
    return day if day.year in YEARS else None


def read_number(value: str) -> int | None:
    """Return the row number of a posted or query value, or None."""
    is_one = value.isascii() and value.isdecimal() and len(value) <= 9
    return int(value) if is_one else None
