"""Days and times as a page offers them, and the chosen time read back from its form."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from booking.models import Appointment
from booking.scheduling.parts_of_day import Part, part_of
from booking.scheduling.queries import Search, free_slots_for, one_per_start
from booking.scheduling.timetable import Slot
from clinic.models.people import Clinician
from clinic.practice.wall_time import clinic_date

DAYS_SHOWN = 14

# What a page of the calendar can mean. Near `date.min` and `date.max`, adding a day fails.
YEARS = range(2000, 2201)


@dataclass(frozen=True)
class DayChoice:
    """One day, with the number of times it offers."""

    day: date
    count: int


@dataclass(frozen=True)
class TimeChoice:
    """One time to choose; `value` is what the form sends, `start|clinician`.

    `is_kept` means that the session which looks at the page holds this very time.
    """

    starts_at: datetime
    clinician_id: int
    clinician: str
    is_kept: bool = False

    @property
    def value(self) -> str:
        return f"{self.starts_at.astimezone(UTC):%Y-%m-%dT%H:%MZ}|{self.clinician_id}"


def named(slots: Iterable[Slot]) -> list[TimeChoice]:
    """Return the slots as times to choose, with the names of their clinicians. One statement."""
    names = dict(Clinician.objects.values_list("pk", "name"))
    return [TimeChoice(*_key(slot), names[slot.clinician_id]) for slot in slots]


@dataclass(frozen=True)
class Choices:
    """Fourteen days, the chosen one of them, and its times by part of the day.

    `later` and `earlier` are the first days of the next and the previous fourteen; `earlier` is
    None where nothing can be offered before.
    """

    days: tuple[DayChoice, ...]
    chosen: date | None
    morning: tuple[TimeChoice, ...]
    afternoon: tuple[TimeChoice, ...]
    evening: tuple[TimeChoice, ...]
    later: date
    earlier: date | None

    @property
    def count(self) -> int:
        """The number of times on the chosen day."""
        return len(self.morning) + len(self.afternoon) + len(self.evening)

    @property
    def parts(self) -> list[tuple[str, tuple[TimeChoice, ...]]]:
        """The parts of the chosen day, each with its name and times."""
        return [
            (_("Morning"), self.morning),
            (_("Afternoon"), self.afternoon),
            (_("Evening"), self.evening),
        ]


def choices(
    search: Search, *, first_day: date, chosen: date | None, names: dict[int, str], today: date
) -> Choices:
    """Return what is free on the fourteen clinic dates from `first_day`.

    `names` are those of the clinicians, by id. When the search is for any clinician, each time
    appears once, with the clinician who has the fewest visits that day. Without a chosen day, or
    with one that offers nothing, the first day with a time is chosen.
    """
    slots = free_slots_for(search, first_day=first_day, days=DAYS_SHOWN)
    zone = settings.CLINIC_TIME_ZONE
    # Starts, not slots: two clinicians free at one time are one time to choose.
    counts = Counter(clinic_date(at, zone) for at in {slot.starts_at for slot in slots})
    days = tuple(
        DayChoice(day, counts[day])
        for day in (first_day + timedelta(days=n) for n in range(DAYS_SHOWN))
        # Weekends are listed only when something is free: most have no hours at all.
        if counts[day] or day.weekday() < 5
    )
    if chosen is None or not counts[chosen]:
        chosen = min(counts, default=None)
    times = [] if chosen is None else _times(search, slots, chosen, names)
    parts: dict[Part, list[TimeChoice]] = {part: [] for part in Part}
    for one in times:
        parts[part_of(one.starts_at.astimezone(ZoneInfo(zone)))].append(one)
    before = first_day - timedelta(days=DAYS_SHOWN)
    # Before the visit's earliest day there is nothing to look at.
    begins = max(today, search.earliest_on or today)
    return Choices(
        days,
        chosen,
        tuple(parts[Part.MORNING]),
        tuple(parts[Part.AFTERNOON]),
        tuple(parts[Part.EVENING]),
        first_day + timedelta(days=DAYS_SHOWN),
        max(before, begins) if first_day > begins else None,
    )


def _times(
    search: Search, slots: Sequence[Slot], chosen: date, names: dict[int, str]
) -> list[TimeChoice]:
    zone = settings.CLINIC_TIME_ZONE
    on_day = [slot for slot in slots if clinic_date(slot.starts_at, zone) == chosen]
    own = _own_holds(search)
    if search.clinician_id is None and on_day:
        load = Appointment.objects.blocking().touching(on_day[0].starts_at, on_day[-1].ends_at)
        # A start this session holds is shown with the clinician it holds, whoever has less to do.
        own_starts = {starts_at for starts_at, _clinician_id in own}
        shown = [one for one in on_day if one.starts_at not in own_starts or _key(one) in own]
        on_day = one_per_start(shown, Counter(load.values_list("clinician_id", flat=True)))
    return [
        TimeChoice(*_key(slot), names.get(slot.clinician_id, ""), is_kept=_key(slot) in own)
        for slot in on_day
    ]


def _key(slot: Slot) -> tuple[datetime, int]:
    return slot.starts_at, slot.clinician_id


def _own_holds(search: Search) -> set[tuple[datetime, int]]:
    """Return the start and clinician of each time that the asking session holds.

    Its own holds are not in its way, so the page offers them, and marks them.
    """
    if not search.holder_key:
        return set()
    own = Appointment.objects.filter(
        holder_key=search.holder_key, status="held", hold_until__gt=search.now
    )
    return set(own.values_list("starts_at", "clinician_id"))


def read_choice(value: str) -> tuple[datetime, int] | None:
    """Return the start (aware, UTC) and the clinician's id of a posted choice, or None."""
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
    """Return the date in a query value, or None if it is missing or cannot be read."""
    try:
        day = date.fromisoformat(value or "")
    except ValueError:
        return None
    return day if day.year in YEARS else None


def read_number(value: str) -> int | None:
    """Return the id in a posted or query value, or None."""
    # `isdecimal` alone allows other digits, and a longer number would not fit into the column.
    is_one = value.isascii() and value.isdecimal() and len(value) <= 9
    return int(value) if is_one else None
