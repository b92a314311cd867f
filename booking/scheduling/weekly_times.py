"""Weekly hours on dates, and those of the clinic itself where none are entered."""

# mypy: disallow-any-explicit

from collections.abc import Iterable, Sequence
from datetime import time

from booking.scheduling.clinic_days import ClinicDay
from booking.scheduling.intervals import Intervals, merge
from booking.scheduling.timetable import HoursRange

# On dates for which no hours of the clinic are entered. A call has to be due at some time.
DEFAULT_WEEK = tuple(HoursRange(weekday, time(8), time(17)) for weekday in range(5))


def weekly_times(ranges: Iterable[HoursRange], dates: Sequence[ClinicDay]) -> Intervals:
    """Return when these ranges are open on these dates, in no order."""
    # Sorted by weekday once; a search goes through half a year of dates.
    by_weekday: list[list[HoursRange]] = [[] for _weekday in range(7)]
    for one in ranges:
        by_weekday[one.weekday].append(one)
    return [
        (day.at(opening.starts), day.at(opening.ends))
        for day in dates
        for opening in by_weekday[day.date.weekday()]
        if opening.is_in_force(day.date)
    ]


def clinic_times(ranges: Sequence[HoursRange], dates: Sequence[ClinicDay]) -> Intervals:
    """Return when the clinic is open on these dates by its weekly hours, merged.

    On a date on which none of the ranges is in force, whatever their weekdays, DEFAULT_WEEK counts:
    so hours from a day on leave the days before alone, and no date is closed for want of an entry.
    """
    entered: list[ClinicDay] = []
    not_entered: list[ClinicDay] = []
    for day in dates:
        is_entered = any(one.is_in_force(day.date) for one in ranges)
        (entered if is_entered else not_entered).append(day)
    return merge(weekly_times(ranges, entered) + weekly_times(DEFAULT_WEEK, not_entered))
