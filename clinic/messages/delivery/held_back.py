"""Mail that waits for a person's word: after hours without a sender, and after a restore.

A sender that begins after hours of silence cannot tell an outage from a restored backup, whose
mail has gone already. So it holds back what is due until somebody says that it may go. Urgent mail
to staff goes on, and so do codes and links that somebody asks for from then on.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.messages.delivery.claiming import JOB, recover
from clinic.messages.delivery.sending import send_due
from clinic.messages.outbox import Lane, kinds_of, secret_kinds
from clinic.models.messages import Email, Heartbeat

# Longer than an upgrade or a restart takes, shorter than the age of nearly any backup.
SILENCE = timedelta(hours=2)
# The heartbeat that stands while mail is held back: since when.
HELD = "mail held back"
# The reasons of mails that wait for a word (clinic.messages.reasons).
HELD_BACK, RESTORED = "held_back", "restored"
Status = Email.Status


@dataclass(frozen=True)
class HeldBack:
    """Since when mail is held back (aware), and how many mails are."""

    since: datetime
    mails: int

    @property
    def words(self) -> str:
        """Why mail is held back, and what to do, for whoever runs the site."""
        return (
            f"Mail is held back ({self.mails} waiting): no sender had run for hours. If a backup "
            "was restored, run manage.py after_restore. If not, manage.py after_pause --go-on "
            "sends it."
        )


def send_what_may_go(*, now: datetime) -> int:
    """Send the mail that is due at `now` and is not held back; return how many.

    The job of the sender, however it was started.
    """
    if (since := _held_since(now)) is not None:
        # First what a dead sender had claimed, or `send_due` would send it.
        recover(now)
        hold_back(since, now)
    return send_due(now=now)


def held_back() -> HeldBack | None:
    """Return since when mail is held back, or None."""
    since = Heartbeat.objects.filter(job=HELD).values_list("at", flat=True).first()
    if since is None:
        return None
    return HeldBack(since, Email.objects.filter(**_WAITING).count())


def left_by_a_restore() -> int:
    """Return how many mails wait for a person because a backup was restored."""
    return Email.objects.filter(status=Status.NEEDS_HUMAN, reason=RESTORED).count()


_WAITING = {"status": Status.NEEDS_HUMAN, "reason": HELD_BACK}


def _held_since(now: datetime) -> datetime | None:
    """Return since when mail is held back, from now on after a long silence; None if it is not."""
    at = dict(Heartbeat.objects.filter(job__in=(HELD, JOB)).values_list("job", "at"))
    if HELD in at:
        return at[HELD]
    if JOB not in at or now - at[JOB] <= SILENCE or _reaches_nobody():
        return None
    return Heartbeat.objects.get_or_create(job=HELD, defaults={"at": now})[0].at


def hold_from(now: datetime) -> None:
    """Hold mail back from now on: a backup was loaded, and what must follow was not done yet."""
    Heartbeat.objects.update_or_create(job=HELD, defaults={"at": now})


def _reaches_nobody() -> bool:
    return settings.EMAIL_BACKEND.endswith(".FolderBackend")


def hold_back(since: datetime, now: datetime) -> int:
    """Leave what is due to a person, but for urgent mail and what was asked for since then."""
    asked_since = Q(kind__in=kinds_of(Lane.ASKED), created_at__gte=since)
    rows = Email.objects.for_action("hold_back").filter(next_try_at__lte=now)
    rows = rows.exclude(Q(kind__in=kinds_of(Lane.URGENT)) | asked_since)
    return rows.update(status=Status.NEEDS_HUMAN, reason=HELD_BACK)


@transaction.atomic
def let_go(*, context: Context) -> int:
    """Let the mail go that is held back, with the sender's next run; return how much there was.

    What is too late by then is not sent. The second time it changes nothing.
    """
    held = Heartbeat.objects.select_for_update().filter(job=HELD).first()
    if held is None:
        return 0
    rows = Email.objects.for_action("let_go").filter(**_WAITING)
    mails = rows.update(status=Status.DUE, next_try_at=context.now, reason="")
    held.delete()
    # So that the next run does not take the same silence for a new one.
    Heartbeat.objects.update_or_create(job=JOB, defaults={"at": context.now})
    record(context.actor, "send held back mail", reason=f"{mails} mails")
    return mails


def leave_to_a_person(now: datetime) -> tuple[int, int]:
    """Leave all mail that was due by `now` to a person; return how much, and how much never goes.

    What is of no use any more, and what only its recipient may see, is not sent at all. Runs in the
    caller's transaction, after a restore: no sender runs.
    """
    rows = Email.objects.for_action("leave_to_a_person").filter(due_at__lte=now)
    is_over = Q(useless_after__lte=now) | Q(kind__in=secret_kinds())
    waiting = rows.exclude(status=Status.NEEDS_HUMAN)
    unsent = waiting.filter(is_over).update(
        status=Status.SKIPPED, reason=RESTORED, payload=None, lease_until=None
    )
    held = rows.filter(Q(status__in=(Status.DUE, Status.CLAIMED)) | Q(reason=HELD_BACK))
    mails = held.update(status=Status.NEEDS_HUMAN, reason=RESTORED, lease_until=None)
    Heartbeat.objects.filter(job=HELD).delete()
    # The restore itself was the silence.
    Heartbeat.objects.update_or_create(job=JOB, defaults={"at": now})
    return mails, unsent


@transaction.atomic
def leave_unsent(*, context: Context) -> int:
    """Settle the mails of before a restore: they are not sent. Return how many there were."""
    rows = Email.objects.for_action("leave_unsent").filter(reason=RESTORED)
    mails = rows.update(status=Status.SKIPPED, reason="left_unsent", payload=None)
    if mails:
        record(context.actor, "leave mail unsent", reason=f"{mails} mails")
    return mails
