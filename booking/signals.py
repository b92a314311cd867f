"""Signals with which booking tells or asks the apps above it, which it must not import."""

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

# Sent with `kept`, `merged` and `context`, inside the transaction that merges two rows of a person:
# an error in a receiver stops the merge.
patients_merging = Signal()

# Sent with `moves` and `now`, to ask what would happen to a form that was sent before each visit.
# A receiver returns a dict of appointment id to sentence, for the visits it has something to say.
moves_considered = Signal()

# Sent with `patient`, to ask whether her row was made by a program and not by a person. A receiver
# returns a bool.
visitor_considered = Signal()

# Sent with `visits`, `reason` and `context`, inside the transaction in which staff let go at once
# what nobody confirmed: nobody looks for new times for these people.
visits_let_go = Signal()

# Sent with `appointment` and `now` when a mail says when a visit is, to ask what the patient should
# do before it. A receiver returns an Invitation for the mail, or None.
visit_mail_written = Signal()

# A visit and its new start, None while no time is chosen.
Moves = Mapping[Appointment, datetime | None]


@dataclass(frozen=True)
class Invitation:
    """One line of a mail and the address it links to. Neither has a word about health."""

    text: str
    url: str


def send_on_commit(signal: Signal, appointment: Appointment) -> None:
    """Send the signal after the transaction has committed."""
    # Robust: the booking is stored already, and a receiver that fails must not turn it into an
    # error page.
    transaction.on_commit(partial(signal.send_robust, sender=Appointment, appointment=appointment))


def forms_after(moves: Moves, now: datetime) -> dict[UUID, str]:
    """Return what to tell about the form before each visit, by appointment id.

    Visits without anything to tell are left out.
    """
    found: dict[UUID, str] = {}
    answers = moves_considered.send(sender=Appointment, moves=moves, now=now)
    for _receiver, sentences in cast("list[tuple[object, Mapping[UUID, str]]]", answers):
        found.update(sentences)
    return found


def invitations(appointment: Appointment, now: datetime) -> list[Invitation]:
    """Return the lines to add to a mail about this visit that is sent at `now`."""
    answers = visit_mail_written.send(sender=Appointment, appointment=appointment, now=now)
    invited = cast("list[tuple[object, Invitation | None]]", answers)
    return [one for _receiver, one in invited if one is not None]
