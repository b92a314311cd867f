"""Write what was paid or given back: for a package, or for a visit with a price of its own."""

from dataclasses import dataclass
from uuid import UUID

from booking.appointments.changes import locked
from booking.billing.queries import paid_cents, visit_bill
from booking.models import Appointment, Enrollment, Payment
from booking.refusals import (
    MORE_THAN_OWED,
    MORE_THAN_PAID,
    NOTHING_TO_PAY,
    VISIT_CHANGED,
    Refused,
)
from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried


@dataclass(frozen=True)
class Money:
    """An amount in cents, how it changed hands, and for a refund why; `kind` is a Payment.Kind."""

    kind: str
    cents: int
    method: str
    reason: str = ""


@retried
def record_visit_payment(
    *, appointment_id: UUID, seen: int, cents: int, method: str, context: Context
) -> Payment:
    """Record a payment for a single visit, its price or a part of it.

    Raises Refused for more than is still to pay, for a visit without a price, and when it is not
    as the page showed it.
    """
    visit = _as_seen(appointment_id, seen)
    bill = visit_bill(visit)
    if bill is None:
        raise Refused([NOTHING_TO_PAY])
    if cents > bill.due:
        raise Refused([MORE_THAN_OWED])
    return write_payment(visit, Money("paid", cents, method), context)


@retried
def record_visit_refund(
    *, appointment_id: UUID, seen: int, cents: int, method: str, reason: str, context: Context
) -> Payment:
    """Record a refund for a single visit with its reason. Raises Refused for more than was paid."""
    visit = _as_seen(appointment_id, seen)
    if cents > paid_cents(visit):
        raise Refused([MORE_THAN_PAID])
    return write_payment(visit, Money("refund", cents, method, reason), context)


def write_payment(paid_for: Enrollment | Appointment, money: Money, context: Context) -> Payment:
    """Write the row. The caller holds the lock of what is paid, and has compared the amounts."""
    is_paid = money.kind == Payment.Kind.PAID
    payment = Payment(
        kind=money.kind,
        # A refund is no part: it takes no number.
        part=next_part(paid_for) if is_paid else None,
        cents=money.cents,
        method=money.method,
        at=context.now,
        by=context.actor.id,
    )
    if isinstance(paid_for, Enrollment):
        payment.enrollment = paid_for
    else:
        payment.appointment = paid_for
    payment.reason = money.reason
    payment.save()
    what = "record payment" if is_paid else "record refund"
    record(context.actor, what, payment, patient=paid_for.patient_id, words=money.reason)
    return payment


def next_part(paid_for: Enrollment | Appointment) -> int:
    """Return the number of the payment that comes next, from 1; the table lets each stand once."""
    return paid_for.payments.filter(kind=Payment.Kind.PAID).count() + 1


def _as_seen(appointment_id: UUID, seen: int) -> Appointment:
    """Lock and return the visit. Raises Refused when it is not as the page showed it."""
    visit = locked(appointment_id)
    bill = visit_bill(visit)
    if bill is not None and bill.version != seen:
        raise Refused([VISIT_CHANGED])
    return visit
