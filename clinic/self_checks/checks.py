"""The list of what `manage.py verify` looks at. An app registers its checks in AppConfig.ready.

A check reads and changes nothing. `/health/ready` stands on the cheap ones, which take a statement
or none, since a probe asks every few seconds.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from clinic.operations.logs import kind_and_place


@dataclass(frozen=True)
class CheckResult:
    """What a check saw, in a few words, and a sentence for each thing that is wrong."""

    seen: str
    faults: tuple[str, ...] = ()


Look = Callable[[datetime], CheckResult]


@dataclass(frozen=True)
class SelfCheck:
    """One line of `manage.py verify`. `look` gets the time of the database (aware, UTC)."""

    position: int
    title: str
    look: Look
    is_cheap: bool = False


@dataclass(frozen=True)
class CheckLine:
    """The outcome of one check."""

    title: str
    findings: CheckResult

    @property
    def is_right(self) -> bool:
        return not self.findings.faults


_CHECKS: list[SelfCheck] = []


def register_check(check: SelfCheck) -> None:
    """Have `manage.py verify` look at this too, in the order of the positions."""
    _CHECKS.append(check)
    _CHECKS.sort(key=attrgetter("position"))


def look_at_all(now: datetime) -> Iterator[CheckLine]:
    """Yield a line for each check. One that cannot be made is a fault, and the others go on."""
    for check in _CHECKS:
        yield _line(check, now)


def ready_faults(now: datetime) -> list[str]:
    """Return what keeps the site from working: the faults of the cheap checks."""
    lines = (_line(check, now) for check in _CHECKS if check.is_cheap)
    return [fault for line in lines for fault in line.findings.faults]


def _line(check: SelfCheck, now: datetime) -> CheckLine:
    try:
        return CheckLine(check.title, check.look(now))
    except Exception as error:  # whatever it is: this check could not be made, and the rest can
        # Its kind and place only: the text of an error may hold what a patient answered.
        return CheckLine(
            check.title, CheckResult("", (f"Could not be looked at: {kind_and_place(error)}.",))
        )
