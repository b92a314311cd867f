"""`Referral`: a patient's permission to book, with its reason."""

import uuid

from django.db import models
from django.db.models import Q

from clinic.database.sealed import SealedJSONField
from clinic.models.people import Patient


class ReferralQuerySet(models.QuerySet["Referral"]):
    def current(self) -> "ReferralQuerySet":
        """Return the one referral of each patient that is in force."""
        return self.filter(superseded_at__isnull=True)


class Referral(models.Model):
    """What one patient may book, from which dates, until when, and why.

    A patient has at most one current referral. Each new result or decision supersedes it, also one
    that says nothing may be booked. A service is open from its `…_opens_on` date (a clinic date)
    through `expires_on`; null means closed.
    """

    class Level(models.TextChoices):
        URGENT = "urgent"
        RED = "red"
        CAUTION = "caution"
        CLEAR = "clear"

    class Source(models.TextChoices):
        INTAKE = "intake"
        DECISION = "decision"
        DESK = "desk"

    class Closed(models.TextChoices):
        """Why a service is closed; `booking.referrals.eligibility` has the words for each."""

        NOT_CLOSED = "", "-"
        URGENT = "urgent"
        REVIEW = "review"
        CHANGED_ANSWER = "changed_answer"
        WEEKS = "weeks"
        NO_BIRTH_DATE = "no_birth_date"
        NOT_SCREENED = "not_screened"
        DECLINED = "declined"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="referrals")
    level = models.CharField(max_length=8, choices=Level.choices)
    source = models.CharField(max_length=10, choices=Source.choices)
    # Booking only passes these on: what it came from ("intake:<uuid>"), and the clinicians' page
    # about it.
    because_of = models.CharField(max_length=80, blank=True)
    link = models.CharField(max_length=200, blank=True)
    evaluation_opens_on = models.DateField(null=True, blank=True)
    run_ready_opens_on = models.DateField(null=True, blank=True)
    evaluation_closed = SealedJSONField(
        choices=Closed.choices, default=Closed.NOT_CLOSED, blank=True
    )
    run_ready_closed = SealedJSONField(
        choices=Closed.choices, default=Closed.NOT_CLOSED, blank=True
    )
    # The first dates of visit 1 (birth + 42 days) and visit 3 (birth + 84 days).
    first_visit_from = models.DateField(null=True, blank=True)
    impact_from = models.DateField(null=True, blank=True)
    # After an urgent answer, or declined, the patient cannot book or move online. She can still
    # cancel.
    stops_self_booking = models.BooleanField(default=False)
    needs_pessary_fitting = SealedJSONField(default=False)
    intake_sent_on = models.DateField(null=True, blank=True)
    expires_on = models.DateField()
    made_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    objects = ReferralQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient"],
                condition=Q(superseded_at__isnull=True),
                name="referral_one_current",
            ),
            # The next three hold whatever the code does: the desk cannot open the package, and
            # answers alone open nothing when urgent, no package when red.
            models.CheckConstraint(
                condition=~Q(source="desk") | Q(run_ready_opens_on__isnull=True),
                name="referral_desk_evaluation_only",
            ),
            models.CheckConstraint(
                condition=~Q(level="urgent", source="intake")
                | Q(
                    evaluation_opens_on__isnull=True,
                    run_ready_opens_on__isnull=True,
                    stops_self_booking=True,
                ),
                name="referral_urgent_opens_nothing",
            ),
            models.CheckConstraint(
                condition=~Q(level="red", source="intake") | Q(run_ready_opens_on__isnull=True),
                name="referral_red_no_package",
            ),
        ]

    def __str__(self) -> str:
        return f"Referral {str(self.pk)[:8]}"
