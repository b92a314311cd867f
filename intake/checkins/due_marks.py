"""Marks visits whose check-in is open and not sent, so that somebody asks at the door."""

from datetime import datetime

from booking.appointments.attention import mark_checkins_due
from intake.checkins.queries import waiting_for_checkin


def mark_due_checkins(*, now: datetime) -> int:
    """Say on the calendar which coming visits still wait for a check-in; return how many."""
    return mark_checkins_due(appointment_ids=[one.pk for one in waiting_for_checkin(now)], now=now)
