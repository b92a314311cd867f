"""The models for an emergency: access to one record, and whom we call when nobody reaches her."""

import uuid

from django.db import models
from django.db.models import F, Q

from clinic.database.sealed import SealedJSONField
from clinic.models.people import Patient, User


class EmergencyAccess(models.Model):
    """A member of staff may open what helps one patient, until `ends_at` or `ended_at`.

    `content` is sealed: {"reason": why}. Each opening is an audit event besides.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    content = SealedJSONField()
    began_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    # When its user ended it, null until then.
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["user", "ends_at"], name="emergency_access_user"),
            models.Index(fields=["-began_at"], name="emergency_access_began"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("began_at")), name="emergency_access_ends"
            ),
            # Opening another one ends the one before.
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(ended_at__isnull=True),
                name="emergency_access_one_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"EmergencyAccess {str(self.pk)[:8]}"


class EmergencyContact(models.Model):
    """Whom to call when a patient cannot be reached, and where she lives. One for each patient.

    `content` is sealed: {"name", "phone", "relation", "address", "may_say_care"}. Texts are ""
    where nothing was given; `phone` is stored as `clinic.identity.phones` has it. With
    `may_say_care` whoever calls may say that it is about her care. It is
    opened for a task in which nobody reached her, and by an emergency access.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.OneToOneField(
        Patient, on_delete=models.PROTECT, related_name="emergency_contact"
    )
    content = SealedJSONField()
    saved_at = models.DateTimeField()
    # The member of staff to whom she said it, null when she wrote it herself.
    entered_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    def __str__(self) -> str:
        return f"EmergencyContact {str(self.pk)[:8]}"
