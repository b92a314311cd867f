"""Why a search of some days finds no time at all."""

# mypy: disallow-any-explicit

from collections.abc import Callable, Iterable
from datetime import date

from booking.reasons import Reason, msg
from booking.scheduling.availability import (
    AFTER_LATEST,
    BEFORE_EARLIEST,
    BEYOND_HORIZON,
    CLINICIAN_BUSY,
    CLINICIAN_INACTIVE,
    CLOSED,
    DOES_NOT_DO_SERVICE,
    NEEDS_NOT_MET,
    OUTSIDE_HOURS,
    PAST,
    PATIENT_BUSY,
    PAUSED,
    TOO_SOON,
    dates_in_reach,
    refused_to,
    refused_to_all,
    rooms_when_open,
)
from booking.scheduling.clinic_days import grid
from booking.scheduling.intervals import Intervals, contains, merge
from booking.scheduling.timetable import SlotWish, Timetable

# What each refusal of single times is called when it refuses whole days, from what says most to
# what says least: nobody needs to hear of taken times while the clinic is closed.
_WORDS: tuple[tuple[Reason, str], ...] = (
    (BEYOND_HORIZON, msg("we don’t plan that far ahead yet")),
    (BEFORE_EARLIEST, msg("this visit can’t be that early")),
    (AFTER_LATEST, msg("this visit can’t be that late")),
    (PAUSED, msg("the package is paused")),
    (CLINICIAN_INACTIVE, msg("nobody takes visits")),
    (DOES_NOT_DO_SERVICE, msg("none of the clinicians asked for does this visit")),
    (NEEDS_NOT_MET, msg("it needs a clinician with another skill")),
    (OUTSIDE_HOURS, msg("there are no working hours")),
    (CLOSED, msg("the clinic is closed or the clinician is away")),
    (PAST, msg("that time has passed")),
    (TOO_SOON, msg("it is too soon to book")),
    (CLINICIAN_BUSY, msg("every time is taken")),
    (PATIENT_BUSY, msg("she has another visit then")),
)
NO_ROOM_OPENS = Reason("no_room_open", msg("no room is open"))
EVERY_ROOM_TAKEN = Reason("no_room", msg("no room is free"))
# Those that say why some of the time is left out, where the rest is lost for another reason.
_WORTH_SAYING = {CLOSED.code, CLINICIAN_BUSY.code, PATIENT_BUSY.code}


def reasons_for_none(
    timetable: Timetable,
    wish: SlotWish,
    *,
    first_day: date,
    days: int,
    is_wanted: Callable[[int], bool],
) -> list[Reason]:
    """Return why no visit can start on these clinic dates; for a search that found nothing.

    `is_wanted` says whether somebody looks for a start (seconds since 1970): one in the morning,
    for example. The last reason is what took the last times away. Those before it took some.
    """
    dates = dates_in_reach(timetable.zone, wish, first_day, days)
    starts = [start for start in grid(dates, wish.grid_minutes) if is_wanted(start)]
    if not dates:
        return [_in_words(BEYOND_HORIZON)]
    left = {(hours.clinician_id, start) for hours in timetable.clinicians for start in starts}
    if not timetable.clinicians:
        return [_in_words(CLINICIAN_INACTIVE)]
    tables = [
        (hours.clinician_id, reason, merge(refused))
        for hours in timetable.clinicians
        for reason, refused in (
            *refused_to_all(timetable, wish),
            *refused_to(hours, timetable, wish, dates),
        )
    ]
    found: list[Reason] = []
    for reason, _text in _WORDS:
        refusing = {who: refused for who, one, refused in tables if one == reason}
        still = {(who, start) for who, start in left if not contains(refusing.get(who, []), start)}
        if still != left and (not still or reason.code in _WORTH_SAYING):
            found.append(_in_words(reason))
        left = still
        if not left:
            return found
    # A time is left for a clinician, so the rooms refused it.
    closed = [refused for _room, refused in rooms_when_open(timetable, wish, dates)]
    is_open = any(_is_open(closed, start) for _who, start in left)
    return [*found, EVERY_ROOM_TAKEN if is_open else NO_ROOM_OPENS]


def _is_open(rooms: Iterable[Intervals], start: int) -> bool:
    return any(not contains(refused, start) for refused in rooms)


def _in_words(reason: Reason) -> Reason:
    return Reason(reason.code, dict(_WORDS)[reason])
