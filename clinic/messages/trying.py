"""A mail to oneself, to see whether the mail server takes mail."""

import uuid
from datetime import datetime, timedelta

from django.db import transaction

from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.messages.outbox import owe
from clinic.models.messages import Email
from clinic.models.people import User

KIND = "mail_test"
# Whoever pressed the button looks at the screen for minutes, not for hours.
USEFUL = timedelta(minutes=10)
_UNDER_WAY = (Email.Status.DUE, Email.Status.CLAIMED)


@transaction.atomic
def owe_test(user: User, *, context: Context) -> None:
    """Owe the user a mail as all others are owed, unless one is under way already."""
    latest = latest_test(user, now=context.now)
    if latest is not None and latest.status in _UNDER_WAY:
        return
    email = owe(
        kind=KIND,
        about=f"{KIND}:{uuid.uuid4()}",
        user=user,
        due_at=context.now,
        useless_after=context.now + USEFUL,
    )
    record(context.actor, "test the mail server", email)


def latest_test(user: User, *, now: datetime) -> Email | None:
    """Return the mail that the user asked for last, if that was in the last USEFUL minutes."""
    tests = Email.objects.filter(kind=KIND, user=user, due_at__gt=now - USEFUL)
    return tests.order_by("-due_at").first()
