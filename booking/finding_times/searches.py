"""What the desk searches for: a time for a new visit, or another one for a visit that is booked."""

from datetime import datetime

from booking.models import Appointment, Service
from booking.packages.queries import package_of
from booking.packages.spacing import Window
from booking.scheduling.queries import Search, current_referral
from booking.terms import current_policy
from clinic.models.people import Patient


def search_to_book(service: Service, patient: Patient, now: datetime) -> Search:
    """Return the desk's search for a time of a new visit, from when its package allows it."""
    package = package_of(patient, now) if service.is_of_package else None
    visit = package.visit_for(service) if package else None
    return Search(
        service=service,
        policy=current_policy(),
        now=now,
        patient=patient,
        needs_pessary_fitting=_needs_pessary_fitting(patient),
        by_staff=True,
        earliest_on=visit.window.earliest if visit and visit.window else None,
    )


def search_to_move(visit: Appointment, now: datetime) -> Search:
    """Return the desk's search for another time of this visit."""
    return Search(
        service=visit.service,
        policy=current_policy(),
        now=now,
        patient=visit.patient,
        needs_pessary_fitting=_needs_pessary_fitting(visit.patient),
        by_staff=True,
        # Its own time counts as free, so that it may move by less than its length.
        moving=(visit,),
    )


def window_of(visit: Appointment, now: datetime) -> Window | None:
    """Return the dates between which a visit of a package fits best.

    None for a visit outside a package, and while the visit before has no date.
    """
    package = package_of(visit.patient, now) if visit.visit_number else None
    return package.visits[visit.visit_number - 1].window if package and visit.visit_number else None


def _needs_pessary_fitting(patient: Patient) -> bool:
    referral = current_referral(patient)
    return referral is not None and referral.needs_pessary_fitting
