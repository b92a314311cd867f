"""What was taken at the desk, by clinic date and method; money in cents."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from booking.models import Payment
from clinic.practice.wall_time import clinic_date, instant

# Where a column has no room for more.
METHOD_WORDS = {
    Payment.Method.CARD.value: _("Card"),
    Payment.Method.CASH.value: _("Cash"),
    Payment.Method.CHECK.value: _("Check"),
    Payment.Method.TRANSFER.value: _("Transfer"),
}


@dataclass(frozen=True)
class Takings:
    """The payments and refunds from `first` to `last`, both clinic dates included."""

    first: date
    last: date
    payments: tuple[Payment, ...]

    @property
    def query(self) -> str:
        """The period as it stands in the address of the page and of its file."""
        return urlencode({"first": self.first.isoformat(), "last": self.last.isoformat()})

    @property
    def methods(self) -> list[str]:
        """The methods that were used, in a word each."""
        used = {one.method for one in self.payments}
        return [str(words) for value, words in METHOD_WORDS.items() if value in used]

    @property
    def by_day(self) -> list[tuple[date, list[int], int]]:
        """Each day with money, the amount by method in the order of `methods`, and its sum."""
        sums: Counter[tuple[date, str]] = Counter()
        for one in self.payments:
            sums[(day_of_payment(one), str(METHOD_WORDS[one.method]))] += one.signed_cents
        days = sorted({day for day, _method in sums})
        lines = [(day, [sums[(day, method)] for method in self.methods]) for day in days]
        return [(day, cents, sum(cents)) for day, cents in lines]

    @property
    def totals(self) -> list[int]:
        """The amount by method, in the order of `methods`."""
        rows: Sequence[list[int]] = [cents for _day, cents, _sum in self.by_day]
        return [sum(column) for column in zip(*rows, strict=True)]

    @property
    def total(self) -> int:
        return sum(one.signed_cents for one in self.payments)


def day_of_payment(payment: Payment) -> date:
    """Return the clinic date of a payment."""
    return clinic_date(payment.at, settings.CLINIC_TIME_ZONE)


def takings_from(first: date, last: date) -> Takings:
    """Return what was taken on these clinic dates. One statement."""
    zone = settings.CLINIC_TIME_ZONE
    begins, ends = (instant(day, time(0), zone) for day in (first, last + timedelta(days=1)))
    rows = Payment.objects.filter(at__gte=begins, at__lt=ends).order_by("at", "kind", "part", "pk")
    related = ("appointment__service", "enrollment__version")
    return Takings(first, last, tuple(rows.select_related(*related)))
