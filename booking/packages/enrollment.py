"""Enroll a patient in a package."""

from uuid import UUID

from booking.catalog.queries import sold_version
from booking.locks import lock_enrollment, refuse_gone
from booking.models import Enrollment
from booking.packages import ledger_actions as ledger
from booking.referrals.eligibility import what_may_be_booked
from booking.refusals import HAS_PACKAGE, NO_BIRTH_DATE, OFFER_CHANGED, NotOpen, Refused
from booking.terms import current_policy
from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried
from clinic.models.people import Patient


@retried
def enroll(*, patient: Patient, version_id: UUID | str, context: Context) -> Enrollment:
    """Enroll the patient in this version of a package, at today's policy, with its credits.

    `version_id` is the one whose terms the page showed. Raises NotOpen when the referral does not
    open a package, and Refused when the patient has a live package, her row was merged into
    another or erased, or the version is not the one that is sold now.
    """
    # The patient's row before the package: there may be no package to lock yet.
    Patient.objects.select_for_update().only("pk").get(pk=patient.pk)
    refuse_gone(patient)
    if lock_enrollment(patient) is not None:
        raise Refused([HAS_PACKAGE])
    bookable = what_may_be_booked(patient, context.now)
    referral = bookable.referral
    if bookable.run_ready.reason is not None or referral is None:
        raise NotOpen([bookable.run_ready.reason] if bookable.run_ready.reason else [])
    version = sold_version(version_id)
    if version is None or version.price_cents is None:
        raise Refused([OFFER_CHANGED])
    # The package has its own copy of these dates: a later referral may not have them.
    first_visit_from, impact_from = referral.first_visit_from, referral.impact_from
    if first_visit_from is None or impact_from is None:
        raise NotOpen([NO_BIRTH_DATE])
    enrollment = Enrollment.objects.create(
        patient=patient,
        referral=referral,
        version=version,
        policy=current_policy(),
        price_cents=version.price_cents,
        first_visit_from=first_visit_from,
        impact_from=impact_from,
        enrolled_at=context.now,
    )
    ledger.write(
        "grant",
        enrollment=enrollment,
        appointment=None,
        delta=version.visit_count,
        context=context,
    )
    record(context.actor, "enroll", enrollment, patient=patient)
    return enrollment
