"""What becomes of a form sent ahead of a visit when the visit moves: said by whose form it is."""

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from booking.models import Appointment

# A visit and its new start; None while none is chosen. Sentences by visit, none where nothing is.
Moves = Mapping[Appointment, datetime | None]
_TELLING: list[Callable[[Moves, datetime], Mapping[UUID, str]]] = []


def tell_of_moves(tell: Callable[[Moves, datetime], Mapping[UUID, str]]) -> None:
    """Register somebody who says what moves at that time would do to a form of theirs."""
    _TELLING.append(tell)


def forms_after(moves: Moves, now: datetime) -> dict[UUID, str]:
    """Return for each visit what is to be said, if anything, of the form before it."""
    found: dict[UUID, str] = {}
    for tell in _TELLING:
        found.update(tell(moves, now))
    return found
