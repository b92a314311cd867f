"""Morning, afternoon and evening: the parts of the day in which people look for a time."""

# mypy: disallow-any-explicit

from datetime import datetime
from enum import StrEnum

# Hours of the clinic's clock at which the parts of the day change.
_NOON, _EVENING = 12, 17


class Part(StrEnum):
    """A part of the day by the clinic's clock: before noon, from noon to five, from five on."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


def part_of(wall: datetime) -> Part:
    """Return the part of the day in which a clinic wall time lies."""
    if wall.hour < _NOON:
        return Part.MORNING
    return Part.AFTERNOON if wall.hour < _EVENING else Part.EVENING
