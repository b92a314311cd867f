"""What is sold: packages and their versions, each with its visits in order."""

import uuid

from django.db import models
from django.db.models import F, Q

from booking.models.offer import Service
from clinic.database.append_only import AppendOnly
from clinic.database.triggers import RowRule
from clinic.models.people import User

FEWEST_VISITS, MOST_VISITS = 2, 12
# The steps of the protocol, V1 to V6 (docs/clinical.md, "The six steps").
FIRST_STEP, LAST_STEP = 1, 6
# A package is paid in twelve parts at most, whatever its version allows.
MOST_PARTS = 12


class Package(models.Model):
    """A bundle of visits on the price list. What it holds and costs stands in its versions.

    Nobody can buy one that is not offered. One that was bought goes on as it was.
    """

    is_offered = models.BooleanField(default=False)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"Package #{self.pk}"


class PackageVersion(models.Model):
    """What a package held and cost from some day on. Rows are only added; the newest is sold.

    An enrollment keeps the version it bought. Prices are null until somebody has set them.
    """

    # Never used again, so whatever is known of a version stays true.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    package = models.ForeignKey(Package, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=80)
    visit_count = models.PositiveSmallIntegerField()
    price_cents = models.PositiveIntegerField(null=True, blank=True)
    validity_days = models.PositiveSmallIntegerField(default=180)
    unused_visit_refund_cents = models.PositiveIntegerField(null=True, blank=True)
    # In how many parts it may be paid.
    payment_parts = models.PositiveSmallIntegerField(default=2)
    in_force_from = models.DateTimeField()
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["package", "number"]
        constraints = [
            AppendOnly(name="package_version_append_only"),
            models.UniqueConstraint(
                fields=["package", "number"], name="package_version_each_number_once"
            ),
            models.CheckConstraint(
                condition=Q(visit_count__range=(FEWEST_VISITS, MOST_VISITS)),
                name="package_version_two_to_twelve_visits",
            ),
            models.CheckConstraint(
                condition=Q(validity_days__gt=0, payment_parts__range=(1, MOST_PARTS)),
                name="package_version_lasts",
            ),
            models.CheckConstraint(
                condition=Q(price_cents__isnull=True, unused_visit_refund_cents__isnull=True)
                | Q(price_cents__isnull=False, unused_visit_refund_cents__isnull=False),
                name="package_version_prices_together",
            ),
        ]

    def __str__(self) -> str:
        return f"Package version {str(self.pk)[:8]}"


class PackageVisit(models.Model):
    """One visit of a version: its service, its step of the protocol, its days after the one before.

    `step` is 1 to 6; it begins with 1, may repeat and never goes back. Rows are only added.
    """

    version = models.ForeignKey(PackageVersion, on_delete=models.PROTECT, related_name="visits")
    number = models.PositiveSmallIntegerField()
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+")
    step = models.PositiveSmallIntegerField()
    # Days from the visit before: the fewest, and after how many it is late. None for visit 1.
    least_days = models.PositiveSmallIntegerField(default=0)
    most_days = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["version", "number"]
        constraints = [
            AppendOnly(name="package_visit_append_only"),
            models.UniqueConstraint(
                fields=["version", "number"], name="package_visit_each_number_once"
            ),
            models.CheckConstraint(
                condition=Q(number=1, step=FIRST_STEP, least_days=0, most_days__isnull=True)
                | Q(number__gt=1, step__range=(FIRST_STEP, LAST_STEP))
                & (Q(most_days__isnull=True) | Q(most_days__gte=F("least_days"))),
                name="package_visit_begins_with_first_step",
            ),
            RowRule(
                name="package_visit_fits_version",
                holds=(
                    "NEW.number <= (SELECT version.visit_count FROM booking_packageversion version"
                    " WHERE version.id = NEW.version_id)"
                ),
            ),
            RowRule(
                name="package_visit_step_never_back",
                holds=(
                    "NOT EXISTS (SELECT 1 FROM booking_packagevisit other"
                    " WHERE other.version_id = NEW.version_id"
                    " AND (other.number < NEW.number AND other.step > NEW.step"
                    " OR other.number > NEW.number AND other.step < NEW.step))"
                ),
            ),
            RowRule(
                name="package_visit_is_of_package",
                holds=(
                    "(SELECT service.kind FROM booking_service service"
                    " WHERE service.id = NEW.service_id) = 'package_visit'"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"Package visit #{self.pk}"
