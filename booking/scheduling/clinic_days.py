"""Clinic dates and wall times as instants in whole seconds since 1970, over both clock changes."""

# mypy: disallow-any-explicit

from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import lru_cache

from clinic.practice.wall_time import instant


@dataclass(frozen=True, slots=True)
class ClinicDay:
    """One clinic date, from midnight to midnight: 23 or 25 hours when the clocks change."""

    date: date
    begins: int
    ends: int
    zone: str

    @property
    def is_plain(self) -> bool:
        """Whether the clock does not change on this date."""
        return self.ends - self.begins == 24 * 3600

    def at(self, wall: time) -> int:
        """Return the instant at which the clock shows `wall` on this date."""
        # Plain arithmetic on all but two dates of a year: a search asks thousands of times.
        if self.is_plain:
            return self.begins + wall.hour * 3600 + wall.minute * 60 + wall.second
        return int(instant(self.date, wall, self.zone).timestamp())


@lru_cache(maxsize=256)
def clinic_days(zone: str, first: date, days: int) -> tuple[ClinicDay, ...]:
    """Return that many dates from `first` on."""
    dates = [first + timedelta(days=n) for n in range(days)]
    return tuple(
        ClinicDay(day, midnight(day, zone), midnight(day + timedelta(days=1), zone), zone)
        for day in dates
    )


@lru_cache(maxsize=256)
def grid(dates: tuple[ClinicDay, ...], minutes: int) -> tuple[int, ...]:
    """Return the instants on these dates, in order, whose minute is a multiple of `minutes`.

    Of an hour that comes twice, only the first is there. An hour that is skipped adds nothing but
    the instant right after it.
    """
    # A set: in the skipped hour, several wall times are one instant.
    walls = [time(hour, minute) for hour in range(24) for minute in range(0, 60, minutes)]
    return tuple(sorted({day.at(wall) for day in dates for wall in walls}))


@lru_cache(maxsize=2048)
def midnight(day: date, zone: str) -> int:
    """Return the instant at which the date begins."""
    return int(instant(day, time(0), zone).timestamp())
