"""What joining two patient rows left to the desk."""

from django.db.models import QuerySet

from booking.models import Appointment

# A time only kept ends by itself.
AGREED = ("booked", "arrived")


def visits_left_behind() -> QuerySet[Appointment]:
    """Return visits that overlap another one of the same person, soonest first.

    They stay on the row that was joined to another until they are moved or cancelled.
    """
    left = Appointment.objects.filter(status__in=AGREED, patient__merged_into__isnull=False)
    return left.select_related("patient__merged_into", "service", "clinician").order_by("starts_at")
