"""What merging two patient rows leaves to the desk."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from booking.models import Appointment, Enrollment
from clinic.models.people import Patient

# Not holds: they end by themselves.
AGREED = ("booked", "arrived")


@dataclass(frozen=True)
class BookingFacts:
    """How many visits a row has ahead and had before, and whether a package is under way."""

    ahead: int = 0
    before: int = 0
    has_package: bool = False


def booking_facts(patients: Iterable[Patient], now: datetime) -> dict[UUID, BookingFacts]:
    """Return by id what each row has in bookings. Two statements for all of them."""
    keys = [one.pk for one in patients]
    visits = Appointment.objects.agreed().filter(patient__in=keys).values("patient")
    ahead = Q(status="booked", starts_at__gt=now)
    counts = visits.annotate(
        ahead=Count("pk", filter=ahead), before=Count("pk", filter=Q(starts_at__lte=now))
    )
    found = {one["patient"]: one for one in counts.order_by("patient")}
    packages = Enrollment.objects.live().filter(patient__in=keys)
    under_way = set(packages.values_list("patient", flat=True))
    return {
        key: BookingFacts(
            ahead=found[key]["ahead"] if key in found else 0,
            before=found[key]["before"] if key in found else 0,
            has_package=key in under_way,
        )
        for key in keys
    }


def visits_left_behind() -> QuerySet[Appointment]:
    """Return the visits that overlap another visit of the same person, soonest first.

    Merging could not move them, so they stay on the merged row until the desk moves or cancels one
    of the two.
    """
    left = Appointment.objects.filter(status__in=AGREED, patient__merged_into__isnull=False)
    return left.select_related("patient__merged_into", "service", "clinician").order_by("starts_at")
