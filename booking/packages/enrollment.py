"""Enroll a patient in Run Ready."""

from booking.locks import lock_enrollment, refuse_gone
from booking.models import Enrollment
from booking.packages import ledger_actions as ledger
from booking.referrals.eligibility import what_may_be_booked
from booking.refusals import HAS_PACKAGE, NO_BIRTH_DATE, NotOpen, Refused
from booking.terms import current_policy
from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried
from clinic.models.people import Patient


@retried
def enroll(*, patient: Patient, context: Context) -> Enrollment:
    """Enroll the patient in the six visits, at today's price and policy, with six credits.

    Raises NotOpen when the referral does not open the package, and Refused when the patient has a
    live package or her row was merged into another or erased.
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
    policy = current_policy()
    # The package has its own copy of these dates: a later referral may not have them.
    first_visit_from, impact_from = referral.first_visit_from, referral.impact_from
    if first_visit_from is None or impact_from is None:
        raise NotOpen([NO_BIRTH_DATE])
    enrollment = Enrollment.objects.create(
        patient=patient,
        referral=referral,
        policy=policy,
        price_cents=policy.package_price_cents,
        first_visit_from=first_visit_from,
        impact_from=impact_from,
        enrolled_at=context.now,
    )
    ledger.write("grant", enrollment=enrollment, appointment=None, context=context)
    record(context.actor, "enroll", enrollment, patient=patient)
    return enrollment
