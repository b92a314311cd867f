"""The two tables in which the history of a concern or a task stands: rows, and their sealed words.

The rows are append-only. Their words are not: key rotation seals them again. The digest in the row
proves that the words are still those that were written.
"""

import uuid

from django.db import models

from clinic.database.sealed import SealedJSONField
from clinic.models.people import User


class HistoryRow(models.Model):
    """Something that happened: when, by whom (null: the patient or the system), what."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # Over the salt and the words in the side table; see `clinic.database.digests`.
    digest = models.CharField(max_length=64)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {str(self.pk)[:8]}"


class HistoryWords(models.Model):
    """What a history row says: {"salt", "content"}, sealed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sealed = SealedJSONField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {str(self.pk)[:8]}"
