"""The ledger of a package: what may be written next, and what the entries add up to.

Every entry moves credits by its delta and the balance is the sum, never a stored number. A visit's
credit is reserved when it is booked; the reserve stays open until the visit is completed (consume),
its credit is used without it (forfeit) or given back (return). A credit may be given back after it
was used, when that is undone or forgiven. Booking the same appointment again is a new cycle.
"""

# mypy: disallow-any-explicit

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from booking.reasons import Reason, msg

Kind = Literal["grant", "reserve", "return", "forfeit", "consume", "adjust"]

VISITS_GRANTED = 6
DELTAS: dict[Kind, int] = {
    "grant": VISITS_GRANTED, "reserve": -1, "return": 1, "forfeit": 0, "consume": 0
}  # fmt: skip

NOT_GRANTED = Reason("not_granted", msg("This package has no visits yet."))
ALREADY_GRANTED = Reason("already_granted", msg("This package already has its six visits."))
WRONG_DELTA = Reason("wrong_delta", msg("This number of visits doesn’t fit what happened."))
NO_VISITS_LEFT = Reason("no_visits_left", msg("All visits of this package are used or booked."))
TOO_MANY = Reason("too_many", msg("A package never holds more than six visits."))
WRITTEN_ALREADY = Reason("written_already", msg("This has been recorded already."))
STILL_OPEN = Reason("still_open", msg("This visit already has a credit set aside."))
NOTHING_OPEN = Reason("nothing_open", msg("This visit has no credit set aside."))


@dataclass(frozen=True, slots=True)
class Entry:
    """One movement. `cycle` counts the bookings of one appointment, undo included."""

    kind: Kind
    delta: int
    appointment: UUID | int | str | None = None
    cycle: int = 0

    @property
    def booking(self) -> tuple[UUID | int | str | None, int]:
        """Which booking of which appointment it is about."""
        return self.appointment, self.cycle


def balance(entries: Sequence[Entry]) -> int:
    """Return how many visits are left to book."""
    return sum(entry.delta for entry in entries)


def open_reserves(entries: Sequence[Entry]) -> set[tuple[UUID | int | str | None, int]]:
    """Return the bookings (appointment, cycle) whose credit is set aside and not decided yet."""
    decided = {e.booking for e in entries if e.kind in ("return", "forfeit", "consume")}
    return {e.booking for e in entries if e.kind == "reserve"} - decided


def reasons_not_to_add(entries: Sequence[Entry], new: Entry) -> list[Reason]:
    """Return the first thing that speaks against `new` after these entries; empty when it may be.

    Whatever passes keeps the balance within 0 to 6, also once every open reserve is returned.
    """
    granted = any(entry.kind == "grant" for entry in entries)
    if new.kind == "grant":
        return [ALREADY_GRANTED] if granted else _wrong_delta(new)
    if not granted:
        return [NOT_GRANTED]
    turn = [] if new.kind == "adjust" else _out_of_turn(entries, new)
    return _wrong_delta(new) or turn or _out_of_bounds(entries, new)


def _wrong_delta(new: Entry) -> list[Reason]:
    fits = new.delta != 0 if new.kind == "adjust" else new.delta == DELTAS[new.kind]
    return [] if fits else [WRONG_DELTA]


def _out_of_turn(entries: Sequence[Entry], new: Entry) -> list[Reason]:
    """What has to come before, for one booking of one appointment."""
    kinds = {entry.kind for entry in entries if entry.booking == new.booking}
    if new.kind in kinds:
        return [WRITTEN_ALREADY]
    if new.kind == "reserve":
        opened = {appointment for appointment, _ in open_reserves(entries)}
        return [STILL_OPEN] if new.appointment in opened else []
    if new.kind == "return":
        return [] if "reserve" in kinds else [NOTHING_OPEN]
    return [] if new.booking in open_reserves(entries) else [NOTHING_OPEN]


def _out_of_bounds(entries: Sequence[Entry], new: Entry) -> list[Reason]:
    after = [*entries, new]
    if balance(after) < 0:
        return [NO_VISITS_LEFT]
    if balance(after) + len(open_reserves(after)) > VISITS_GRANTED:
        return [TOO_MANY]
    return []
