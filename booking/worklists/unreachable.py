"""Patients whose mail comes back, so that somebody has to call them."""

from datetime import datetime

from django.db.models import Min, Q, QuerySet

from clinic.models.people import Patient


def unreachable(now: datetime) -> QuerySet[Patient]:
    """Return the patients whose address refused a mail, by their next visit.

    Each row has `next_visit_at`, None without a booked visit ahead.
    """
    ahead = Q(appointments__status="booked", appointments__starts_at__gt=now)
    bounced = Patient.objects.current().filter(mail_bounced_at__isnull=False)
    rows = bounced.annotate(next_visit_at=Min("appointments__starts_at", filter=ahead))
    return rows.order_by("next_visit_at", "name")
