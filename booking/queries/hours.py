"""From a clinician's rows to the opening hours that pure code works with."""

from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Prefetch, QuerySet

from booking.intervals import span
from booking.models import ExtraOpening
from booking.timetable import ClinicianHours, HoursRange
from clinic.people.models import Clinician

# Any clinicians, also with something annotated.
Clinicians = TypeVar("Clinicians", bound=QuerySet[Any, Any])


def with_hours(clinicians: Clinicians, start: datetime, end: datetime) -> Clinicians:
    """Return the clinicians with what `hours_of` reads, in two statements for all of them.

    Of extra openings only those that meet [start, end).
    """
    extra = ExtraOpening.objects.filter(starts_at__lt=end, ends_at__gt=start)
    return clinicians.prefetch_related("opening_hours", Prefetch("extra_openings", extra))


def hours_of(
    clinician: Clinician, *, does_service: bool = True, meets_needs: bool = True
) -> ClinicianHours:
    """Return one clinician's opening hours; from `with_hours` it reads no more rows."""
    return ClinicianHours(
        clinician.pk,
        tuple(
            HoursRange(one.weekday, one.starts, one.ends, one.valid_from, one.valid_until)
            for one in clinician.opening_hours.all()
        ),
        is_active=clinician.is_active,
        does_service=does_service,
        meets_needs=meets_needs,
        extra=tuple(span(one.starts_at, one.ends_at) for one in clinician.extra_openings.all()),
    )
