"""What came of judging stored forms by another version of the rules."""

import uuid

from django.db import models

from clinic.database.sealed import SealedJSONField


class Replay(models.Model):
    """One replay, kept with the version of the rules it was made with.

    `since` is the first day of judgement that was looked at; null is all. `changes` lists the forms
    that would be judged differently: ids, rule ids and levels.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    rules_version = models.CharField(max_length=20)
    since = models.DateField(null=True, blank=True)
    replayed_at = models.DateTimeField()
    judged = models.PositiveIntegerField()
    changed = models.PositiveIntegerField()
    changes = SealedJSONField()

    class Meta:
        ordering = ["-replayed_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(changed__lte=models.F("judged")), name="replay_changed_of_judged"
            )
        ]

    def __str__(self) -> str:
        return f"Replay {str(self.pk)[:8]}"
