"""What the clinic's clock shows at another time than was promised, found in a few statements.

A row keeps how far its promised wall time was ahead of UTC. Today's zone data say how far the
clock is ahead, from one change to the next; where the two differ, the clock law has changed since.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.conf import settings
from django.db.models import Q, QuerySet

from booking.models import Appointment, Closure, ExtraOpening
from booking.promised_times.obstacles import Obstacles
from booking.reasons import Reason
from clinic.practice.promised import shows_another_time

Period = TypeVar("Period", Closure, ExtraOpening)


@dataclass(frozen=True)
class OtherTime:
    """A visit at which the clock shows another time than was promised, and why it stays so.

    `promised_at` is the instant at which it shows the promised one. No `reasons`: it can be put
    back.
    """

    visit: Appointment
    promised_at: datetime
    reasons: tuple[Reason, ...]

    @property
    def other_zone(self) -> str:
        """The zone in which the time was promised, if it is not the clinic's; else empty."""
        zone = self.visit.promised_zone
        return "" if zone == settings.CLINIC_TIME_ZONE else zone


def at_another_time(now: datetime) -> Q:
    """Return the condition of booked visits and kept times ahead that show another time."""
    kept = Q(status="held", hold_until__gt=now, starts_at__gt=now)
    ahead = Q(status="booked", starts_at__gt=now) | kept
    return ahead & shows_another_time("starts_at", "start_offset", now)


def visits_at_another_time(now: datetime) -> QuerySet[Appointment]:
    """Return the booked visits and kept times ahead at which the clock shows another time."""
    rows = Appointment.objects.filter(at_another_time(now))
    return rows.select_related("patient", "clinician", "room", "service").order_by(
        "starts_at", "pk"
    )


def with_reasons(visits: Sequence[Appointment], now: datetime) -> list[OtherTime]:
    """Return these visits, each with what is in its way at the promised time."""
    if not visits:
        return []
    obstacles = Obstacles(visits, now)
    found = ((visit, *obstacles.found(visit)) for visit in visits)
    return [OtherTime(visit, moved.starts_at, tuple(why)) for visit, moved, why in found]


def periods_at_another_time(model: type[Period], now: datetime) -> QuerySet[Period]:
    """Return the closures or extra openings, not over, that begin or end at another time."""
    begins = Q(starts_at__gt=now) & shows_another_time("starts_at", "start_offset", now)
    ends = Q(ends_at__gt=now) & shows_another_time("ends_at", "end_offset", now)
    return model._default_manager.filter(begins | ends).order_by("starts_at", "pk")


def is_zone_chosen() -> bool:
    """Return whether the clinic's zone stands: from the first visit on.

    Until then it is chosen freely. A change after that promises nothing new: every visit ahead
    stands on the list "The clock law changed", where it is put back to its promised wall time.
    """
    return Appointment.objects.agreed().exists()


def unchecked_promises(now: datetime) -> int:
    """Return how many visits ahead were promised by zone data that nobody knows any more.

    They were booked before promises were kept, on a machine without zone files of its own.
    """
    return Appointment.objects.upcoming(now).filter(is_promise_checked=False).count()


def periods_in_words(now: datetime) -> Iterable[Closure | ExtraOpening]:
    """Yield the closures and extra openings at another time, with whose they are."""
    yield from periods_at_another_time(Closure, now).select_related("clinician", "room")
    yield from periods_at_another_time(ExtraOpening, now).select_related("clinician", "room")
