"""Sends what is due: claim, ask once more, hand off, mark. At least once, bounded and visible.

No mail server is spoken to inside a transaction. A row whose sender died before handing it off is
simply due again when its lease is over; after handing off it is sent once more under the same
Message-ID and marked as possibly sent twice; a second death leaves it to a person.
"""

import logging
import random
import smtplib
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, transaction

from clinic.clock import database_now
from clinic.mail.models import Email, Heartbeat
from clinic.mail.outbox import KINDS, Message
from clinic.people.models import Patient

log = logging.getLogger("run_ready.mail")

BATCH = 20
LEASE = timedelta(minutes=2)
RETRY_MINUTES = (1, 5, 15, 60, 180)
# Errors in a row after which the server is taken to be away and the rest waits.
BREAKER = 5
JOB = "send_due"
Status = Email.Status


def send_due(*, now: datetime | None = None) -> int:
    """Send everything due at `now` (the database's clock by default); return how many were sent."""
    now = now or database_now()
    recover(now)
    sent, errors = 0, 0
    backend = get_connection(fail_silently=False)
    while errors < BREAKER and (batch := claim(now)):
        for position, email in enumerate(batch):
            outcome = _send_one(email, backend, now)
            sent += outcome is True
            errors = errors + 1 if outcome is None else 0
            if errors >= BREAKER:
                _give_back([row.pk for row in batch[position + 1 :]])
                break
    Heartbeat.objects.update_or_create(job=JOB, defaults={"at": now})
    return sent


@transaction.atomic
def claim(now: datetime) -> list[Email]:
    """Take the next due rows, oldest first, so that no other sender takes them."""
    due = Email.objects.filter(status=Status.DUE, next_try_at__lte=now).order_by("next_try_at")
    locked = due.select_for_update(skip_locked=True) if _can_skip_locked() else due
    keys = list(locked.values_list("pk", flat=True)[:BATCH])
    Email.objects.filter(pk__in=keys).update(
        status=Status.CLAIMED, lease_until=now + LEASE, handed_off_at=None
    )
    rows = Email.objects.filter(pk__in=keys).select_related("patient", "user")
    return sorted(rows, key=lambda row: row.next_try_at)


def _can_skip_locked() -> bool:
    return connection.features.has_select_for_update_skip_locked


def _give_back(keys: list[UUID]) -> None:
    Email.objects.filter(pk__in=keys, status=Status.CLAIMED).update(
        status=Status.DUE, lease_until=None
    )


@transaction.atomic
def recover(now: datetime) -> None:
    """Take up rows whose sender died: due again, sent once more, or left to a person."""
    stuck = Email.objects.filter(status=Status.CLAIMED, lease_until__lte=now)
    stuck.filter(handed_off_at__isnull=True).update(status=Status.DUE, lease_until=None)
    stuck.filter(maybe_twice=True).update(status=Status.NEEDS_HUMAN, reason="crashed_twice")
    stuck.filter(maybe_twice=False).update(
        status=Status.DUE, lease_until=None, maybe_twice=True, next_try_at=now
    )


def _send_one(email: Email, backend: BaseEmailBackend, now: datetime) -> bool | None:
    """Return True when sent, False when settled otherwise, None when the server failed."""
    try:
        if not _hand_off(email, now):
            return False
        message = KINDS[email.kind].render(email)
        backend.send_messages([_as_mail(email, message)])
    except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as error:
        return _refused(email, error, now)
    except (smtplib.SMTPException, OSError) as error:
        _later(email, type(error).__name__, now)
        return None
    except Exception as error:  # a row that cannot be made must not stop the others
        log.exception("mail %s could not be made", email.pk)
        _settle(email, Status.FAILED, type(error).__name__)
        return False
    email.status, email.sent_at, email.payload = Status.SENT, now, None
    email.lease_until = None
    email.save(update_fields=["status", "sent_at", "payload", "lease_until"])
    return True


@transaction.atomic
def _hand_off(email: Email, now: datetime) -> bool:
    """Ask a last time whether the mail is due; say so in the row before the server is asked."""
    kind = KINDS.get(email.kind)
    reason = _why_not(email, now) if kind is None else kind.still_due(email, now)
    reason = reason or _why_not(email, now)
    if reason is not None:
        _settle(email, Status.SKIPPED, reason)
        return False
    email.handed_off_at = now
    email.attempts += 1
    email.message_id = email.message_id or f"<{email.pk}@{settings.SITE_HOST}>"
    email.save(update_fields=["handed_off_at", "attempts", "message_id"])
    return True


def _why_not(email: Email, now: datetime) -> str | None:
    if email.kind not in KINDS:
        return "unknown_kind"
    if not address_of(email):
        return "no_address"
    if email.useless_after is not None and now >= email.useless_after:
        return "too_late"
    return None


def address_of(email: Email) -> str:
    """Return where the mail goes now: an address changed after booking counts at once."""
    person = email.patient or email.user
    return person.email if person is not None else ""


def _as_mail(email: Email, message: Message) -> EmailMultiAlternatives:
    headers = {"Message-ID": email.message_id, "Auto-Submitted": "auto-generated"}
    mail = EmailMultiAlternatives(
        " ".join(message.subject.split()),
        message.text,
        settings.DEFAULT_FROM_EMAIL,
        [address_of(email)],
        headers={**headers, **message.headers},
    )
    mail.attach_alternative(message.html, "text/html")
    for file in message.attachments:
        mail.attach(file.name, file.content, file.mimetype)
    return mail


def _refused(email: Email, error: smtplib.SMTPException, now: datetime) -> bool | None:
    code = getattr(error, "smtp_code", None)
    if code is None:
        code = max((code for code, _ in getattr(error, "recipients", {}).values()), default=550)
    if code < 500:
        _later(email, f"smtp_{code}", now)
        return None
    _settle(email, Status.FAILED, "bounced")
    if email.patient_id is not None:
        Patient.objects.filter(pk=email.patient_id).update(mail_bounced_at=now)
    return False


def _later(email: Email, reason: str, now: datetime) -> None:
    step = min(email.attempts, len(RETRY_MINUTES)) - 1
    minutes = RETRY_MINUTES[step] * random.uniform(0.8, 1.2)  # noqa: S311 jitter
    email.status, email.lease_until, email.handed_off_at = Status.DUE, None, None
    email.next_try_at, email.reason = now + timedelta(minutes=minutes), reason
    email.save(update_fields=["status", "lease_until", "handed_off_at", "next_try_at", "reason"])


def _settle(email: Email, status: str, reason: str) -> None:
    email.status, email.reason, email.lease_until = status, reason, None
    email.save(update_fields=["status", "reason", "lease_until"])
