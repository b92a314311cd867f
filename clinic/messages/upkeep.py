"""How the sending stands, for staff and for monitoring, and trying a mail again at once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Exists, Subquery

from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.messages.delivery.claiming import JOB
from clinic.messages.outbox import secret_kinds
from clinic.models.messages import Email, Heartbeat

# A sender that has not run, or mail that has waited, this long is an alarm.
SILENT_SENDER = timedelta(minutes=3)
OLD_MAIL = timedelta(minutes=5)
COUNTED_DAYS = 30
Status = Email.Status


class Trouble(StrEnum):
    """What is wrong with the sending, the gravest first."""

    SILENT = "silent"
    LATE = "late"
    NEEDS_PERSON = "needs_person"
    NONE = ""


@dataclass(frozen=True)
class Sending:
    """The sender's last run and since when the oldest due mail waits; None: never, nothing.

    While the sender has never run, the rest is not known.
    """

    last_run: datetime | None
    due_since: datetime | None
    needs_person: bool

    def trouble(self, now: datetime) -> Trouble:
        """Return the gravest trouble at `now`."""
        if self.last_run is None or now - self.last_run > SILENT_SENDER:
            return Trouble.SILENT
        if self.due_since is not None and now - self.due_since > OLD_MAIL:
            return Trouble.LATE
        return Trouble.NEEDS_PERSON if self.needs_person else Trouble.NONE


def sending() -> Sending:
    """Return how the sending stands, in one short statement: every staff page asks."""
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
    return Sending(*found) if found else Sending(None, None, needs_person=False)


def counts(now: datetime) -> list[tuple[str, int]]:
    """Return how many mails of the last 30 days are in which state, by its name for people."""
    recent = Email.objects.filter(due_at__gt=now - timedelta(days=COUNTED_DAYS))
    found = dict(recent.values_list("status").annotate(n=Count("pk")))
    return [(str(status.label), found[status]) for status in Status if found.get(status)]


def can_retry(email: Email) -> bool:
    """Tell whether trying again can help; what a secret mail knew was forgotten when it failed."""
    return email.may("retry_now") and email.kind not in secret_kinds()


@transaction.atomic
def retry_now(*, email_id: UUID, context: Context) -> bool:
    """Let a failed, stuck or waiting mail go with the sender's next run; tell whether it will.

    Raises Email.DoesNotExist.
    """
    email = Email.objects.select_for_update().get(pk=email_id)
    if not can_retry(email):
        return False
    email.status, email.next_try_at, email.reason, email.attempts = Status.DUE, context.now, "", 0
    email.save(update_fields=["status", "next_try_at", "reason", "attempts"])
    record(context.actor, "retry mail", email, patient=email.patient_id)
    return True
