"""What a receipt says, the same for a package and for a single visit; money in cents."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from booking.billing.queries import DeskPackage, VisitBill
from booking.models import Payment


@dataclass(frozen=True)
class Receipt:
    """Who paid for what, since when, the lines that make the price, the payments, and the rest."""

    patient: str
    what: str
    day_label: str
    day: datetime
    prices: tuple[tuple[str, int], ...]
    payments: tuple[Payment, ...]
    paid: int
    due: int
    # The page that the receipt was opened from.
    back: str


def receipt_of_package(package: DeskPackage, back: str) -> Receipt:
    """Return the receipt of a package, with every payment and refund so far."""
    enrollment = package.enrollment
    version = {"name": enrollment.version.name, "all": enrollment.version.visit_count}
    prices = [(_("Price"), enrollment.price_cents)]
    if enrollment.credited_cents:
        prices.append((_("Evaluation counted as visit 1"), -enrollment.credited_cents))
    if package.owed < enrollment.owed_cents:
        prices.append((_("Visits not used"), package.owed - enrollment.owed_cents))
    return Receipt(
        enrollment.patient.name,
        _("%(name)s, %(all)s visits") % version,
        _("Joined"),
        enrollment.enrolled_at,
        tuple(prices),
        package.payments,
        package.paid,
        package.due,
        back,
    )


def receipt_of_visit(bill: VisitBill, back: str) -> Receipt:
    """Return the receipt of a single visit, with every payment and refund so far."""
    visit = bill.visit
    price = visit.price_cents or 0
    prices = [(_("Price"), price)]
    if bill.owed < price:
        prices.append((_("The visit did not take place"), bill.owed - price))
    return Receipt(
        visit.patient.name,
        visit.service.name,
        _("Visit"),
        visit.starts_at,
        tuple(prices),
        bill.payments,
        bill.paid,
        bill.due,
        back,
    )
