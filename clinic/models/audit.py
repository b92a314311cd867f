"""The audit trail. Rows hold ids as text, so erasing a person never changes them."""

from django.db import models

from clinic.database.append_only import AppendOnly


class AuditEvent(models.Model):
    """Who did what to whose record: a reading, a decision, a booking, a refusal. Never a value."""

    at = models.DateTimeField()
    actor = models.CharField(max_length=60)
    role = models.CharField(max_length=20)
    action = models.CharField(max_length=60)
    object = models.CharField(max_length=80, blank=True)
    patient = models.CharField(max_length=40, blank=True)
    fields_seen = models.JSONField(default=list)
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
