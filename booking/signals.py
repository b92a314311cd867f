"""What booking says to an app above, which it does not know."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import cast
from uuid import UUID

from django.db import transaction
from django.dispatch import Signal

from booking.models import Appointment

# Sent with `appointment`, after the transaction has committed.
appointment_booked = Signal()
appointment_cancelled = Signal()
appointment_completed = Signal()

# Sent with `kept`, `joined` and `context`, inside the transaction that merges two rows of a person:
# a receiver that fails stops the merge.
patients_merging = Signal()

# Asked with `moves` and `now`: what would become of a form sent ahead of each visit? A receiver
# answers with a sentence for each visit it has something to say about.
moves_considered = Signal()

# Asked with `appointment` and `now`: is she to do something before the visit? A receiver answers
# with an Invitation for the reminder, or None.
reminder_written = Signal()

# A visit and its new start; None while none is chosen.
Moves = Mapping[Appointment, datetime | None]


@dataclass(frozen=True)
class Invitation:
    """One line of a reminder and the address it leads to. No health word in either."""

    text: str
    url: str


def send_on_commit(signal: Signal, appointment: Appointment) -> None:
    """Send the signal once what it speaks of is stored; a failing receiver harms nobody."""
    transaction.on_commit(partial(signal.send_robust, sender=Appointment, appointment=appointment))


def forms_after(moves: Moves, now: datetime) -> dict[UUID, str]:
    """Return for each visit what is to be said, if anything, of the form before it."""
    found: dict[UUID, str] = {}
    answers = moves_considered.send(sender=Appointment, moves=moves, now=now)
    for _receiver, sentences in cast("list[tuple[object, Mapping[UUID, str]]]", answers):
        found.update(sentences)
    return found


def invitations(appointment: Appointment, now: datetime) -> list[Invitation]:
    """Return the lines for a reminder of this visit that is sent at `now`."""
    answers = reminder_written.send(sender=Appointment, appointment=appointment, now=now)
    invited = cast("list[tuple[object, Invitation | None]]", answers)
    return [one for _receiver, one in invited if one is not None]
