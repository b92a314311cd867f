"""Delete what nobody needs any more: ended sessions, old counts, codes and links.

What a person wrote or the clinic has to keep is never deleted here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Model, Q

from clinic.models.limits import RateCount
from clinic.models.links import AccessLink
from clinic.models.messages import Asked
from clinic.models.sign_in import KnownBrowser, MailedCode, StoredSession, TryCount, UsedStep
from clinic.models.submissions import Submission
from clinic.sign_in.guessing.known_browsers import KNOWN_FOR

DAY = timedelta(days=1)
# What opened pages without a sign-in, after it ended.
ENDED_FOR = 90 * DAY
# Rows in one statement: a table that nobody cleaned for years must not hold up anybody else.
BATCH = 2_000


@dataclass(frozen=True)
class Leftover:
    """Rows of a model that are deleted once `column` is older than `age`."""

    model: type[Model]
    column: str
    age: timedelta


LEFTOVERS = [
    Leftover(StoredSession, "expires_at", timedelta(0)),
    # The longest window in which anything is counted is an hour.
    Leftover(RateCount, "window", 2 * DAY),
    Leftover(TryCount, "since", DAY),
    # A code is good for minutes and a step of an authenticator app for 90 seconds.
    Leftover(MailedCode, "expires_at", DAY),
    Leftover(UsedStep, "used_at", DAY),
    Leftover(Asked, "asked_at", 7 * DAY),
    Leftover(KnownBrowser, "last_at", KNOWN_FOR),
    # A page left open can be sent again so long.
    Leftover(Submission, "created_at", 30 * DAY),
    # A link that opens nothing says the same as one that never was.
    Leftover(AccessLink, "expires_at", ENDED_FOR),
    Leftover(AccessLink, "revoked_at", ENDED_FOR),
]


def register_leftover(leftover: Leftover) -> None:
    """Register rows of an app above that nobody needs any more."""
    LEFTOVERS.append(leftover)


def clean_up(*, now: datetime) -> int:
    """Delete all of LEFTOVERS; return how many rows. Running it twice does no harm."""
    return sum(sum(_deleted(one, now)) for one in LEFTOVERS)


def _deleted(leftover: Leftover, now: datetime) -> Iterator[int]:
    old = Q(**{f"{leftover.column}__lte": now - leftover.age})
    rows = leftover.model._default_manager
    while keys := list(rows.filter(old).values_list("pk", flat=True)[:BATCH]):
        # Asked again: a count or a browser may have been used since the keys were read.
        deleted, _ = rows.filter(old, pk__in=keys).delete()
        yield deleted
        if len(keys) < BATCH:
            return
