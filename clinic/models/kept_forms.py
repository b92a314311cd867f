"""What somebody typed into a form that was sent after her session had ended."""

import uuid

from django.db import models

from clinic.database.sealed import SealedJSONField


class KeptForm(models.Model):
    """A form that was sent too late and changed nothing, kept for a short while to be given back.

    `person` is whose it is, as in the audit trail: "user:12" or "patient:<uuid>". `content` is
    {"pages": [the path it was filled in on, …], "action": the path it was sent to, "fields":
    [[name, [value, …]], …]}.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.CharField(max_length=60)
    content = SealedJSONField()
    kept_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["person"], name="kept_form_person"),
            models.Index(fields=["kept_at"], name="kept_form_kept_at"),
        ]

    def __str__(self) -> str:
        return f"Kept form {str(self.pk)[:8]}"
