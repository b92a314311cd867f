"""The ledger of a package: which entry may be written next, and what the entries add up to.

Every entry moves credits by its delta, and the balance is the sum, never a stored number. Booking a
visit reserves a credit. The reserve is open until the visit is completed (consume), the credit is
used without it (forfeit) or returned (return). A used credit may be returned when the use is undone
or forgiven. Booking the same appointment again starts a new cycle.
"""

# mypy: disallow-any-explicit

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from booking.reasons import Reason, msg

Kind = Literal["grant", "reserve", "return", "forfeit", "consume", "adjust"]

# A credit leaves the balance when it is reserved, so using it changes nothing any more. What is
# granted or adjusted is said by whoever writes it.
DELTAS: dict[Kind, int] = {"reserve": -1, "return": 1, "forfeit": 0, "consume": 0}

NOT_GRANTED = Reason("not_granted", msg("This package has no visits yet."))
ALREADY_GRANTED = Reason("already_granted", msg("This package already has its visits."))
WRONG_DELTA = Reason("wrong_delta", msg("This number of visits doesn’t fit what happened."))
NO_VISITS_LEFT = Reason("no_visits_left", msg("All visits of this package are used or booked."))
TOO_MANY = Reason("too_many", msg("This is more than the visits of the package."))
WRITTEN_ALREADY = Reason("written_already", msg("This has been recorded already."))
STILL_OPEN = Reason("still_open", msg("This visit already has a credit set aside."))
NOTHING_OPEN = Reason("nothing_open", msg("This visit has no credit set aside."))


@dataclass(frozen=True, slots=True)
class Entry:
    """One movement of credits. `cycle` counts the bookings of one appointment, undos included."""

    kind: Kind
    delta: int
    appointment: UUID | int | str | None = None
    cycle: int = 0

    @property
    def booking(self) -> tuple[UUID | int | str | None, int]:
        """The appointment and the cycle this entry is about."""
        return self.appointment, self.cycle


def balance(entries: Sequence[Entry]) -> int:
    """Return the number of credits that are left, that is how many visits can still be booked."""
    return sum(entry.delta for entry in entries)


def open_reserves(entries: Sequence[Entry]) -> set[tuple[UUID | int | str | None, int]]:
    """Return the bookings (appointment and cycle) whose credit is reserved and not decided yet."""
    decided = {e.booking for e in entries if e.kind in ("return", "forfeit", "consume")}
    return {e.booking for e in entries if e.kind == "reserve"} - decided


def reasons_not_to_add(entries: Sequence[Entry], new: Entry) -> list[Reason]:
    """Return the first reason why `new` may not follow these entries; empty when it may.

    Whatever passes leaves the balance within 0 and what was granted, also after every open reserve
    is returned.
    """
    is_granted = any(entry.kind == "grant" for entry in entries)
    if new.kind == "grant":
        return [ALREADY_GRANTED] if is_granted else _wrong_delta(new)
    if not is_granted:
        return [NOT_GRANTED]
    # An adjustment is about the package, not about a booking.
    turn = [] if new.kind == "adjust" else _out_of_turn(entries, new)
    return _wrong_delta(new) or turn or _out_of_bounds(entries, new)


def _wrong_delta(new: Entry) -> list[Reason]:
    # How many visits are granted is what the version says; the database compares the two.
    if new.kind == "grant":
        fits = new.delta > 0
    else:
        fits = new.delta != 0 if new.kind == "adjust" else new.delta == DELTAS[new.kind]
    return [] if fits else [WRONG_DELTA]


def _out_of_turn(entries: Sequence[Entry], new: Entry) -> list[Reason]:
    """Return why `new` may not follow what its booking has in the ledger so far."""
    kinds = {entry.kind for entry in entries if entry.booking == new.booking}
    if new.kind in kinds:
        return [WRITTEN_ALREADY]
    if new.kind == "reserve":
        # Of any cycle: one appointment never has two credits set aside.
        opened = {appointment for appointment, _ in open_reserves(entries)}
        return [STILL_OPEN] if new.appointment in opened else []
    if new.kind == "return":
        # Also after it was used: that is how an undo and forgiving a visit work.
        return [] if "reserve" in kinds else [NOTHING_OPEN]
    return [] if new.booking in open_reserves(entries) else [NOTHING_OPEN]


def _out_of_bounds(entries: Sequence[Entry], new: Entry) -> list[Reason]:
    after = [*entries, new]
    if balance(after) < 0:
        return [NO_VISITS_LEFT]
    # Each open reserve may still come back.
    most = sum(entry.delta for entry in entries if entry.kind == "grant")
    if balance(after) + len(open_reserves(after)) > most:
        return [TOO_MANY]
    return []
