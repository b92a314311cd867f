"""The model of whom we may call, and where help finds her, when we cannot reach a patient."""

import uuid

from django.db import models

from clinic.database.sealed import SealedJSONField
from clinic.models.people import Patient, User


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
