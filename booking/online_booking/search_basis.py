"""What decides whether a patient may look for a visit now."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from booking.appointments.access import holder_key
from booking.models import Referral, Service
from booking.packages.queries import PackageView, package_of
from booking.reasons import Reason
from booking.referrals.eligibility import why_no_evaluation_now
from booking.scheduling.queries import current_referral
from clinic.models.people import Patient
from clinic.security.requests import PatientRequest

_NOT_NEXT = Reason("visit_not_next", "This is not the next visit of your package.")


@dataclass(frozen=True)
class SearchBasis:
    """What decides whether a patient may look for a visit: her referral, her package of visits."""

    patient: Patient
    now: datetime
    referral: Referral | None
    package: PackageView | None


def search_basis_for(request: PatientRequest, service: Service) -> SearchBasis:
    """Return where the patient stands now; without a package for a visit that is of none."""
    patient, now = request.patient, timezone.now()
    package = None
    if service.visit_number:
        package = package_of(patient, now, holder_key=holder_key(request))
    return SearchBasis(patient, now, current_referral(patient), package)


def reasons_not_to_search(basis: SearchBasis, service: Service) -> list[Reason]:
    """Return why the patient may not look for this visit at all now."""
    if service.visit_number is None:
        reason = why_no_evaluation_now(basis.patient, basis.referral, basis.now)
        return [reason] if reason else []
    following = basis.package.next_visit if basis.package else None
    if following is None or following.number != service.visit_number:
        return [_NOT_NEXT]
    return []
