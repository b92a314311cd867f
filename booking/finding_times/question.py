"""What a person looks for: from which day on, in which part of the day, with which clinician."""

# mypy: disallow-any-explicit

from dataclasses import dataclass, replace
from datetime import date, datetime
from urllib.parse import urlencode

from booking.scheduling.parts_of_day import Part, part_of


@dataclass(frozen=True)
class TimeQuestion:
    """From the clinic date `day`, in a part of the day, with a clinician; None for any.

    `whole` is the date of which all times are wanted, not only the first few.
    """

    day: date | None = None
    part: Part | None = None
    clinician_id: int | None = None
    whole: date | None = None

    def fits(self, wall: datetime) -> bool:
        """Return whether a clinic wall time is in the part of the day that is asked for."""
        return self.part in (None, part_of(wall))

    def from_day(self, day: date | None) -> "TimeQuestion":
        """Return the same question from another day on."""
        return replace(self, day=day, whole=None)

    @property
    def pairs(self) -> dict[str, str]:
        """The question as names and values, for an address or hidden fields."""
        named = {
            "from": self.day and self.day.isoformat(),
            "part": self.part and self.part.value,
            "who": self.clinician_id and str(self.clinician_id),
            "whole": self.whole and self.whole.isoformat(),
        }
        return {name: value for name, value in named.items() if value}

    @property
    def query(self) -> str:
        """The question as the query of an address."""
        return urlencode(self.pairs)
