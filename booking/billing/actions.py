"""What the desk does to a package: payments, added days, credits by hand, forgiving, its end.

Most actions take `seen`, the version of the package that the page showed (see `version_of`). When
two colleagues record the same payment, the second one is refused and sees the first.
"""

from datetime import date
from uuid import UUID

from django.db.models import Sum

from booking.appointments.changes import locked
from booking.billing.payments import Money, write_payment
from booking.billing.queries import is_forgiven, owed_cents, paid_cents, version_of
from booking.locks import lock_package
from booking.models import AddedDays, Appointment, Enrollment, LedgerEntry, Payment
from booking.models.billing import MOST_DAYS
from booking.packages import ending as package_ending
from booking.packages import ledger_actions as ledger
from booking.refusals import (
    FORGIVEN_BEFORE,
    MORE_THAN_OWED,
    MORE_THAN_PAID,
    NEEDS_REASON,
    NOT_USED_UP,
    PACKAGE_CHANGED,
    PACKAGE_ENDED,
    TOO_MANY_DAYS,
    VISITS_AHEAD,
    Refused,
)
from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried


@retried
def record_payment(
    *, enrollment_id: UUID, seen: int, cents: int, method: str, context: Context
) -> Payment:
    """Record a payment at the desk, the whole price or a part of it.

    Raises Refused for more than is still to pay.
    """
    enrollment = _as_seen(enrollment_id, seen)
    if cents > owed_cents(enrollment) - paid_cents(enrollment):
        raise Refused([MORE_THAN_OWED])
    return write_payment(enrollment, Money("paid", cents, method), context)


@retried
def record_refund(
    *,
    enrollment_id: UUID,
    seen: int,
    cents: int,
    method: str,
    reason: str,
    context: Context,
) -> Payment:
    """Record a refund with its reason. Raises Refused for more than was paid."""
    enrollment = _as_seen(enrollment_id, seen)
    if cents > paid_cents(enrollment):
        raise Refused([MORE_THAN_PAID])
    return write_payment(enrollment, Money("refund", cents, method, reason), context)


@retried
def add_days(
    *,
    enrollment_id: UUID,
    seen: int,
    kind: str,
    days: int,
    starts_on: date,
    reason: str,
    context: Context,
) -> AddedDays:
    """Extend the package, or pause it from the clinic date `starts_on`; both move its last day.

    `kind` is an AddedDays.Kind. Raises Refused when the days added by the desk would be more than
    90 in all.
    """
    enrollment = _as_seen(enrollment_id, seen, "add_days")
    # Days for a pending review are the clinic's own delay and do not count.
    by_desk = enrollment.added_days.exclude(kind=AddedDays.Kind.REVIEW)
    if (by_desk.aggregate(sum=Sum("days"))["sum"] or 0) + days > MOST_DAYS:
        raise Refused([TOO_MANY_DAYS])
    added = AddedDays(
        enrollment=enrollment,
        kind=kind,
        days=days,
        starts_on=starts_on,
        at=context.now,
        by=context.actor.id,
    )
    added.reason = reason
    added.save()
    record(
        context.actor, f"package {kind}", enrollment, patient=enrollment.patient_id, words=reason
    )
    return added


@retried
def adjust_credits(
    *, enrollment_id: UUID, seen: int, delta: int, reason: str, context: Context
) -> None:
    """Add or take away credits by hand. Raises Refused without a reason or outside of 0 to 6."""
    enrollment = _as_seen(enrollment_id, seen, "adjust_credits")
    if not reason:
        raise Refused([NEEDS_REASON])
    ledger.write(
        "adjust",
        enrollment=enrollment,
        appointment=None,
        context=context,
        reason=reason,
        delta=delta,
    )
    record(context.actor, "adjust credits", enrollment, patient=enrollment.patient_id, words=reason)


@retried
def end_package(*, enrollment_id: UUID, seen: int, reason: str, context: Context) -> Enrollment:
    """End a package early. Raises Refused while visits are booked: it never cancels one."""
    enrollment = _as_seen(enrollment_id, seen, "end_package")
    if package_ending.has_visits_ahead(enrollment):
        raise Refused([VISITS_AHEAD])
    ending = Enrollment.Ending.CANCELLED
    package_ending.end(enrollment, ending, context=context, reason=reason)
    return enrollment


@retried
def forgive_visit(*, appointment_id: UUID, reason: str, context: Context) -> Appointment:
    """Return the credit of a visit that was cancelled late or missed, once in a package.

    Raises Refused when the visit was not counted as used, one was forgiven before, or the package
    has ended.
    """
    # It needs no `seen`: the entries of this very visit say whether it was forgiven already.
    appointment = locked(appointment_id)
    enrollment = appointment.enrollment
    if enrollment is None or enrollment.ended_at is not None:
        raise Refused([PACKAGE_ENDED])
    entries = list(LedgerEntry.objects.filter(enrollment=enrollment).select_related("appointment"))
    # The current cycle only: what an earlier one came to was undone.
    own = {e.kind for e in entries if (e.appointment_id, e.cycle) == _booking(appointment)}
    if "forfeit" not in own or "return" in own:
        raise Refused([NOT_USED_UP])
    if is_forgiven(entries):
        raise Refused([FORGIVEN_BEFORE])
    ledger.write(
        "return",
        enrollment=enrollment,
        appointment=appointment,
        context=context,
        reason=reason,
    )
    record(
        context.actor, "forgive visit", appointment, patient=appointment.patient_id, words=reason
    )
    return appointment


def _booking(appointment: Appointment) -> tuple[UUID, int]:
    return appointment.pk, appointment.cycle


def _as_seen(enrollment_id: UUID, seen: int, action: str = "") -> Enrollment:
    """Lock and return the package.

    Raises Refused when it is not as the page showed it, or has ended and the action needs it live.
    """
    enrollment = lock_package(enrollment_id)
    if version_of(enrollment) != seen:
        raise Refused([PACKAGE_CHANGED])
    # Without an action: payments and refunds are recorded for an ended package, too.
    if action and not enrollment.may(action):
        raise Refused([PACKAGE_ENDED])
    return enrollment
