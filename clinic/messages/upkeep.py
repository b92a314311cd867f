"""The state of the mail sender, for staff and for monitoring; and sending a mail again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Exists, Subquery

from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.messages.delivery.claiming import JOB
from clinic.messages.outbox import KINDS, owe_again, secret_kinds
from clinic.models.messages import Email, EmailQuerySet, Heartbeat
from clinic.models.people import Patient

# How long the sender may not have run, and due mail may have waited, before staff are told.
SILENT_SENDER = timedelta(minutes=3)
OLD_MAIL = timedelta(minutes=5)
COUNTED_DAYS = 30
Status = Email.Status


class Trouble(StrEnum):
    """What is wrong with the sending of mail, the most serious first."""

    SILENT = "silent"
    LATE = "late"
    NEEDS_PERSON = "needs_person"
    NONE = ""


@dataclass(frozen=True)
class Sending:
    """The state of the sender.

    `last_run` is when it last ran to its end, or None if it never did; then the rest is unknown.
    `due_since` is since when the oldest due mail waits, or None if none does.
    """

    last_run: datetime | None
    due_since: datetime | None
    needs_person: bool

    def trouble(self, now: datetime) -> Trouble:
        """Return the most serious trouble at `now`."""
        if self.last_run is None or now - self.last_run > SILENT_SENDER:
            return Trouble.SILENT
        if self.due_since is not None and now - self.due_since > OLD_MAIL:
            return Trouble.LATE
        return Trouble.NEEDS_PERSON if self.needs_person else Trouble.NONE


def sending() -> Sending:
    """Return the state of the sender, in one short query, as every staff page asks for it."""
    waiting = Email.objects.filter(status=Status.DUE).order_by("next_try_at")
    stuck = Email.objects.filter(status=Status.NEEDS_HUMAN)
    found = (
        Heartbeat.objects.filter(job=JOB)
        .annotate(
            due_since=Subquery(waiting.values("next_try_at")[:1]),
            needs_person=Exists(stuck),
        )
        .values_list("at", "due_since", "needs_person")
        .first()
    )
    # The columns are selected in the order of the fields.
    return Sending(*found) if found else Sending(None, None, needs_person=False)


def counted_mails(now: datetime) -> EmailQuerySet:
    """Return the mails that `counts` counts: due within the last 30 days, or later."""
    return Email.objects.filter(due_at__gt=now - timedelta(days=COUNTED_DAYS))


def counts(now: datetime) -> list[tuple[Status, int]]:
    """Return (status, number) of the mails of the last 30 days, without zeros."""
    found = dict(counted_mails(now).values_list("status").annotate(n=Count("pk")))
    return [(status, found[status]) for status in Status if found.get(status)]


def can_retry(email: Email) -> bool:
    """Return whether the mail can be sent again. The payload of a secret one was emptied."""
    return email.may("retry_now") and email.kind not in secret_kinds()


@transaction.atomic
def retry_now(*, email_id: UUID, context: Context) -> bool:
    """Have a failed, stuck or waiting mail sent in the next run; return whether it will be.

    The attempts are counted from 0 again. Raises Email.DoesNotExist.
    """
    email = Email.objects.select_for_update().get(pk=email_id)
    if not can_retry(email):
        return False
    email.status, email.next_try_at, email.reason, email.attempts = Status.DUE, context.now, "", 0
    email.save(update_fields=["status", "next_try_at", "reason", "attempts"])
    record(context.actor, "retry mail", email, patient=email.patient_id)
    return True


def can_send_again(email: Email, now: datetime) -> bool:
    """Return whether a mail that was sent or skipped may be sent once more at `now`."""
    kind = KINDS.get(email.kind)
    is_over = email.useless_after is not None and email.useless_after <= now
    if kind is None or kind.is_secret or kind.needs_payload or is_over:
        return False
    return email.status in (Status.SENT, Status.SKIPPED)


@transaction.atomic
def send_again(*, email_id: UUID, context: Context) -> str | None:
    """Owe the mail once more, due at once; return None, or the reason why it is not owed.

    It says what is true now, and goes to the address there is now. A reason is one of
    `clinic.messages.reasons`. Raises Email.DoesNotExist.
    """
    email = Email.objects.select_for_update(of=("self",)).get(pk=email_id)
    person = email.patient.home if email.patient is not None else email.user
    if not can_send_again(email, context.now):
        return "too_late"
    if person is None or not person.email:
        return "no_address"
    if isinstance(person, Patient) and person.disowned_at is not None:
        return "not_hers"
    if (reason := KINDS[email.kind].still_due(email, context.now)) is not None:
        return reason
    if owe_again(email, now=context.now) is None:
        return "waits"
    record(context.actor, "send mail again", email, patient=email.patient_id)
    return None
