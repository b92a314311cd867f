"""The counts behind the rate limits."""

from django.db import models


class RateCount(models.Model):
    """How often one client did one thing in one window of time. `key` is a keyed hash of both."""

    key = models.CharField(max_length=64)
    window = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "window"], name="rate_count_once")]

    def __str__(self) -> str:
        return f"Count {self.key[:8]}"
