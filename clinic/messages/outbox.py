"""What is owed: rows written in the transaction of the deed that owes them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from clinic.models.messages import Email
from clinic.models.people import Patient, User


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a mail."""

    name: str
    content: bytes
    mimetype: str


@dataclass(frozen=True)
class Message:
    """A rendered mail. The text part is complete without the HTML part."""

    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)


class Lane(StrEnum):
    """How a kind is treated when much is due at once (clinic.messages.delivery.claiming)."""

    # Staff must look: before everything, never held back.
    URGENT = "urgent"
    # Asked for by somebody who has not signed in: early, but only so many a minute.
    ASKED = "asked"
    NEWS = "news"
    # As news while on time; late ones come last, a few a minute.
    REMINDER = "reminder"


@dataclass(frozen=True)
class Kind:
    """How staff call one kind of mail, how it is rendered, and the last question before it goes."""

    name: Any
    render: Callable[[Email], Message]
    still_due: Callable[[Email, datetime], str | None]
    lane: Lane = Lane.NEWS
    is_secret: bool = False


KINDS: dict[str, Kind] = {}


def register(
    kind: str,
    *,
    name: Any,
    render: Callable[[Email], Message],
    still_due: Callable[[Email, datetime], str | None],
    lane: Lane = Lane.NEWS,
    is_secret: bool = False,
) -> None:
    """Say how a kind is rendered, and why a row of it need not be sent any more (None: send).

    Both run in the transaction that hands the mail off, so a row `still_due` locks stays as it was
    while `render` reads it. `name` (a lazy string) is what staff read in lists. A secret mail opens
    something for its reader alone: staff never see its text, and it cannot be sent again.
    """
    KINDS[kind] = Kind(name, render, still_due, lane, is_secret)


def secret_kinds() -> list[str]:
    """Return the kinds whose text is for its reader alone."""
    return [name for name, kind in KINDS.items() if kind.is_secret]


def kinds_of(lane: Lane) -> list[str]:
    """Return the kinds that go in this lane."""
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
    """Owe one mail to one person, from `due_at` on; owing the same again returns the same row.

    Not sent from `useless_after` on; None means it never becomes useless. `payload` is sealed and
    emptied once the mail has gone or never will.
    """
    email, _ = Email.objects.get_or_create(
        about=about,
        rev=rev,
        kind=kind,
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
    """Owe these unsaved rows at once; what is owed already stays as it is."""
    rows = list(emails)
    for one in rows:
        one.next_try_at = one.due_at
    Email.objects.bulk_create(rows, ignore_conflicts=True)


def withdraw(*, about: str, reason: str, kinds: Iterable[str] | None = None) -> int:
    """Take back what is owed about this and not yet being sent; return how many rows."""
    waiting = Email.objects.for_action("withdraw").filter(about=about)
    if kinds is not None:
        waiting = waiting.filter(kind__in=list(kinds))
    return waiting.update(status=Email.Status.SKIPPED, reason=reason)
