"""The neutral mark that intake puts on a patient's coming visits."""

from datetime import datetime

from booking.models import Appointment
from clinic.people.models import Patient
from clinic.retrying import retried


@retried
def set_attention(*, patient: Patient, attention: str, now: datetime) -> int:
    """Put this attention on every booked visit still ahead; return how many."""
    ahead = Appointment.objects.upcoming(now).filter(patient=patient)
    return ahead.update(attention=Appointment.Attention(attention))
