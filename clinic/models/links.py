"""Private links, of which only the hash is stored, and wrong tries at the date of birth."""

import uuid

from django.db import models

from clinic.models.people import Patient


class AccessLink(models.Model):
    """A mailed link: what it opens (`about`), for which purpose, and until when."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField(max_length=30)
    about = models.CharField(max_length=80)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT)
    # SHA-256 in hexadecimal.
    token_hash = models.CharField(max_length=64, unique=True)
    # The patient's epoch when it was issued: it opens nothing once hers is another. Null for a link
    # that only stops mail to `given_to`, which works for ever.
    epoch = models.PositiveIntegerField(null=True)
    # The address it was mailed to, as rows are compared by it.
    given_to = models.CharField(max_length=254, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["about", "purpose"], name="link_about_purpose")]

    def __str__(self) -> str:
        return f"Link {str(self.pk)[:8]} ({self.purpose})"


class BirthDateTries(models.Model):
    """How often a wrong date of birth was given for one patient, over all of her links."""

    patient = models.OneToOneField(Patient, on_delete=models.PROTECT, related_name="+")
    wrong = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Tries of {self.patient_id}"
