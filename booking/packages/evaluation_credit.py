"""Count a completed evaluation as visit 1 of a package."""

from uuid import UUID

from booking.locks import lock_enrollment
from booking.models import Appointment, Enrollment, Service
from booking.packages import ledger_actions as ledger
from booking.packages.queries import day_of, rules_of, visits_with_times
from booking.policy import may_count_as_first_visit
from booking.reasons import Reason, msg
from booking.refusals import NEEDS_REASON, NO_PACKAGE, Refused
from booking.terms import terms_of
from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried
from clinic.practice.wall_time import clinic_date

FIRST_IS_BOOKED = Reason("first_is_booked", msg("Visit 1 of the package has its time already."))


def may_count(evaluation: Appointment, enrollment: Enrollment, zone: str) -> bool:
    """Return whether the evaluation may count as visit 1 of this package, by dates in `zone`."""
    return (
        evaluation.status == Appointment.Status.COMPLETED
        and evaluation.enrollment_id is None
        and evaluation.service.kind == Service.Kind.EVALUATION
        and evaluation.patient_id == enrollment.patient_id
        and may_count_as_first_visit(
            day_of(evaluation),
            enrolled_on=clinic_date(enrollment.enrolled_at, zone),
            first_visit_from=enrollment.first_visit_from,
            terms=terms_of(enrollment.policy),
        )
    )


def _not_countable(enrollment: Enrollment) -> Reason:
    text = msg(
        "Only an evaluation completed in the %(days)s days before joining, from 6 weeks after the"
        " birth on, can count as visit 1."
    )
    days = terms_of(enrollment.policy).evaluation_counts_days
    return Reason("not_countable", text, {"days": days})


@retried
def count_as_first_visit(
    *, evaluation_id: UUID, reason: str, zone: str, context: Context
) -> Enrollment:
    """Make a completed evaluation visit 1 of the live package and return the package.

    It uses a credit, and its price is taken off the package's. Raises Refused without a reason or a
    package, when the evaluation cannot count, or when visit 1 has a time already.
    """
    if not reason:
        raise Refused([NEEDS_REASON])
    evaluation = Appointment.objects.select_related("patient", "service").get(pk=evaluation_id)
    enrollment = lock_enrollment(evaluation.patient)
    if enrollment is None:
        raise Refused([NO_PACKAGE])
    if not may_count(evaluation, enrollment, zone):
        raise Refused([_not_countable(enrollment)])
    if 1 in visits_with_times(enrollment):
        raise Refused([FIRST_IS_BOOKED])
    first = rules_of(enrollment).for_visit(1)
    evaluation.enrollment, evaluation.visit_number, evaluation.step = enrollment, 1, first.step
    evaluation.save(update_fields=["enrollment", "visit_number", "step"])
    # The ledger allows no credit to be used that was not reserved before.
    for kind in ("reserve", "consume"):
        ledger.write(
            kind,
            enrollment=enrollment,
            appointment=evaluation,
            context=context,
            reason=reason,
        )
    # The price it was booked at, which she pays or has paid already.
    enrollment.credited_cents = evaluation.price_cents or 0
    enrollment.save(update_fields=["credited_cents"])
    record(context.actor, "count as visit 1", evaluation, patient=evaluation.patient, words=reason)
    return enrollment
