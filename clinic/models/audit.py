"""The audit trail. Rows hold ids as text, so erasing a person never changes them."""

import uuid

from django.db import models

from clinic.database.append_only import AppendOnly
from clinic.database.sealed import SealedJSONField


class AuditEvent(models.Model):
    """Who did what to whose record: a reading, a decision, a booking, a refusal. Never a value."""

    at = models.DateTimeField()
    actor = models.CharField(max_length=60)
    role = models.CharField(max_length=20)
    action = models.CharField(max_length=60)
    object = models.CharField(max_length=80, blank=True)
    patient = models.CharField(max_length=40, blank=True)
    # Over the salt and the names of the fields in the side table; "" where no field was seen. See
    # `clinic.audit.details`.
    fields_digest = models.CharField(max_length=64, blank=True)
    allowed = models.BooleanField(default=True)
    reason = models.CharField(max_length=300, blank=True)
    ip = models.CharField(max_length=45, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["patient", "at"], name="audit_patient_at"),
            models.Index(fields=["object", "at"], name="audit_object_at"),
        ]
        constraints = [AppendOnly(name="audit_append_only")]

    def __str__(self) -> str:
        return f"Audit event #{self.pk}"


class AuditDetail(models.Model):
    """What was seen in one audit event: {"salt", "fields"}, sealed.

    Which questions somebody was asked tells what she had answered. This is no column of the event,
    as the event is append-only, and what is sealed must be sealed anew when a key is replaced.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    event = models.OneToOneField(AuditEvent, on_delete=models.PROTECT, related_name="detail")
    sealed = SealedJSONField()

    def __str__(self) -> str:
        return f"Audit detail {str(self.pk)[:8]}"
