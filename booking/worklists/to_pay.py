"""Who owes, and to whom something is to be given back: single visits and packages."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Case, F, OuterRef, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy

from booking.billing.queries import owed_when_ended
from booking.models import Appointment, Enrollment, LedgerEntry, Payment
from booking.policy import owed_for_visit
from booking.worklists.cells import Cents
from booking.worklists.queries import PATIENT, PHONE, DeskList, WorkListRow
from clinic.identity.phone_words import phone_in_words
from clinic.practice.wall_time import clinic_date


def _paid(column: str) -> Any:
    """Return what was paid less what was refunded for the row, in cents, as part of a query."""
    signed = Case(When(kind=Payment.Kind.PAID, then=F("cents")), default=-F("cents"))
    rows = Payment.objects.filter(**{column: OuterRef("pk")}).order_by().values(column)
    return Coalesce(Subquery(rows.annotate(sum=Sum(signed)).values("sum")), 0)


def _visits() -> QuerySet[Appointment]:
    """Return the visits with a price that took place or were paid, oldest first.

    A visit ahead is paid when she comes: nothing is owed for it yet.
    """
    rows = Appointment.objects.filter(price_cents__gt=0).annotate(paid=_paid("appointment"))
    came = rows.filter(status__in=("arrived", "completed"), paid__lt=F("price_cents"))
    gone = rows.filter(status__in=("cancelled", "no_show"), paid__gt=0)
    return (came | gone).select_related("patient", "service").order_by("starts_at", "pk")


def _packages() -> QuerySet[Enrollment]:
    """Return the packages that are not paid exactly, oldest first."""
    entries = LedgerEntry.objects.filter(enrollment=OuterRef("pk")).order_by().values("enrollment")
    left = Subquery(entries.annotate(sum=Sum("delta")).values("sum"))
    rows = Enrollment.objects.annotate(paid=_paid("enrollment"), left=Coalesce(left, 0))
    rows = rows.exclude(paid=F("price_cents") - F("credited_cents"))
    return rows.select_related("patient", "version").order_by("enrolled_at", "pk")


def _to_pay(_now: datetime) -> Iterable[WorkListRow]:
    rows = sorted([*_of_visits(), *_of_packages()], key=lambda one: one[0])
    return [row for _at, row in rows]


def _of_visits() -> Iterator[tuple[datetime, WorkListRow]]:
    for visit in _visits():
        owed = owed_for_visit(visit.status, visit.price_cents)
        url = reverse("desk_visit_money", args=[visit.pk])
        what = visit.service.name, visit.starts_at
        yield visit.starts_at, _row(visit.patient, what, owed - visit.paid, url)  # type: ignore[attr-defined]


def _of_packages() -> Iterator[tuple[datetime, WorkListRow]]:
    for package in _packages():
        balance = owed_when_ended(package, package.left) - package.paid  # type: ignore[attr-defined]
        if balance:
            url = reverse("desk_package", args=[package.pk])
            what = package.version.name, package.enrolled_at
            yield package.enrolled_at, _row(package.patient, what, balance, url)


def _row(patient: Any, what: tuple[str, datetime], balance: int, url: str) -> WorkListRow:
    name, at = what
    cells = (
        patient.name,
        phone_in_words(patient.phone),
        name,
        clinic_date(at, settings.CLINIC_TIME_ZONE),
        Cents(balance) if balance > 0 else "",
        Cents(-balance) if balance < 0 else "",
    )
    return WorkListRow(cells, url, patient.pk)


TO_PAY = DeskList(
    "to-pay",
    gettext_lazy("To pay"),
    gettext_lazy("Visits and packages that are not paid, and what is to be given back."),
    (
        PATIENT,
        PHONE,
        gettext_lazy("For"),
        gettext_lazy("Since"),
        gettext_lazy("Still to pay"),
        gettext_lazy("To give back"),
    ),
    _to_pay,
    dates=frozenset({3}),
    position=75,
)
