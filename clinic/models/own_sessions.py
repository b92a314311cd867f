"""Where somebody is signed in."""

import uuid

from django.db import models

from clinic.models.people import User


class SignedIn(models.Model):
    """One browser in which a user signed in. The session of that browser holds the id.

    Until `ended_at` its session opens the user's pages. `browser` and `system` are names such as
    "Firefox" and "Windows", or "" where they are not known.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="signed_in")
    browser = models.CharField(max_length=20, blank=True)
    system = models.CharField(max_length=20, blank=True)
    # The address the browser had when it was last seen.
    address = models.CharField(max_length=45, blank=True)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["user", "ended_at"], name="signed_in_user")]

    def __str__(self) -> str:
        return f"Sign-in {str(self.pk)[:8]}"
