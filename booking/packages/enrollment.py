"""Enroll a patient in a package."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from booking.catalog.queries import sold_version
from booking.locks import lock_enrollment, refuse_gone
from booking.models import AddedDays, Enrollment, PackageVersion
from booking.models.billing import MOST_DAYS
from booking.packages import ledger_actions as ledger
from booking.referrals.actions import referral_of_package
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


@dataclass(frozen=True)
class TakenOver:
    """A package that another system sold: which version it is here, and what is still to pay.

    `sold_at` is aware. The two dates are the first ones of visit 1 and of jumps and running.
    """

    version: PackageVersion
    sold_at: datetime
    first_visit_from: date
    impact_from: date
    owed_cents: int


def take_over(*, patient: Patient, package: TakenOver, context: Context) -> Enrollment:
    """Enroll the patient in what she bought in another system, with all its credits.

    Its price here is what is still to pay: what was paid there is in the books of that system. The
    visits that took place are written by the caller, in the same transaction. Raises Refused for a
    patient with a live package, or whose row was merged or erased.
    """
    Patient.objects.select_for_update().only("pk").get(pk=patient.pk)
    refuse_gone(patient)
    if lock_enrollment(patient) is not None:
        raise Refused([HAS_PACKAGE])
    gates = {"first_visit_from": package.first_visit_from, "impact_from": package.impact_from}
    enrollment = Enrollment.objects.create(
        patient=patient,
        referral=referral_of_package(patient=patient, context=context, **gates),
        version=package.version,
        policy=current_policy(),
        price_cents=package.owed_cents,
        enrolled_at=package.sold_at,
        **gates,
    )
    ledger.write(
        "grant",
        enrollment=enrollment,
        appointment=None,
        delta=package.version.visit_count,
        context=context,
    )
    record(context.actor, "take over package", enrollment, patient=patient)
    return enrollment


def extend_to(
    enrollment: Enrollment, *, last_day: date, wanted: date, today: date, context: Context
) -> bool:
    """Add the days between its last day and the one that was promised elsewhere.

    Returns whether the package now ends on that day: it is never made shorter, and the desk's own
    limit on added days holds.
    """
    days = (wanted - last_day) // timedelta(days=1)
    if days > 0:
        added = AddedDays(
            enrollment=enrollment,
            kind=AddedDays.Kind.EXTENSION,
            days=min(days, MOST_DAYS),
            starts_on=today,
            at=context.now,
            by=context.actor.id,
        )
        added.reason = "The last day that the former system promised."
        added.save()
    return 0 <= days <= MOST_DAYS
