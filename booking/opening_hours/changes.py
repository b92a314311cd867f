"""What remains of weekly hours when new ones replace them on some dates."""

# mypy: disallow-any-explicit

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from booking.scheduling.timetable import HoursRange

_DAY = timedelta(days=1)


def remaining(ranges: Iterable[HoursRange], *, first: date, last: date | None) -> list[HoursRange]:
    """Return the ranges without the dates from `first` to `last`, both included.

    `last` None takes out everything from `first` on. A range that reaches beyond both dates becomes
    two.
    """
    found = []
    for one in ranges:
        # None as `valid_from` or `valid_until` means that the range has no such end.
        if one.valid_from is None or one.valid_from < first:
            before = first - _DAY
            until = before if one.valid_until is None else min(before, one.valid_until)
            found.append(replace(one, valid_until=until))
        if last is not None and (one.valid_until is None or one.valid_until > last):
            after = last + _DAY
            begins = after if one.valid_from is None else max(after, one.valid_from)
            found.append(replace(one, valid_from=begins))
    return found
