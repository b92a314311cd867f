"""The mark on upcoming visits with which intake asks for attention, without saying why."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from booking.models import Appointment
from clinic.database.retrying import retried
from clinic.models.people import Patient


@retried
def set_attention(*, patient: Patient, attention: str, now: datetime) -> int:
    """Set the attention of all booked visits of the patient after `now`; return how many."""
    ahead = Appointment.objects.upcoming(now).filter(patient=patient)
    return ahead.update(attention=Appointment.Attention(attention))


@retried
def mark_checkins_due(*, appointment_ids: Collection[UUID], now: datetime) -> int:
    """Mark these visits, and no others, as waiting for a check-in; return how many are marked.

    Only booked and arrived visits are marked. A more serious mark stays.
    """
    due = Appointment.Attention.CHECK_IN_DUE
    coming = Appointment.objects.filter(status__in=("booked", "arrived"))
    marked = coming.filter(attention=due)
    marked.exclude(pk__in=appointment_ids).update(attention=Appointment.Attention.NONE)
    coming.filter(pk__in=appointment_ids, attention=Appointment.Attention.NONE).update(
        attention=due
    )
    return marked.count()
