"""The neutral mark that intake puts on a patient's coming visits."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from booking.models import Appointment
from clinic.database.retrying import retried
from clinic.models.people import Patient


@retried
def set_attention(*, patient: Patient, attention: str, now: datetime) -> int:
    """Put this attention on every booked visit still ahead; return how many."""
    ahead = Appointment.objects.upcoming(now).filter(patient=patient)
    return ahead.update(attention=Appointment.Attention(attention))


@retried
def mark_checkins_due(*, appointment_ids: Collection[UUID], now: datetime) -> int:
    """Mark these coming visits, and no others, as waiting for a check-in; return how many do.

    A graver mark stays where it is.
    """
    due = Appointment.Attention.CHECK_IN_DUE
    coming = Appointment.objects.filter(status__in=("booked", "arrived"))
    marked = coming.filter(attention=due)
    marked.exclude(pk__in=appointment_ids).update(attention=Appointment.Attention.NONE)
    coming.filter(pk__in=appointment_ids, attention=Appointment.Attention.NONE).update(
        attention=due
    )
    return marked.count()
