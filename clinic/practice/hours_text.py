"""Hours of the week as people type and read them: "8-12, 1 pm-5:30 pm", and days that are alike."""

# mypy: disallow-any-explicit

import re
from collections.abc import Iterable, Sequence
from datetime import time
from itertools import pairwise

TimeRange = tuple[time, time]

_TIME = r"(\d{1,2})(?:[:.](\d{2}))? *(am|pm|a\.m\.|p\.m\.)?"
_RANGE = re.compile(rf"{_TIME} *(?:-|–|to) *{_TIME}", re.I)
_SEPARATOR = re.compile(r"[,;\n]|\band\b")


def read_ranges(text: str) -> list[TimeRange] | None:
    """Return the ranges in order, or None when the text cannot be read. An empty text has none.

    Hours are read by the 24-hour clock unless am or pm is given. "12 am" is midnight and can only
    begin a range. Every range ends after it starts, and no two overlap.
    """
    found = []
    for piece in (one.strip() for one in _SEPARATOR.split(text)):
        if not piece:
            continue
        match = _RANGE.fullmatch(piece)
        if match is None:
            return None
        # Hour, minute and half of the day, first of the start and then of the end.
        starts, ends = _time(*match.groups()[:3]), _time(*match.groups()[3:])
        if starts is None or ends is None or ends <= starts:
            return None
        found.append((starts, ends))
    found.sort()
    if any(after[0] < before[1] for before, after in pairwise(found)):
        return None
    return found


def _time(hour: str, minute: str | None, half: str | None) -> time | None:
    """Return the wall time, or None when there is none like it. `half` is "am", "p.m." etc."""
    hours, minutes = int(hour), int(minute or 0)
    if half is not None:
        if not 1 <= hours <= 12:
            return None
        # 12 am is 0 and 12 pm is 12.
        hours = hours % 12 + (12 if half[0] in "pP" else 0)
    return time(hours, minutes) if hours < 24 and minutes < 60 else None


def write_ranges(ranges: Iterable[TimeRange]) -> str:
    """Return the ranges as `read_ranges` reads them: "8:00-12:00, 13:00-17:30"."""
    return ", ".join(
        f"{starts.hour}:{starts.minute:02}-{ends.hour}:{ends.minute:02}"
        for starts, ends in sorted(ranges)
    )


def alike_days(week: Sequence[Sequence[TimeRange]]) -> list[tuple[list[range], list[TimeRange]]]:
    """Return the weekdays with hours, those of the same hours together, the earliest day first.

    `week` has the ranges of each weekday, Monday first. The days of a group are runs of weekdays
    that follow each other: Monday to Wednesday and Friday are `[range(0, 3), range(4, 5)]`.
    """
    days: dict[tuple[TimeRange, ...], list[range]] = {}
    for weekday, ranges in enumerate(week):
        if not ranges:
            continue
        runs = days.setdefault(tuple(sorted(ranges)), [])
        if runs and runs[-1].stop == weekday:
            runs[-1] = range(runs[-1].start, weekday + 1)
        else:
            runs.append(range(weekday, weekday + 1))
    return [(runs, list(ranges)) for ranges, runs in days.items()]
