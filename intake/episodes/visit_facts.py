"""Facts around a visit: the last completed visit before it, and intakes sent since then."""

from datetime import date, time

from django.conf import settings

from booking.models import Appointment
from clinic.practice.wall_time import instant
from intake.models import Intake


def last_completed(visit: Appointment) -> Appointment | None:
    """Return the patient's latest completed visit before this one, or None.

    For a visit of a package only visits of the same package count, otherwise all of hers.
    """
    rows = Appointment.objects.filter(
        patient=visit.patient_id, status="completed", starts_at__lt=visit.starts_at
    )
    if visit.enrollment_id is not None:
        rows = rows.filter(enrollment=visit.enrollment_id)
    return rows.order_by("starts_at").last()


def sent_since(visit: Appointment, day: date) -> bool:
    """Return whether a full intake was sent on that clinic date or later, before the visit ends."""
    begins = instant(day, time(0), settings.CLINIC_TIME_ZONE)
    sent = Intake.objects.full().sent().filter(patient=visit.patient_id)
    return sent.filter(sent_at__gte=begins, sent_at__lt=visit.ends_at).exists()
