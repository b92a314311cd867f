"""`Enrollment`, one patient's purchase of a package, and the ledger of its credits."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.models.catalog import PackageVersion
from booking.models.offer import Policy
from booking.models.referral import Referral
from booking.models.typed_reason import TypedReason, WithReason
from clinic.database.append_only import AppendOnly
from clinic.database.sealed import SealedJSONField
from clinic.database.transitions import NEW, Guarded, Transitions
from clinic.database.triggers import RowRule
from clinic.models.people import Patient


class EnrollmentQuerySet(models.QuerySet["Enrollment"]):
    def live(self) -> "EnrollmentQuerySet":
        """Return the packages that have not ended."""
        return self.filter(ended_at__isnull=True)


class Enrollment(Guarded):
    """One patient's package, live or ended, with the version, price and policy it was bought in.

    A patient has one live package at most.
    """

    class Ending(models.TextChoices):
        FINISHED = "finished", _("Finished")
        CANCELLED = "cancelled", _("Cancelled")
        EXPIRED = "expired", _("Expired")

    LIVE = "live"
    # A finished package is live again when its last visit was marked by mistake.
    TRANSITIONS = Transitions(
        {
            NEW: {LIVE: ("enroll", "import_some")},
            LIVE: {
                LIVE: ("add_days", "adjust_credits"),
                Ending.FINISHED: ("mark_completed",),
                Ending.CANCELLED: ("end_package", "undo_some"),
                Ending.EXPIRED: ("end_due_packages",),
            },
            Ending.FINISHED: {LIVE: ("undo_mark",)},
            Ending.CANCELLED: {},
            Ending.EXPIRED: {},
        }
    )
    STATUS_FIELDS = frozenset({"ending"})

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="enrollments")
    referral = models.ForeignKey(Referral, on_delete=models.PROTECT)
    version = models.ForeignKey(PackageVersion, on_delete=models.PROTECT, related_name="+")
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT)
    price_cents = models.PositiveIntegerField()
    # The price of an evaluation that was counted as visit 1.
    credited_cents = models.PositiveIntegerField(default=0)
    # The first clinic dates of visit 1 and of jumps and running, copied from the referral it was
    # bought with.
    first_visit_from = models.DateField()
    impact_from = models.DateField()
    enrolled_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ending = models.CharField(max_length=10, choices=Ending.choices, blank=True)
    ending_reason = SealedJSONField(default="", blank=True)

    objects = EnrollmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient"],
                condition=Q(ended_at__isnull=True),
                name="enrollment_one_live",
                violation_error_message=_("This patient has a package under way."),
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ending="")
                | (Q(ended_at__isnull=False) & ~Q(ending="")),
                name="enrollment_ending_together",
            ),
            # What was bought is all there, has a price, and stays what it was.
            RowRule(
                name="enrollment_buys_whole_version",
                holds=(
                    "(SELECT version.price_cents IS NOT NULL AND version.visit_count ="
                    " (SELECT COUNT(*) FROM booking_packagevisit visit"
                    " WHERE visit.version_id = version.id)"
                    " FROM booking_packageversion version WHERE version.id = NEW.version_id)"
                ),
            ),
            RowRule(
                name="enrollment_keeps_its_version",
                holds="NEW.version_id = OLD.version_id",
                columns=("version_id",),
                on_insert=False,
            ),
        ]

    def __str__(self) -> str:
        return f"Enrollment {str(self.pk)[:8]}"

    @property
    def status(self) -> str:
        """LIVE, or how it ended. A pause is no status: it only moves the last day."""
        return self.ending or self.LIVE

    @property
    def owed_cents(self) -> int:
        """The price, less that of an evaluation that was counted as visit 1; never negative."""
        return max(0, self.price_cents - self.credited_cents)


class LedgerEntry(WithReason):
    """One movement of credits; rows are only added.

    The balance, 0 to the visits of the version, is the sum of `delta` and is stored nowhere.
    `booking.packages.ledger` says which entry may follow which.
    """

    class Kind(models.TextChoices):
        GRANT = "grant", _("Bought")
        RESERVE = "reserve", _("Booked")
        RETURN = "return", _("Given back")
        FORFEIT = "forfeit", _("Used: cancelled late or missed")
        CONSUME = "consume", _("Used: visit took place")
        ADJUST = "adjust", _("Changed by the clinic")

    enrollment = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="ledger")
    appointment = models.ForeignKey(
        "booking.Appointment", null=True, blank=True, on_delete=models.PROTECT
    )
    # The appointment's `cycle` when this was written: each booking of it has entries of its own.
    cycle = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    delta = models.SmallIntegerField()
    at = models.DateTimeField()
    by = models.CharField(max_length=60)

    class Meta:
        ordering = ["pk"]
        constraints = [
            AppendOnly(name="ledger_append_only"),
            models.UniqueConstraint(
                fields=["appointment", "cycle", "kind"],
                condition=Q(appointment__isnull=False),
                name="ledger_once_per_cycle",
            ),
            models.UniqueConstraint(
                fields=["enrollment"],
                condition=Q(kind="grant"),
                name="ledger_one_grant",
            ),
            models.CheckConstraint(
                condition=Q(kind="grant", delta__gt=0, appointment__isnull=True)
                | Q(kind="reserve", delta=-1, appointment__isnull=False)
                | Q(kind="return", delta=1, appointment__isnull=False)
                | Q(kind__in=("forfeit", "consume"), delta=0, appointment__isnull=False)
                | (Q(kind="adjust") & ~Q(delta=0) & ~Q(reason_digest="")),
                name="ledger_delta_fits_kind",
            ),
            RowRule(
                name="ledger_grants_what_was_bought",
                applies="NEW.kind = 'grant'",
                holds=(
                    "NEW.delta = (SELECT version.visit_count FROM booking_enrollment enrollment"
                    " JOIN booking_packageversion version ON version.id = enrollment.version_id"
                    " WHERE enrollment.id = NEW.enrollment_id)"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"Ledger entry #{self.pk}"


class LedgerReason(TypedReason):
    """Why credits were changed, counted, given back or used."""

    row = models.OneToOneField(LedgerEntry, on_delete=models.PROTECT, related_name="words")
