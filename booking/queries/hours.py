"""From a clinician's rows to the opening hours that pure code works with."""

from typing import Any, TypeVar

from django.db.models import QuerySet

from booking.timetable import ClinicianHours, HoursRange
from clinic.people.models import Clinician

# Any clinicians, also with something annotated.
Clinicians = TypeVar("Clinicians", bound=QuerySet[Any, Any])


def with_hours(clinicians: Clinicians) -> Clinicians:
    """Return the clinicians with what `hours_of` reads, in one statement for all of them."""
    return clinicians.prefetch_related("opening_hours")


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
    )
