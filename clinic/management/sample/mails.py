"""Mail that was due in the made-up past: nothing of it is sent now."""

from datetime import datetime, timedelta
from typing import Any

from clinic.models.messages import Email

# With every so many mails something went wrong, or one was not needed any more.
NEEDS_A_PERSON, FAILS, IS_LEFT_OUT = 53, 41, 13
# A sender that was stopped in the middle of one: its claim has run out, and the next one takes it.
UNDER_WAY = 70


def settle_past_mail(now: datetime) -> None:
    """Write past mail as a sender would have left it, without sending any.

    No action does this, as the sender's own would mail it. Most was sent.
    """
    past = Email.objects.filter(status="due", due_at__lte=now).order_by("due_at", "about", "kind")
    for number, row in enumerate(past, start=1):
        Email.objects.filter(pk=row.pk).update(payload=None, **_fate(number, row, now))


def _fate(number: int, row: Email, now: datetime) -> dict[str, Any]:
    status = Email.Status
    if number == UNDER_WAY:
        return {"status": status.CLAIMED, "lease_until": now - timedelta(minutes=1)}
    if number % NEEDS_A_PERSON == 0:
        return {"status": status.NEEDS_HUMAN, "reason": "cut_off_twice", "attempts": 2}
    if number % FAILS == 0:
        return {"status": status.FAILED, "reason": "bounced", "attempts": 1}
    if number % IS_LEFT_OUT == 0:
        return {"status": status.SKIPPED, "reason": "too_late"}
    return {
        "status": status.SENT,
        "attempts": 1,
        "handed_off_at": row.due_at,
        "sent_at": row.due_at,
        "message_id": f"<{row.pk}@sample.example>",
    }
