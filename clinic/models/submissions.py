"""Forms that were sent, so that sending one again does not repeat its action."""

from django.db import models


class Submission(models.Model):
    """The key of one rendered form and where sending it led.

    Written in the transaction of the form's action, so both are stored or neither is.
    """

    key = models.CharField(max_length=43, primary_key=True)
    actor = models.CharField(max_length=60)
    view = models.CharField(max_length=80)
    body_hmac = models.CharField(max_length=64)
    outcome = models.CharField(max_length=300)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="submission_created")]

    def __str__(self) -> str:
        return f"Submission {self.key[:8]}"
