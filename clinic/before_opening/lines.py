"""The list "Before you open": each line asks the rows, and none is ticked by anybody.

An app registers what it asks in AppConfig.ready. The same list is read in four places: its own
page, `manage.py verify`, the start of the web, and `/health/set-up`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

# Who can mend a line: the names of attributes of the user, as in clinic.site.navigation.
MANAGER, CLINICIAN, ACCESS_ADMIN = "is_manager", "is_clinician", "is_access_admin"
# Nobody on screen: whoever runs the computer.
NOBODY = ""


@dataclass(frozen=True)
class SetUpLine:
    """One line: what it is about, what is missing, and the page on which that is mended.

    `missing` has a sentence for each thing; empty means the line is done. `page` is the name of a
    URL without arguments, `role` who may open it. A line that `holds_up` keeps the public pages
    from being opened for the first time.
    """

    key: str
    title: Any
    page: str
    missing: tuple[Any, ...] = ()
    role: str = MANAGER
    holds_up: bool = True
    # What is there, in a few words: "3 rooms".
    found: Any = ""
    # A line that most clinics never have is on the page only while something is missing.
    hides_when_done: bool = False

    @property
    def is_done(self) -> bool:
        return not self.missing


Source = Callable[[datetime], SetUpLine]
_SOURCES: list[tuple[int, Source]] = []


def register_line(position: int, source: Source) -> None:
    """Have the list ask `source` too. Lines stand in the order of their positions."""
    _SOURCES.append((position, source))
    _SOURCES.sort(key=itemgetter(0))


def all_lines(now: datetime) -> list[SetUpLine]:
    """Return every line of the list, as the rows are now."""
    return [source(now) for _position, source in _SOURCES]


def missing(lines: Iterable[SetUpLine]) -> list[SetUpLine]:
    """Return the lines that are not done."""
    return [one for one in lines if not one.is_done]


def holding_up(lines: Iterable[SetUpLine]) -> list[SetUpLine]:
    """Return the lines that keep the public pages from being opened for the first time."""
    return [one for one in missing(lines) if one.holds_up]
