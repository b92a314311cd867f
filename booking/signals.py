"""What booking says to rooms it does not know. Sent after the transaction has committed."""

from functools import partial

from django.db import transaction
from django.dispatch import Signal

from booking.models import Appointment

# Each is sent with `appointment`.
appointment_booked = Signal()
appointment_cancelled = Signal()
appointment_completed = Signal()


def send_on_commit(signal: Signal, appointment: Appointment) -> None:
    """Send the signal once what it speaks of is stored; a failing receiver harms nobody."""
    transaction.on_commit(partial(signal.send_robust, sender=Appointment, appointment=appointment))
