"""`CalendarFeed`: a private address from which a calendar program reads appointments."""

import uuid

from django.db import models
from django.db.models import Q

from clinic.models.people import Clinician, Patient


class CalendarFeed(models.Model):
    """A calendar address of one clinician or one patient.

    Whoever knows the address can read it, so only its hash is stored, and it can be revoked at any
    time. Each person has one address at most that is not revoked.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinician = models.ForeignKey(
        Clinician, null=True, blank=True, on_delete=models.PROTECT, related_name="feeds"
    )
    patient = models.ForeignKey(
        Patient, null=True, blank=True, on_delete=models.PROTECT, related_name="feeds"
    )
    token_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    # The patient's epoch when it was opened: it shows nothing once hers is another.
    epoch = models.PositiveIntegerField(default=0)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(clinician__isnull=True, patient__isnull=False)
                | Q(clinician__isnull=False, patient__isnull=True),
                name="calendar_feed_of_one_person",
            ),
            models.UniqueConstraint(
                fields=["clinician"],
                condition=Q(revoked_at__isnull=True),
                name="calendar_feed_one_for_a_clinician",
            ),
            models.UniqueConstraint(
                fields=["patient"],
                condition=Q(revoked_at__isnull=True),
                name="calendar_feed_one_for_a_patient",
            ),
        ]

    def __str__(self) -> str:
        return f"Calendar feed {str(self.pk)[:8]}"
