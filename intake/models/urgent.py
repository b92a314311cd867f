"""The model of urgent answers: a row for each form, as soon as they are given, sent or not."""

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q

from clinic.database.sealed import SealedJSONField
from clinic.models.people import Patient
from intake.models.intake import Intake
from intake.models.task import Task


class UrgentCallQuerySet(models.QuerySet["UrgentCall"]):
    def open(self) -> "UrgentCallQuerySet":
        """Return the rows whose call has no outcome yet."""
        return self.filter(task__status__in=(Task.Status.OPEN, Task.Status.UNREACHED))


class UrgentCall(models.Model):
    """The urgent answers on one form, and the task of calling the patient about them.

    `rules` are the ids of the urgent rules that fired, `actions` what the patient was told to do.
    If she changes the answers the row stays, and the change waits for a clinician. Several forms
    may lead to the same task.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="urgent_calls")
    intake = models.ForeignKey(Intake, on_delete=models.PROTECT, related_name="urgent_calls")
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="urgent_calls")
    rules = SealedJSONField()
    actions = SealedJSONField()
    # The urgent answers as they were given, and after the patient changed them.
    answers = SealedJSONField()
    changed_answers = SealedJSONField(null=True)
    raised_at = models.DateTimeField()
    help_on_the_way_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)

    objects = UrgentCallQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["intake", "task"],
                condition=Q(changed_at__isnull=True),
                name="urgent_one_per_intake",
            ),
        ]

    def __str__(self) -> str:
        return f"Urgent call {str(self.pk)[:8]}"

    @property
    def due_at(self) -> datetime:
        """Return when the call is due, the time the patient is told (UTC)."""
        return self.task.due_at
