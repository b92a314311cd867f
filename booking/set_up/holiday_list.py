"""Holidays that are proposed for a year. A person ticks those on which the clinic is closed.

No list is right by itself: packages disagree about states, and asked for a state this one leaves
days of the country out (docs/decisions/0068). So both lists are shown together.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from holidays import country_holidays

# From this month on the next year's are asked for too.
AUTUMN = 9
_OBSERVED = " (observed)"


@dataclass(frozen=True)
class Proposed:
    """A holiday as it is kept: its date and name, and whether the whole country keeps it."""

    day: date
    name: str
    is_federal: bool


def proposed(year: int, state: str) -> list[Proposed]:
    """Return the holidays of the country and of the state (two letters or "") in order.

    One on a weekend stands beside the working day on which it is kept.
    """
    return list(_of(year, state))


def _of(year: int, state: str) -> Iterator[Proposed]:
    # The first day of a year may be kept on the last day of the year before.
    years = (year, year + 1)
    country = country_holidays("US", years=years)
    here = country_holidays("US", subdiv=state, years=years) if state else {}
    for day in sorted({*country, *here}):
        if day.year == year:
            name = country.get(day) or here[day]
            yield Proposed(day, name.replace(_OBSERVED, ""), day in country)


def years_asked_for(today: date) -> tuple[int, ...]:
    """Return the years whose holidays should be chosen: this one, from autumn on the next too."""
    return (today.year, today.year + 1) if today.month >= AUTUMN else (today.year,)
