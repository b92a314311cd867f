"""Permission to book, with its reason."""

import uuid

from django.db import models
from django.db.models import Q

from clinic.models.people import Patient


class ReferralQuerySet(models.QuerySet["Referral"]):
    def current(self) -> "ReferralQuerySet":
        """The one referral of each patient that counts now."""
        return self.filter(superseded_at__isnull=True)


class Referral(models.Model):
    """What one patient may book, from which dates, until when, because of what.

    A patient has exactly one current referral; each new result or decision supersedes it, also with
    "nothing may be booked". A service is open from its `…_opens_on` date on; null keeps it closed.
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
        """Why something is closed, so that booking can say it in plain words."""

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
    # Opaque to booking: what it came from ("intake:<uuid>") and the page clinicians open it by.
    because_of = models.CharField(max_length=80, blank=True)
    link = models.CharField(max_length=200, blank=True)
    evaluation_opens_on = models.DateField(null=True, blank=True)
    run_ready_opens_on = models.DateField(null=True, blank=True)
    evaluation_closed = models.CharField(max_length=20, choices=Closed.choices, blank=True)
    run_ready_closed = models.CharField(max_length=20, choices=Closed.choices, blank=True)
    # Gates of the visits' own dates: birth + 42 days for visit 1, birth + 84 for visit 3.
    first_visit_from = models.DateField(null=True, blank=True)
    impact_from = models.DateField(null=True, blank=True)
    # Stops booking and moving by the patient (urgent); cancelling stays open.
    stops_self_booking = models.BooleanField(default=False)
    needs_pessary_fitting = models.BooleanField(default=False)
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
