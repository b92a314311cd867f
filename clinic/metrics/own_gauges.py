"""The gauges of the clinic app: mail, heartbeats, backups, and closed sign-ins."""

from datetime import datetime

from django.db.models import Count, Min, Q

from clinic.backups.making import TAKEN
from clinic.messages.delivery.claiming import JOB
from clinic.messages.delivery.held_back import HELD
from clinic.messages.upkeep import OLD_MAIL
from clinic.metrics.gauges import GaugeSource, Numbers, register_gauges, seconds_since
from clinic.models.messages import Email, Heartbeat
from clinic.models.sign_in import TryCount
from clinic.operations.clock import CLOCK

Status = Email.Status


def mails(now: datetime) -> Numbers:
    """Count the mails that wait, by what becomes of them."""
    due = Q(status=Status.DUE, next_try_at__lte=now)
    waiting = Email.objects.filter(
        status__in=(Status.DUE, Status.CLAIMED, Status.FAILED, Status.NEEDS_HUMAN)
    )
    return waiting.aggregate(
        due=Count("pk", filter=due),
        overdue=Count("pk", filter=due & Q(next_try_at__lt=now - OLD_MAIL)),
        later=Count("pk", filter=Q(status=Status.DUE, next_try_at__gt=now)),
        being_sent=Count("pk", filter=Q(status=Status.CLAIMED)),
        failed=Count("pk", filter=Q(status=Status.FAILED)),
        needs_person=Count("pk", filter=Q(status=Status.NEEDS_HUMAN)),
    )


def oldest_mail(now: datetime) -> Numbers:
    """Return since how many seconds the oldest due mail waits, 0 if none does."""
    due = Email.objects.filter(status=Status.DUE, next_try_at__lte=now)
    oldest = due.aggregate(at=Min("next_try_at"))["at"]
    return {"": seconds_since(oldest, now) or 0}


def heartbeats(now: datetime) -> Numbers:
    """Return how many seconds ago the worker sent mail, and the clock noted itself."""
    at = dict(Heartbeat.objects.filter(job__in=(JOB, CLOCK)).values_list("job", "at"))
    return {
        "worker": seconds_since(at.get(JOB), now),
        "beat": seconds_since(at.get(CLOCK), now),
    }


def mail_held_back(now: datetime) -> Numbers:
    """Return 1 while mail waits for a person's word, else 0."""
    return {"": 1 if Heartbeat.objects.filter(job=HELD).exists() else 0}


def backup(now: datetime) -> Numbers:
    """Return how many seconds ago the last backup was taken."""
    taken_at = Heartbeat.objects.filter(job=TAKEN).values_list("at", flat=True).first()
    return {"": seconds_since(taken_at, now)}


def closed_sign_ins(now: datetime) -> Numbers:
    """Count the secrets of which no further try is judged for now."""
    return {"": TryCount.objects.filter(closed_until__gt=now).count()}


def register_own_gauges() -> None:
    """Register the gauges of this app."""
    register_gauges(
        GaugeSource("mails", "Mails that are not sent yet, or were not.", mails, "state"),
        GaugeSource(
            "oldest_due_mail_seconds", "How long the oldest due mail has waited.", oldest_mail
        ),
        GaugeSource(
            "heartbeat_age_seconds",
            "How long ago a process last did its work.",
            heartbeats,
            "process",
        ),
        GaugeSource(
            "mail_held_back", "1 while mail waits for a word of a person.", mail_held_back
        ),
        GaugeSource("backup_age_seconds", "How long ago the last backup was taken.", backup),
        GaugeSource(
            "closed_sign_ins", "Accounts and places that may not try to sign in now.",
            closed_sign_ins,
        ),
    )  # fmt: skip
