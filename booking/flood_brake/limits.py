"""The limits of what is taken without a proven mailbox, and by when a visit must be confirmed.

They count times in the calendar, not requests: a patient script is as harmful as a quick one.
"""

# mypy: disallow-any-explicit

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from booking.scheduling.availability import open_hours
from booking.scheduling.clinic_days import clinic_days
from booking.scheduling.intervals import merge, subtract
from booking.scheduling.timetable import SlotWish, Timetable

# Visits that wait to be confirmed: at most so many from one network, and over all networks so many
# or this share of the time that is still open for evaluations, whichever is more.
MOST_PER_NETWORK = 3
LEAST_OVER_ALL = 3
SHARE_PERCENT = 10
DAYS_AHEAD = 14

CONFIRMED_WITHIN = timedelta(hours=12)
# For a visit that starts within NEAR.
CONFIRMED_SOON = timedelta(hours=2)
NEAR = timedelta(hours=24)


def confirm_until(starts_at: datetime, booked_at: datetime) -> datetime:
    """Return until when a visit booked then must be confirmed: never later than its start."""
    within = CONFIRMED_SOON if starts_at - booked_at <= NEAR else CONFIRMED_WITHIN
    return min(booked_at + within, starts_at)


def open_minutes(timetable: Timetable, wish: SlotWish, *, today: date) -> int:
    """Return the minutes from `wish.now` on, within 14 clinic dates, that clinicians have left.

    Of every clinician who gives the visit, only stretches that are long enough for it count.
    """
    dates = clinic_days(timetable.zone, today, DAYS_AHEAD)
    past = (0, int(wish.now.timestamp()))
    seconds = 0
    for hours in timetable.clinicians:
        if not (hours.is_active and hours.does_service):
            continue
        away = [
            one.interval
            for one in timetable.closures
            if one.room_id is None and one.clinician_id in (None, hours.clinician_id)
        ]
        busy = timetable.clinician_busy.get(hours.clinician_id, ())
        free = subtract(open_hours(hours, dates), merge([past, *away, *busy]))
        seconds += sum(end - start for start, end in free if end - start >= wish.seconds)
    return seconds // 60


def most_over_all(minutes: int, visit_minutes: int) -> int:
    """Return how many visits may wait to be confirmed at once, with so many minutes left."""
    return max(LEAST_OVER_ALL, minutes * SHARE_PERCENT // 100 // visit_minutes)


@dataclass(frozen=True, slots=True)
class Taken:
    """How many times are taken without a proven mailbox, by the key of the network."""

    by_network: Mapping[str, int] = field(default_factory=dict)

    @property
    def over_all(self) -> int:
        """How many from all networks together."""
        return sum(self.by_network.values())

    def is_full(self, network: str, visits: int, most: int) -> bool:
        """Return whether so many more visits from that network are too many; `most` is over all."""
        return (
            self.by_network.get(network, 0) + visits > MOST_PER_NETWORK
            or self.over_all + visits > most
        )
