"""Count tries at the secrets of an account, and close it after too many.

Tries are counted for an account and a place: the network, or the browser if the account was signed
in to there before. Only much later for the account alone, and then never for such a browser: so a
stranger keeps nobody out. Passwords, second steps and set-up codes count together.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.core import context
from django.db import connection
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from clinic.audit.client_address import client_network
from clinic.audit.sign_ins import record_lock
from clinic.messages.asked import ask
from clinic.models.people import User
from clinic.models.sign_in import TryCount
from clinic.sign_in.guessing.known_browsers import known_browser

# What the sender is asked for when an account was closed (clinic.sign_in.notices).
CLOSED = "sign_in_closed"


@dataclass(frozen=True)
class TryLimit:
    """`most` tries within `window`; the last of them closes it for `closed_for`.

    When that is over and the window is not, each further try closes it again.
    """

    most: int
    window: timedelta
    closed_for: timedelta


OF_ONE_PLACE = TryLimit(5, timedelta(minutes=15), timedelta(minutes=15))
OF_THE_ACCOUNT = TryLimit(20, timedelta(hours=1), timedelta(minutes=15))

# One statement counts and decides, so that of many tries at once only `most` are judged. It changes
# and returns nothing while the account is closed.
_TABLE = TryCount._meta.db_table
_COUNT_ONE = f"""
    INSERT INTO {_TABLE} ("key", "tries", "since", "closed_until")
    VALUES (%(key)s, 1, %(now)s, NULL)
    ON CONFLICT ("key") DO UPDATE SET
        "tries" = CASE WHEN {_TABLE}."since" <= %(start)s THEN 1 ELSE {_TABLE}."tries" + 1 END,
        "since" = CASE WHEN {_TABLE}."since" <= %(start)s THEN %(now)s
                       ELSE {_TABLE}."since" END,
        "closed_until" = CASE WHEN {_TABLE}."since" > %(start)s
                                   AND {_TABLE}."tries" + 1 >= %(most)s
                              THEN %(end)s ELSE NULL END
    WHERE {_TABLE}."closed_until" IS NULL OR {_TABLE}."closed_until" <= %(now)s
    RETURNING "closed_until"
"""  # noqa: S608 the table's own name


@dataclass(frozen=True)
class Try:
    """A try that was counted and may be judged. `closes` says that it was the last one."""

    account: str
    keys: tuple[str, ...]
    closes: bool


def take_try(request: HttpRequest, account: str) -> Try | None:
    """Count a try at the account (an e-mail) and return it, or None while nothing is judged.

    Call it before comparing anything. Then call either `give_back` or `note_wrong`.
    """
    account, now = account.strip().lower(), timezone.now()
    browser = known_browser(request, account)
    place = _key(account, browser or client_network(request))
    closes = _count(place, OF_ONE_PLACE, now)
    if closes is None:
        return None
    if browser:
        return Try(account, (place,), closes)
    everywhere = _key(account, "")
    closes_all = _count(everywhere, OF_THE_ACCOUNT, now)
    if closes_all is None:
        # Nothing is judged, so nothing was used up.
        _take_back((place,))
        return None
    return Try(account, (place, everywhere), closes or closes_all)


def give_back(taken: Try) -> None:
    """Count the try no more: it was right."""
    _take_back(taken.keys)


def note_wrong(taken: Try) -> None:
    """Leave the try counted; its owner is told if it was the last one."""
    if taken.closes:
        # The same statements whether anybody has this account or not.
        record_lock("sign-in", context.request, User.objects.filter(email=taken.account).first())
        # Whether anybody has this account is asked by the sender, not here.
        ask(CLOSED, {"email": taken.account})


def forget_tries(request: HttpRequest, account: str) -> None:
    """Forget the tries from this place, after a whole sign-in. Those of the account stay."""
    account = account.strip().lower()
    places = {client_network(request), known_browser(request, account)} - {""}
    TryCount.objects.filter(pk__in=[_key(account, place) for place in places]).delete()


def _key(account: str, place: str) -> str:
    # Hashed, so that the table holds no address of anybody.
    return salted_hmac("clinic.tries", f"{account} {place}", algorithm="sha256").hexdigest()


def _count(key: str, limit: TryLimit, now: datetime) -> bool | None:
    """Count one try; return whether it was the last one, or None if it may not be judged."""
    times = {"now": now, "start": now - limit.window, "end": now + limit.closed_for}
    values = {name: connection.ops.adapt_datetimefield_value(at) for name, at in times.items()}
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_ONE, {"key": key, "most": limit.most, **values})
        row = cursor.fetchone()
    return None if row is None else row[0] is not None


def _take_back(keys: tuple[str, ...]) -> None:
    for key in keys:
        counted = TryCount.objects.filter(pk=key, tries__gt=0)
        counted.update(tries=F("tries") - 1, closed_until=None)
