"""After a restore: old mail waits for a person, and what was given out before opens nothing.

The rows are those of the backup. What was sent, ended or erased since then is not in them.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import F
from django.dispatch import Signal

from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.messages.delivery.held_back import leave_to_a_person
from clinic.models.audit import AuditEvent
from clinic.models.links import AccessLink
from clinic.models.messages import Asked
from clinic.models.own_sessions import SignedIn
from clinic.models.people import Patient, User
from clinic.models.sign_in import KnownBrowser, MailedCode, StoredSession
from clinic.retention.erasing import replay_erasures

ACTION = "after restore"
# Sent with `context` in the transaction that ends what was given out: the apps above end theirs. An
# error in a receiver stops it.
restored = Signal()


@dataclass(frozen=True)
class Followed:
    """What was done: mails left to a person, mails that are not sent, and erasures done again.

    The mails are None if all of it but the erasures was done before for this backup.
    """

    mails: int | None
    unsent: int
    listed: int
    erased: int


def follow_restore(*, taken_at: datetime, context: Context) -> Followed:
    """Do what must follow the restore of a backup that was taken then. May be run twice.

    The second time it only erases again: what began after the first run goes on. Raises
    ListUnwritable.
    """
    mails, unsent = _once(taken_at, context)
    listed, erased = replay_erasures(context)
    return Followed(mails, unsent, listed, erased)


@transaction.atomic
def _once(taken_at: datetime, context: Context) -> tuple[int | None, int]:
    # However somebody types the same time: in another zone, or without parts of a second.
    backup = f"backup of {taken_at.astimezone(UTC).isoformat(timespec='seconds')}"
    if AuditEvent.objects.filter(action=ACTION, reason__startswith=backup).exists():
        return None, 0
    mails, unsent = leave_to_a_person(context.now)
    _end_what_was_given_out(context)
    restored.send(sender=None, context=context)
    reason = f"{backup}: {mails} mails need a person, {unsent} are not sent"
    record(context.actor, ACTION, reason=reason)
    return mails, unsent


def _end_what_was_given_out(context: Context) -> None:
    """End sessions, links, codes and remembered browsers: some were ended since the backup."""
    StoredSession.objects.all().delete()
    SignedIn.objects.filter(ended_at__isnull=True).update(ended_at=context.now)
    # A link to a password is made from the last sign-in, and ends with it.
    User.objects.update(session_epoch=F("session_epoch") + 1, last_login=context.now)
    KnownBrowser.objects.all().delete()
    MailedCode.objects.filter(expires_at__gt=context.now).update(expires_at=context.now)
    Asked.objects.all().delete()
    Patient.objects.update(epoch=F("epoch") + 1)
    # Without an epoch it only stops mail, which nobody must be kept from.
    links = AccessLink.objects.filter(epoch__isnull=False, revoked_at__isnull=True)
    links.update(revoked_at=context.now)
