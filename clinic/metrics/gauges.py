"""The numbers that are read from the database when `/metrics` is asked. Each app registers its own.

No label holds anything of a person, an id or an address: a gauge has one label at most, and its
values are those that the reader lists in the code.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from clinic.database.clock import database_now
from clinic.database.sealed import SealBroken

PREFIX = "run_ready_"
# By value of the label, "" where there is none. What is unknown is left out.
Numbers = Mapping[str, float | None]


@dataclass(frozen=True)
class GaugeSource:
    """A gauge: its name without the prefix, what it says, and who reads it.

    `read` gets the time of the database (aware, UTC) and makes one statement.
    """

    name: str
    words: str
    read: Callable[[datetime], Numbers]
    label: str = ""


_SOURCES: dict[str, GaugeSource] = {}


def register_gauges(*sources: GaugeSource) -> None:
    """Have `/metrics` show these too."""
    _SOURCES.update({one.name: one for one in sources})


def sources() -> list[GaugeSource]:
    """Return every gauge that is registered."""
    return list(_SOURCES.values())


class RowsCollector(Collector):
    """Reads every gauge. With the database away there is only the line that says so."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            now = database_now()
            yield from [_family(source, now) for source in sources()]
            answers = 1
        except (DatabaseError, SealBroken):
            answers = 0
        yield GaugeMetricFamily(
            f"{PREFIX}database_up", "Whether the database answers this process.", value=answers
        )


def _family(source: GaugeSource, now: datetime) -> GaugeMetricFamily:
    labels = [source.label] if source.label else []
    family = GaugeMetricFamily(PREFIX + source.name, source.words, labels=labels)
    for value, number in source.read(now).items():
        if number is not None:
            family.add_metric([value] if labels else [], number)
    return family


def seconds_since(moment: datetime | None, now: datetime) -> float | None:
    """Return how long ago that was, None if it never was."""
    return None if moment is None else (now - moment).total_seconds()
