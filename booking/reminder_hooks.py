"""What other rooms ask a patient to do before a visit, said in its reminder in neutral words."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from booking.models import Appointment


@dataclass(frozen=True)
class Invitation:
    """One line of a reminder and the address it leads to. No health word in either."""

    text: str
    url: str


_ASKING: list[Callable[[Appointment, datetime], Invitation | None]] = []


def invite(ask: Callable[[Appointment, datetime], Invitation | None]) -> None:
    """Register somebody who may add a line to the reminder of a visit sent at that time."""
    _ASKING.append(ask)


def invitations(appointment: Appointment, now: datetime) -> list[Invitation]:
    """Return the lines for a reminder of this visit that is sent at `now`."""
    found = (ask(appointment, now) for ask in _ASKING)
    return [one for one in found if one is not None]
