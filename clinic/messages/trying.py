"""A mail to oneself, to see whether the mail server takes mail and whether it arrives.

The mail has a code. Whoever types it on the page has read the mail: then it arrived.
"""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.digests import keyed_digest, keyed_digests
from clinic.messages.outbox import owe
from clinic.models.messages import Email
from clinic.models.people import User
from clinic.models.practice import MailTest
from clinic.practice.sender import sender

KIND = "mail_test"
# Whoever pressed the button looks at the screen for minutes, not for hours.
USEFUL = timedelta(minutes=10)
_KNOWN = timedelta(days=7)
_UNDER_WAY = (Email.Status.DUE, Email.Status.CLAIMED)


@transaction.atomic
def owe_test(user: User, *, context: Context) -> None:
    """Owe the user a mail as all others are owed, unless one is under way already."""
    latest = latest_test(user, now=context.now)
    if latest is not None and latest.status in _UNDER_WAY:
        return
    code = f"{secrets.randbelow(10**6):06}"
    test = MailTest(asked_at=context.now, server=server(), sender=sender())
    test.digest = _digest(test.pk, code)
    test.save(force_insert=True)
    email = owe(
        kind=KIND,
        about=f"{KIND}:{test.pk}",
        user=user,
        due_at=context.now,
        useless_after=context.now + USEFUL,
        payload={"code": code},
    )
    record(context.actor, "test the mail server", email)


def latest_test(user: User, *, now: datetime) -> Email | None:
    """Return the mail that the user asked for last, if that was in the last USEFUL minutes."""
    tests = Email.objects.filter(kind=KIND, user=user, due_at__gt=now - USEFUL)
    return tests.order_by("-due_at").first()


@transaction.atomic
def note_arrival(*, typed: str, context: Context) -> bool:
    """Note that the test whose code was typed has arrived; return whether there is one."""
    digits = "".join(one for one in typed if one.isdecimal())
    # Days and not minutes: mail may lie in a folder for spam until somebody looks there.
    for test in MailTest.objects.filter(asked_at__gt=context.now - _KNOWN).order_by("-asked_at"):
        if test.digest in keyed_digests("mail test", test.pk, digits):
            MailTest.objects.filter(pk=test.pk, arrived_at=None).update(arrived_at=context.now)
            record(context.actor, "test mail arrived", test)
            return True
    return False


def has_arrived() -> bool:
    """Return whether a test by the present mail server and sender arrived, at any time."""
    arrived = MailTest.objects.filter(arrived_at__isnull=False)
    return arrived.filter(server=server(), sender=sender()).exists()


def server() -> str:
    """Return the mail server as host and port, "" without one."""
    return f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}" if settings.EMAIL_URL else ""


def _digest(key: object, code: str) -> str:
    return keyed_digest("mail test", key, code)
