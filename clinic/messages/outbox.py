"""The outbox: rows for mail that is owed, written in the transaction of the action that owes it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from clinic.models.messages import Email
from clinic.models.people import Patient, User


@dataclass(frozen=True)
class Attachment:
    """A file attached to a mail."""

    name: str
    content: bytes
    mimetype: str


@dataclass(frozen=True)
class Message:
    """A rendered mail. Its text part says everything that the HTML part says."""

    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)


class Lane(StrEnum):
    """The priority of a kind when much is due at once (clinic.messages.delivery.claiming)."""

    # Staff have to act on it: sent before everything else, and never held back.
    URGENT = "urgent"
    # Anybody can ask for it without signing in: sent early, but only so many a minute.
    ASKED = "asked"
    NEWS = "news"
    # As news while it is on time. A late one comes last, and only so many a minute.
    REMINDER = "reminder"


@dataclass(frozen=True)
class Kind:
    """One kind of mail, as it was registered with `register`."""

    name: Any
    render: Callable[[Email], Message]
    still_due: Callable[[Email, datetime], str | None]
    lane: Lane = Lane.NEWS
    is_secret: bool = False
    needs_payload: bool = False
    to: Callable[[Email], str] | None = None


KINDS: dict[str, Kind] = {}


def register(
    kind: str,
    *,
    name: Any,
    render: Callable[[Email], Message],
    still_due: Callable[[Email, datetime], str | None],
    lane: Lane = Lane.NEWS,
    is_secret: bool = False,
    needs_payload: bool = False,
    to: Callable[[Email], str] | None = None,
) -> None:
    """Register a kind of mail.

    `name` is a lazy string that staff read in lists. `render` returns the mail for a row.
    `still_due` returns None, or the reason why a row is not sent after all. Both run in the
    transaction that hands the mail off, so what `still_due` locks does not change before `render`
    reads it. A secret mail holds a code or a link for its recipient alone: staff never see its
    text, and it cannot be sent again. Nor can one that `needs_payload`, which is emptied once the
    mail was sent. `to` returns another address than the one stored for the patient, "" for
    none: if it refuses the mail, that says nothing of hers.
    """
    KINDS[kind] = Kind(name, render, still_due, lane, is_secret, needs_payload, to)


def secret_kinds() -> list[str]:
    """Return the kinds whose text only the recipient may see."""
    return [name for name, kind in KINDS.items() if kind.is_secret]


def kinds_of(lane: Lane) -> list[str]:
    """Return the kinds in this lane."""
    return [name for name, kind in KINDS.items() if kind.lane == lane]


def owe(
    *,
    kind: str,
    about: str,
    rev: int = 0,
    patient: Patient | None = None,
    user: User | None = None,
    due_at: datetime,
    useless_after: datetime | None = None,
    payload: Any = None,
) -> Email:
    """Owe one mail to one person, either a patient or a user, and return its row.

    It is sent from `due_at` on, and no more from `useless_after` on (None: no such limit). Owing
    the same `kind`, `about` and `rev` again returns the first row unchanged. The `payload` is
    encrypted, and emptied once the mail was sent or never will be.
    """
    # The constraint email_owed_once makes it one row even if two transactions owe it at once.
    email, _ = Email.objects.get_or_create(
        about=about,
        rev=rev,
        kind=kind,
        copy=0,
        defaults={
            "patient": patient,
            "user": user,
            "due_at": due_at,
            "next_try_at": due_at,
            "useless_after": useless_after,
            "payload": payload,
        },
    )
    return email


def owe_all(emails: Iterable[Email]) -> None:
    """Save these rows in one statement; mail that is owed already stays as it is."""
    rows = list(emails)
    for one in rows:
        one.next_try_at = one.due_at
    # A conflict means that this mail is owed already.
    Email.objects.bulk_create(rows, ignore_conflicts=True)


def owe_again(email: Email, *, now: datetime) -> Email | None:
    """Owe a mail once more, due at `now`; return its row, or None if it waits to be sent already.

    It is a row of its own beside the first, and says what is true when it is sent. It goes to the
    row that the patient's was merged into. Runs in the caller's transaction.
    """
    copies = Email.objects.filter(about=email.about, rev=email.rev, kind=email.kind)
    # All of them are locked, so that two who ask at once owe one mail.
    found = list(copies.select_for_update(of=("self",)).order_by("copy"))
    if any(one.status in (Email.Status.DUE, Email.Status.CLAIMED) for one in found):
        return None
    return Email.objects.create(
        kind=email.kind,
        about=email.about,
        rev=email.rev,
        copy=found[-1].copy + 1,
        patient=email.patient.home if email.patient is not None else None,
        user=email.user,
        due_at=now,
        next_try_at=now,
        useless_after=email.useless_after,
    )


def withdraw(*, about: str, reason: str, kinds: Iterable[str] | None = None) -> int:
    """Withdraw the mail about this that is still waiting; return how many rows.

    With `kinds` only mail of those kinds. A mail that is being sent is not withdrawn.
    """
    waiting = Email.objects.for_action("withdraw").filter(about=about)
    if kinds is not None:
        waiting = waiting.filter(kind__in=list(kinds))
    return waiting.update(status=Email.Status.SKIPPED, reason=reason)
