"""Whether a patient may look for times of a visit now, and what that depends on."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from booking.appointments.access import holder_key
from booking.models import Referral, Service
from booking.packages.queries import PackageView, package_of
from booking.reasons import Reason
from booking.referrals.eligibility import why_no_single_visit_now, why_stopped
from booking.scheduling.queries import current_referral
from clinic.models.people import Patient
from clinic.security.requests import PatientRequest

# The same code and text as VISIT_NOT_NEXT, with which booking it would be refused.
_NOT_NEXT = Reason("visit_not_next", "This is not the next visit of your package.")


@dataclass(frozen=True)
class SearchBasis:
    """What decides whether a patient may look for times of a visit: her referral and her package.

    `package` is None for a single visit, and for a patient without a live package.
    """

    patient: Patient
    now: datetime
    referral: Referral | None
    package: PackageView | None


def search_basis_for(request: PatientRequest, service: Service) -> SearchBasis:
    """Return the basis of a search by the signed-in patient for this service, as of now."""
    patient, now = request.patient, timezone.now()
    package = None
    # A single visit is not part of the package, whose rows are several statements.
    if service.is_of_package:
        package = package_of(patient, now, holder_key=holder_key(request))
    return SearchBasis(patient, now, current_referral(patient), package)


def reasons_not_to_search(
    basis: SearchBasis, service: Service, *, is_moving: bool = False
) -> list[Reason]:
    """Return why the patient may not look for times of this visit now; empty when she may.

    A visit that `is_moving` is booked: whatever her referral opens now, only an urgent answer or a
    decline stops it.
    """
    if stopped := why_stopped(basis.referral):
        return [stopped]
    if is_moving:
        return []
    if not service.is_of_package:
        reason = why_no_single_visit_now(service.kind, basis.patient, basis.referral, basis.now)
        return [reason] if reason else []
    visit = basis.package.visit_for(service) if basis.package else None
    if visit is None or not visit.is_next:
        return [_NOT_NEXT]
    return []
