"""What stops somebody who guesses: tries, known browsers, mailed codes, used steps."""

import uuid

from django.db import models
from django.db.models import Q

from clinic.database.sealed import SealedJSONField
from clinic.models.people import User


class TryCount(models.Model):
    """How often a secret of one account was tried: from one place, or from everywhere.

    `key` is a keyed hash of the account and the place. A try is counted before it is judged and
    given back when it was right. Until `closed_until` none is judged.
    """

    key = models.CharField(max_length=64, primary_key=True)
    tries = models.PositiveIntegerField()
    since = models.DateTimeField()
    closed_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["since"], name="try_count_since")]

    def __str__(self) -> str:
        return f"Tries {self.key[:8]}"


class KnownBrowser(models.Model):
    """A browser in which this user signed in before. Deleting the row makes it unknown again.

    The browser holds the token, as a signed cookie; here stands its SHA-256 in hexadecimal. Several
    people who share a browser have one token and a row each.
    """

    token_hash = models.CharField(max_length=64)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="known_browsers")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["token_hash", "user"], name="known_browser_once")
        ]
        indexes = [models.Index(fields=["last_at"], name="known_browser_last_at")]

    def __str__(self) -> str:
        return f"Browser of user #{self.user_id}"


class MailedCode(models.Model):
    """A sign-in code that was asked for, whether or not anybody gets it.

    `digest` is a keyed digest of the row's id and the code. `content` is {"email": the address}.
    The session of the browser that asked holds the id; nothing else finds the row.
    """

    MOST_TRIES = 5

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    digest = models.CharField(max_length=64)
    content = SealedJSONField()
    tries = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(tries__lte=5), name="mailed_code_most_tries"),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True) | Q(tries__gte=1), name="mailed_code_used_by_try"
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], name="mailed_code_expires_at")]

    def __str__(self) -> str:
        return f"Mailed code {str(self.pk)[:8]}"


class UsedStep(models.Model):
    """A step of 30 seconds whose code an authenticator app has used up. It never works again."""

    authenticator = models.ForeignKey("mfa.Authenticator", on_delete=models.CASCADE)
    step = models.BigIntegerField()
    used_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["authenticator", "step"], name="used_step_once")
        ]
        indexes = [models.Index(fields=["used_at"], name="used_step_used_at")]

    def __str__(self) -> str:
        return f"Step {self.step} of authenticator #{self.authenticator_id}"


class StoredSession(models.Model):
    """A session: `key_hash` is the SHA-256 of the key in the browser's cookie.

    Nobody takes over a session with what stands here (clinic.sign_in.session_store).
    """

    key_hash = models.CharField(max_length=64, primary_key=True)
    data = SealedJSONField()
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="stored_session_expires_at")]

    def __str__(self) -> str:
        return f"Session {self.key_hash[:8]}"
