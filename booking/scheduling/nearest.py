"""Find the free times nearest to a time that was lost, or to a visit that moves."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings

from booking.scheduling.queries import Search, free_slots_for
from booking.scheduling.slot_choices import TimeChoice, named
from booking.scheduling.timetable import Slot
from clinic.practice.wall_time import clinic_date

# How many times to offer instead of one that was lost.
AFTER_A_LOSS = 3
_DAYS_AROUND = 7


def nearest_slots(
    slots: Iterable[Slot], at: datetime, *, clinician_id: int, most: int
) -> list[Slot]:
    """Return up to `most` of the slots nearest to that instant, by start, one for each start.

    Where several clinicians are free at one start, this clinician is preferred.
    """
    by_distance = sorted(
        slots,
        key=lambda slot: (
            abs(slot.starts_at - at),
            slot.starts_at,
            slot.clinician_id != clinician_id,
        ),
    )
    # Of two starts at the same distance the earlier comes first.
    nearest: dict[datetime, Slot] = {}
    for slot in by_distance:
        if len(nearest) == most:
            break
        nearest.setdefault(slot.starts_at, slot)
    return [nearest[start] for start in sorted(nearest)]


def nearest_to_lost(search: Search, at: datetime, clinician_id: int) -> list[TimeChoice]:
    """Return the three free times nearest to a lost one, from a week before to a week after it."""
    today = clinic_date(search.now, settings.CLINIC_TIME_ZONE)
    day = clinic_date(at, settings.CLINIC_TIME_ZONE)
    first = max(today, day - timedelta(days=_DAYS_AROUND))
    days = (day - first).days + _DAYS_AROUND + 1
    slots = free_slots_for(search, first_day=first, days=days)
    return named(nearest_slots(slots, at, clinician_id=clinician_id, most=AFTER_A_LOSS))
