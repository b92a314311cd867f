"""The model of a change of e-mail that waits for a yes from both mailboxes."""

import uuid
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.database.sealed import SealedJSONField
from clinic.models.people import Patient


class EmailChangeQuerySet(models.QuerySet["EmailChange"]):
    def open(self) -> "EmailChangeQuerySet":
        """Return those that nothing has ended; the time of some may be over."""
        return self.filter(ended_at__isnull=True)

    def past(self, now: datetime) -> "EmailChangeQuerySet":
        """Return those whose time is over at `now`, ended or not."""
        return self.filter(asked_at__lte=now - EmailChange.KEPT)


class EmailChange(models.Model):
    """A patient asked for mail to another address; it changes once both mailboxes have said yes.

    `new_email` is sealed, a text. The row is deleted once it is older than KEPT.
    """

    # So long both mailboxes have time, and so long the row is kept.
    KEPT = timedelta(hours=24)

    class End(models.TextChoices):
        CHANGED = "changed", _("Changed")
        TAKEN_BACK = "taken_back", _("Taken back")
        NOT_ME = "not_me", _("The reader of the mailbox so far says that it was not her")
        EXPIRED = "expired", _("Its time was over")
        OVERTAKEN = "overtaken", _("Her row changed hands meanwhile")
        REFUSED = "refused", _("Somebody else signs in with the new e-mail")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    new_email = SealedJSONField()
    # The patient's when it was asked for: once hers is another one, it changes nothing any more.
    epoch = models.PositiveIntegerField()
    asked_at = models.DateTimeField()
    # How often the mails were owed.
    mailings = models.PositiveSmallIntegerField(default=1)
    old_confirmed_at = models.DateTimeField(null=True, blank=True)
    new_confirmed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_why = models.CharField(max_length=12, choices=End.choices, blank=True)

    objects = EmailChangeQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["asked_at"], name="email_change_asked")]
        constraints = [
            models.UniqueConstraint(
                fields=["patient"],
                condition=Q(ended_at__isnull=True),
                name="email_change_one_open",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_why="")
                | Q(ended_at__isnull=False) & ~Q(ended_why=""),
                name="email_change_end_together",
            ),
            models.CheckConstraint(
                condition=~Q(ended_why="changed")
                | Q(old_confirmed_at__isnull=False, new_confirmed_at__isnull=False),
                name="email_change_needs_both",
            ),
        ]

    def __str__(self) -> str:
        return f"EmailChange {str(self.pk)[:8]}"

    @property
    def open_until(self) -> datetime:
        """When its time is over."""
        return self.asked_at + self.KEPT

    def is_open_at(self, now: datetime) -> bool:
        """Return whether a mailbox can still say yes."""
        return self.ended_at is None and now < self.open_until
