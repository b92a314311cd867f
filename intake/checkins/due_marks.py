"""Mark visits whose check-in is open and not sent, so that the front desk asks for it."""

from datetime import datetime

from booking.appointments.attention import mark_checkins_due
from intake.checkins.queries import waiting_for_checkin


def mark_due_checkins(*, now: datetime) -> int:
    """Mark on the calendar the coming visits that still wait for a check-in; return how many."""
    return mark_checkins_due(appointment_ids=[one.pk for one in waiting_for_checkin(now)], now=now)
