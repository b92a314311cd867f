"""What merging two patient rows leaves to the desk."""

from django.db.models import QuerySet

from booking.models import Appointment

# Not holds: they end by themselves.
AGREED = ("booked", "arrived")


def visits_left_behind() -> QuerySet[Appointment]:
    """Return the visits that overlap another visit of the same person, soonest first.

    Merging could not move them, so they stay on the merged row until the desk moves or cancels one
    of the two.
    """
    left = Appointment.objects.filter(status__in=AGREED, patient__merged_into__isnull=False)
    return left.select_related("patient__merged_into", "service", "clinician").order_by("starts_at")
