"""The model of the call list: a row for urgent answers as soon as they are given, sent or not."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.database.sealed import SealedJSONField
from clinic.models.people import Patient, User
from intake.models.intake import Intake


class UrgentCallQuerySet(models.QuerySet["UrgentCall"]):
    def open(self) -> "UrgentCallQuerySet":
        """Return calls without a recorded outcome."""
        return self.filter(outcome_at__isnull=True)


class UrgentCall(models.Model):
    """A call owed to a patient who gave urgent answers. Only an outcome closes it.

    `rules` are the ids of the urgent rules that fired, `actions` what the patient was told to do.
    If she changes the answers the row stays, and the change waits for a clinician.
    """

    class Outcome(models.TextChoices):
        GETTING_CARE = "getting_care", _("Is getting care")
        SEEN = "seen", _("Has been seen")
        MISTAKE = "mistake", _("Ticked by mistake, confirmed on the telephone")
        NOT_REACHED = "not_reached", _("Not reached after repeated tries")
        EMERGENCY_SENT = "emergency_sent", _("We sent emergency help")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="urgent_calls")
    intake = models.ForeignKey(Intake, on_delete=models.PROTECT, related_name="urgent_calls")
    rules = models.JSONField()
    actions = models.JSONField()
    # The urgent answers as they were given, and after the patient changed them.
    answers = SealedJSONField()
    changed_answers = SealedJSONField(null=True)
    raised_at = models.DateTimeField()
    due_at = models.DateTimeField()
    help_on_the_way_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=16, choices=Outcome.choices, blank=True)
    outcome_note = SealedJSONField(null=True)
    outcome_at = models.DateTimeField(null=True, blank=True)
    outcome_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT)

    objects = UrgentCallQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="", outcome_at__isnull=True, outcome_by__isnull=True)
                | (~Q(outcome="") & Q(outcome_at__isnull=False, outcome_by__isnull=False)),
                name="urgent_outcome_together",
            ),
            models.UniqueConstraint(
                fields=["intake"],
                condition=Q(outcome_at__isnull=True, changed_at__isnull=True),
                name="urgent_one_open_per_intake",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="urgent_open",
                condition=Q(outcome_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"Urgent call {str(self.pk)[:8]}"
