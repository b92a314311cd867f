"""Payments for a visit or a package, and the days that were added to a package."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.models.appointment import Appointment
from booking.models.package import Enrollment
from booking.models.typed_reason import TypedReason, WithReason
from clinic.database.append_only import AppendOnly
from clinic.database.triggers import RowRule

# The desk adds 90 days to a package at most.
MOST_DAYS = 90


class Payment(WithReason):
    """Money the desk took or gave back for a package or a single visit; never the data of a card.

    Rows are only added. A mistake is corrected by a refund with its reason, so that whatever a
    receipt once said can be explained.
    """

    class Kind(models.TextChoices):
        PAID = "paid", _("Paid")
        REFUND = "refund", _("Refunded")

    class Method(models.TextChoices):
        CARD = "card", _("Card, at the clinic’s terminal")
        CASH = "cash", _("Cash")
        CHECK = "check", _("Check")
        TRANSFER = "transfer", _("Bank transfer")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # One of the two. The visit is one with a price of its own: an evaluation, a follow-up.
    enrollment = models.ForeignKey(
        Enrollment, null=True, blank=True, on_delete=models.PROTECT, related_name="payments"
    )
    appointment = models.ForeignKey(
        Appointment, null=True, blank=True, on_delete=models.PROTECT, related_name="payments"
    )
    kind = models.CharField(max_length=6, choices=Kind.choices)
    # 1 for the first payment of a package or visit, and so on; null for a refund.
    part = models.PositiveSmallIntegerField(null=True, blank=True)
    cents = models.PositiveIntegerField()
    method = models.CharField(max_length=8, choices=Method.choices)
    at = models.DateTimeField()
    by = models.CharField(max_length=60)

    class Meta:
        ordering = ["at", "part"]
        constraints = [
            AppendOnly(name="payment_append_only"),
            models.UniqueConstraint(fields=["enrollment", "part"], name="payment_each_part_once"),
            models.UniqueConstraint(
                fields=["appointment", "part"], name="payment_each_part_of_visit_once"
            ),
            models.CheckConstraint(
                condition=Q(enrollment__isnull=False, appointment__isnull=True)
                | Q(enrollment__isnull=True, appointment__isnull=False),
                name="payment_for_one_thing",
            ),
            models.CheckConstraint(condition=Q(cents__gt=0), name="payment_is_money"),
            models.CheckConstraint(
                condition=Q(kind="paid", part__gt=0)
                | (Q(kind="refund", part__isnull=True) & ~Q(reason_digest="")),
                name="payment_numbered_or_reason",
            ),
            RowRule(
                name="payment_of_priced_visit",
                applies="NEW.appointment_id IS NOT NULL",
                holds=(
                    "(SELECT visit.price_cents > 0 FROM booking_appointment visit"
                    " WHERE visit.id = NEW.appointment_id)"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"Payment {str(self.pk)[:8]}"

    @property
    def signed_cents(self) -> int:
        """The amount, negative for a refund."""
        return self.cents if self.kind == self.Kind.PAID else -self.cents

    @property
    def patient_id(self) -> uuid.UUID:
        """The patient who paid."""
        paid_for = self.appointment or self.enrollment
        assert paid_for is not None  # a constraint says so
        return paid_for.patient_id


class PaymentReason(TypedReason):
    """Why a refund was made."""

    row = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="words")


class AddedDays(WithReason):
    """Days by which the last day of a package moves.

    The desk adds an extension or a pause, with a reason. During a pause (`days` clinic dates from
    `starts_on`) the patient cannot book online. A `review` row is one day, added by a periodic job
    for each clinic date on which an urgent or red answer waited for a review.
    """

    class Kind(models.TextChoices):
        EXTENSION = "extension", _("Extended")
        PAUSE = "pause", _("Paused")
        REVIEW = "review", _("Waited for a review")

    enrollment = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="added_days")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    days = models.PositiveSmallIntegerField()
    starts_on = models.DateField()
    at = models.DateTimeField()
    by = models.CharField(max_length=60)

    class Meta:
        ordering = ["pk"]
        constraints = [
            AppendOnly(name="added_days_append_only"),
            models.UniqueConstraint(
                fields=["enrollment", "starts_on"],
                condition=Q(kind="review"),
                name="added_days_one_for_a_date",
            ),
            models.CheckConstraint(
                condition=(Q(kind="review", days=1))
                | (
                    Q(kind__in=("extension", "pause"), days__range=(1, MOST_DAYS))
                    & ~Q(reason_digest="")
                ),
                name="added_days_bounded_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"Added days #{self.pk}"


class AddedDaysReason(TypedReason):
    """Why days were added."""

    row = models.OneToOneField(AddedDays, on_delete=models.PROTECT, related_name="words")
