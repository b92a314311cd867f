"""Send the mail that is due: claim it, check once more, hand it off, mark it.

Each mail is sent at least once, and twice only where that cannot be ruled out and staff can see it.
The mail server is never spoken to within a transaction. A row whose sender died before handing it
off is due again when its lease ends. After handing off it is sent once more under the same
Message-ID and marked as possibly sent twice; a second death leaves it to a person.
"""

import logging
import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum, auto

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import OperationalError, transaction

from clinic.database.clock import database_now
from clinic.messages.asked import answer_all
from clinic.messages.delivery.claiming import Status, claim, close, give_back, recover, still_ours
from clinic.messages.delivery.posting import CutOff, MailRefused, Post, ServerAway
from clinic.messages.outbox import KINDS, Message
from clinic.models.messages import Email, Heartbeat
from clinic.models.people import Patient
from clinic.practice.sender import sender

log = logging.getLogger("run_ready.mail")

# A run ends by itself before its leases end, and before the task's time limit would cut it off.
RUN_SECONDS = 50
RETRY_MINUTES = (1, 5, 15, 60, 180)
# After so many failures in a row the server counts as away, and all mail waits for PAUSE.
BREAKER = 5
PAUSE = timedelta(seconds=60)
# The name under which the pause is stored as a heartbeat, so that every sender knows of it.
PAUSED = "mail server away"


class Outcome(Enum):
    """What happened to one row in this run."""

    SENT = auto()
    NOT_SENT = auto()
    SERVER_TROUBLE = auto()


def send_due(*, now: datetime | None = None) -> int:
    """Send the mail that is due at `now` (by default the database's time); return how many.

    Returns when nothing is due, when the server is away, or after about RUN_SECONDS.
    """
    now = now or database_now()
    # First, so that who waits for a code waits for one run of the sender and not for two.
    answer_all()
    recover(now)
    return 0 if _is_paused(now) else _send_all(now, time.monotonic() + RUN_SECONDS)


def _is_paused(now: datetime) -> bool:
    return Heartbeat.objects.filter(job=PAUSED, at__gt=now - PAUSE).exists()


def _send_all(now: datetime, end: float) -> int:
    sent, troubles = 0, 0
    with Post() as post:
        while batch := claim(now):
            while batch and troubles < BREAKER and time.monotonic() < end:
                outcome = _send_one(batch.pop(0), post, now)
                sent += outcome is Outcome.SENT
                troubles = troubles + 1 if outcome is Outcome.SERVER_TROUBLE else 0
            if batch or troubles >= BREAKER:
                # Released at once; else they would be locked until their lease ends.
                give_back(batch)
                break
    if troubles >= BREAKER:
        Heartbeat.objects.update_or_create(job=PAUSED, defaults={"at": now})
    return sent


def _send_one(email: Email, post: Post, now: datetime) -> Outcome:
    try:
        mail = _hand_off(email, now)
        if mail is None:
            return Outcome.NOT_SENT
        post.send(mail)
    except MailRefused as refusal:
        return _note_refusal(email, refusal, now)
    except ServerAway:
        _retry_later(email, "server_away", now)
        return Outcome.SERVER_TROUBLE
    except CutOff:
        return _note_cut_off(email, now)
    except OperationalError:  # somebody has locked the appointment, for a moment
        close(email, status=Status.DUE, next_try_at=now + timedelta(minutes=1), reason="busy")
        return Outcome.NOT_SENT
    except Exception:  # a mail that cannot be rendered must not stop the others
        log.exception("mail %s could not be made", email.pk)
        _close_unsent(email, Status.FAILED, "cannot_be_made")
        return Outcome.NOT_SENT
    # Whoever has claimed the row by now: the mail was sent, so this does not ask `still_ours`.
    Email.objects.for_action("send_due").filter(pk=email.pk).update(
        status=Status.SENT, sent_at=now, payload=None, lease_until=None, reason=""
    )
    return Outcome.SENT


@transaction.atomic
def _hand_off(claimed: Email, now: datetime) -> EmailMultiAlternatives | None:
    """Check a last time that the mail is due; render it and note in its row that it is handed off.

    Return None when it is not to be sent after all, or when the row is no longer ours.
    """
    ours = still_ours(claimed)
    email = ours.select_related("patient", "user").first()
    if email is None:
        return None
    if (reason := _why_not(email, now)) is not None:
        # Too late after tries is a failure staff should see; too late before any is not.
        is_failure = reason == "too_late" and email.attempts > 0
        _close_unsent(email, Status.FAILED if is_failure else Status.SKIPPED, reason)
        return None
    # The same for every try, so that a mail program can drop the second one.
    email.message_id = email.message_id or f"<{email.pk}@{settings.SITE_HOST}>"
    email.handed_off_at = now
    mail = _as_mail(email, KINDS[email.kind].render(email))
    # The caller's row is the one that `_retry_later` and `_note_cut_off` read.
    claimed.attempts, claimed.maybe_twice = email.attempts + 1, email.maybe_twice
    is_going = ours.update(
        handed_off_at=now, attempts=claimed.attempts, message_id=email.message_id
    )
    # No row was updated if the claim was taken over while the mail was rendered.
    return mail if is_going else None


def _why_not(email: Email, now: datetime) -> str | None:
    """Return the reason not to send the mail (clinic.messages.reasons), or None to send it."""
    if email.kind not in KINDS:
        return "unknown_kind"
    if not address_of(email):
        return "no_address"
    if email.patient is not None and email.patient.disowned_at is not None:
        return "not_hers"
    if email.useless_after is not None and now >= email.useless_after:
        return "too_late"
    return KINDS[email.kind].still_due(email, now)


def address_of(email: Email) -> str:
    """Return the address of the recipient as it is now, empty if there is none.

    A change of address counts at once for mail that was owed before. A kind may have an address of
    its own.
    """
    if (elsewhere := _elsewhere(email)) is not None:
        return elsewhere(email)
    person = email.patient or email.user
    return person.email if person is not None else ""


def _elsewhere(email: Email) -> Callable[[Email], str] | None:
    """Return what tells the address of this kind of mail, None if it goes to her own."""
    return KINDS[email.kind].to if email.kind in KINDS else None


def _as_mail(email: Email, message: Message) -> EmailMultiAlternatives:
    headers = {"Message-ID": email.message_id, "Auto-Submitted": "auto-generated"}
    mail = EmailMultiAlternatives(
        message.subject,
        message.text,
        sender(),
        [address_of(email)],
        headers={**headers, **message.headers},
    )
    mail.attach_alternative(message.html, "text/html")
    for file in message.attachments:
        mail.attach(file.name, file.content, file.mimetype)
    return mail


def _note_refusal(email: Email, refusal: MailRefused, now: datetime) -> Outcome:
    if not refusal.is_final:
        _retry_later(email, f"smtp_{refusal.code}", now)
        return Outcome.NOT_SENT
    if not refusal.is_address:
        # About the text, or about us. The next mail to her may well be taken.
        _close_unsent(email, Status.NEEDS_HUMAN, "text_refused")
        return Outcome.NOT_SENT
    _close_unsent(email, Status.FAILED, "bounced")
    if email.patient_id is not None and _elsewhere(email) is None:
        Patient.objects.filter(pk=email.patient_id).update(mail_bounced_at=now)
    return Outcome.NOT_SENT


def _note_cut_off(email: Email, now: datetime) -> Outcome:
    """Send again what may have been sent, marked as such; the second time a person decides."""
    if email.maybe_twice:
        _close_unsent(email, Status.NEEDS_HUMAN, "cut_off_twice")
    else:
        _retry_later(email, "cut_off", now, maybe_twice=True)
    return Outcome.SERVER_TROUBLE


def _retry_later(email: Email, reason: str, now: datetime, **fields: object) -> None:
    # `attempts` counts the present try; the last wait is used for all further ones.
    step = min(email.attempts, len(RETRY_MINUTES)) - 1
    wait = timedelta(minutes=RETRY_MINUTES[step] * random.uniform(0.8, 1.2))  # noqa: S311 jitter
    close(email, status=Status.DUE, next_try_at=now + wait, reason=reason, **fields)


def _close_unsent(email: Email, status: str, reason: str) -> None:
    close(email, status=status, reason=reason, payload=None)
