"""What a monitor reads of booking: times that are held, and visits that wait to be confirmed."""

from datetime import datetime

from django.db.models import Count, Q

from booking.models import Appointment
from clinic.metrics.gauges import GaugeSource, Numbers, register_gauges


def held_times(now: datetime) -> Numbers:
    """Count the times that nobody else can book although no visit is certain."""
    held = Q(status="held", hold_until__gt=now)
    unconfirmed = Q(status="booked", confirm_by__isnull=False)
    return Appointment.objects.filter(held | unconfirmed).aggregate(
        held=Count("pk", filter=held), unconfirmed=Count("pk", filter=unconfirmed)
    )


def register_booking_gauges() -> None:
    """Register the gauges of booking."""
    words = "Times that are held for a visitor, and visits that wait to be confirmed."
    register_gauges(GaugeSource("held_times", words, held_times, "state"))
