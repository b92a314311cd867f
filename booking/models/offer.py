"""What the clinic offers, and on which terms: policy, services and rooms."""

from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clinic.database.triggers import RowRule
from clinic.models.people import Clinician, User

# Buffers included; a constraint on Service enforces it. Searches for what overlaps a time rely on
# it: they look no further than this before and after.
LONGEST_VISIT = timedelta(days=1)


def default_reminder_leads() -> list[int]:
    """Return the hours before a visit at which reminders are sent."""
    return [48, 24]


class Policy(models.Model):
    """One version of the clinic's terms.

    Rows are only added. The newest is in force; what was booked or bought before refers to the one
    of its time. Names end with their unit; hours of the day are clinic wall time.
    """

    in_force_from = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT)
    slot_grid_minutes = models.PositiveSmallIntegerField(default=15)
    notice_patient_hours = models.PositiveSmallIntegerField(default=12)
    notice_desk_hours = models.PositiveSmallIntegerField(default=0)
    horizon_patient_days = models.PositiveSmallIntegerField(default=182)
    horizon_desk_days = models.PositiveSmallIntegerField(default=365)
    hold_minutes = models.PositiveSmallIntegerField(default=10)
    hold_renewals = models.PositiveSmallIntegerField(default=1)
    late_change_hours = models.PositiveSmallIntegerField(default=24)
    cancel_undo_minutes = models.PositiveSmallIntegerField(default=15)
    referral_days = models.PositiveSmallIntegerField(default=90)
    offer_hours = models.PositiveSmallIntegerField(default=2)
    evaluation_counts_days = models.PositiveSmallIntegerField(default=42)
    idle_package_days = models.PositiveSmallIntegerField(default=21)
    reminder_lead_hours = models.JSONField(default=default_reminder_leads)
    reminder_skip_within_minutes = models.PositiveSmallIntegerField(default=120)
    quiet_from_hour = models.PositiveSmallIntegerField(default=21)
    quiet_until_hour = models.PositiveSmallIntegerField(default=8)

    class Meta:
        get_latest_by = "pk"
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    slot_grid_minutes__gt=0,
                    hold_minutes__gt=0,
                    horizon_patient_days__gt=0,
                    horizon_desk_days__gt=0,
                    offer_hours__gt=0,
                    idle_package_days__gt=0,
                ),
                name="policy_lasts",
            ),
            models.CheckConstraint(
                condition=Q(quiet_from_hour__lte=24, quiet_until_hour__lt=F("quiet_from_hour")),
                name="policy_leaves_hours_to_mail",
            ),
        ]

    def __str__(self) -> str:
        return f"Policy #{self.pk}"


class Service(models.Model):
    """One line of the price list, or one visit that packages are made of.

    Its `kind` says which: an evaluation and a follow-up have a price of their own, a visit of a
    package is paid for by the package. The kind never changes.
    """

    class Kind(models.TextChoices):
        EVALUATION = "evaluation", _("Evaluation")
        PACKAGE_VISIT = "package_visit", _("Visit of a package")
        FOLLOW_UP = "follow_up", _("Follow-up")

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(max_length=13, choices=Kind.choices)
    minutes = models.PositiveSmallIntegerField(_("minutes"))
    buffer_before_minutes = models.PositiveSmallIntegerField(default=0)
    buffer_after_minutes = models.PositiveSmallIntegerField(default=15)
    # Null for a visit that the package pays for, and until somebody has set it.
    price_cents = models.PositiveIntegerField(null=True, blank=True)
    clinicians = models.ManyToManyField(Clinician, related_name="services")
    # Whether it can be booked. A visit of a package can be while somebody has the package.
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(minutes__gt=0), name="service_takes_time"),
            models.CheckConstraint(
                condition=Q(
                    minutes__lte=LONGEST_VISIT // timedelta(minutes=1)
                    - F("buffer_before_minutes")
                    - F("buffer_after_minutes")
                ),
                name="service_fits_into_a_day",
            ),
            models.CheckConstraint(
                condition=Q(kind="package_visit", price_cents__isnull=True)
                | Q(kind__in=("evaluation", "follow_up"))
                & (Q(is_active=False) | Q(price_cents__isnull=False)),
                name="service_priced_before_booked",
                violation_error_message=_("Set its price first."),
            ),
            RowRule(
                name="service_keeps_its_kind",
                holds="NEW.kind = OLD.kind",
                columns=("kind",),
                on_insert=False,
            ),
        ]

    def __str__(self) -> str:
        return f"Service {self.code}"

    @property
    def is_of_package(self) -> bool:
        """Whether packages are made of it, and pay for it."""
        return self.kind == self.Kind.PACKAGE_VISIT


class Room(models.Model):
    """A treatment room; every appointment occupies one."""

    name = models.CharField(_("name"), max_length=40, unique=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"Room #{self.pk}"
