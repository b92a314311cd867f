"""The model of a replay: stored forms judged once more by a later version of the rules."""

import uuid

from django.db import models

from clinic.database.sealed import SealedJSONField


class Replay(models.Model):
    """The result of one replay, with the version of the rules it used.

    `since` is the first date of judgment (`as_of`) that was included, null for all. `judged` and
    `changed` are numbers of forms. `changes` lists the forms that would be judged differently: ids,
    rule ids and levels.
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
