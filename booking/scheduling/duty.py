"""Who is on duty at an instant, from when people work."""

# mypy: disallow-any-explicit

from collections.abc import Mapping, Sequence

from booking.scheduling.clinic_days import ClinicDay
from booking.scheduling.intervals import EVER, Intervals, contains, subtract
from booking.scheduling.timetable import Id


def on_duty(working: Mapping[Id, Intervals], now: int) -> list[Id]:
    """Return those who work at `now`; if nobody does, those who begin next.

    `working` has each person's hours without time off, merged. The instant is in whole seconds
    since 1970. Empty when nobody works then or later.
    """
    if here := [one for one, times in working.items() if contains(times, now)]:
        return here
    begins = {
        one: start for one, times in working.items() if (start := _next(times, now)) is not None
    }
    first = min(begins.values(), default=EVER[1])
    return [one for one, start in begins.items() if start == first]


def is_away(planned: Intervals, *, off: Intervals, leave: Intervals, day: ClinicDay) -> bool:
    """Return whether time off takes all of a person's hours on this date.

    `off` are the closures of everybody and her own ones, `leave` her own alone; all are merged. On
    a date without hours her own have to take the whole date: so somebody on a week's leave is away
    on its Sunday too, and somebody who is free on Mondays is not on a holiday.
    """
    return not subtract(planned, off) if planned else not subtract([(day.begins, day.ends)], leave)


def _next(times: Sequence[tuple[int, int]], now: int) -> int | None:
    return next((start for start, _end in times if start > now), None)
