"""Count what the public does against settings.LIMITS."""

import logging
from datetime import UTC, datetime

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from clinic.audit.client_address import client_network
from clinic.models.limits import RateCount

log = logging.getLogger("run_ready.limits")

# One statement, so that no count gets lost between reading and writing it.
_COUNT_ONE = f"""
    INSERT INTO {RateCount._meta.db_table} ("key", "window", "count") VALUES (%s, %s, 1)
    ON CONFLICT ("key", "window") DO UPDATE
    SET "count" = {RateCount._meta.db_table}."count" + 1 RETURNING "count"
"""  # noqa: S608 the table's own name


def is_over(limit: str, who: str) -> bool:
    """Count one use of the named limit, and return whether `who` is over it in this time window.

    Returns False if counting fails: a counter must never keep an urgent patient out.
    """
    most, seconds = settings.LIMITS[limit]
    now = timezone.now().timestamp()
    # Windows are fixed: the count starts anew with the next one.
    window = datetime.fromtimestamp(now - now % seconds, UTC)
    # Hashed, so that the table holds no address of anybody.
    key = salted_hmac("clinic.limits", f"{limit} {who}", algorithm="sha256").hexdigest()
    try:
        # A savepoint: a failed count must not break the transaction of the caller.
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_COUNT_ONE, [key, connection.ops.adapt_datetimefield_value(window)])
            [count] = cursor.fetchone()
    except DatabaseError:
        log.warning("limit %s could not be counted", limit)
        return False
    if count == most + 1:
        # Once in a window: a flood must not fill the log.
        log.warning("limit %s is reached", limit)
    return bool(count > most)


def is_guessing(request: HttpRequest) -> bool:
    """Count an address that should be a secret and opens nothing; return whether it is one of many.

    Nobody guesses 256 random bits. But whoever tries should be seen, and be told to stop.
    """
    return is_over("wrong_links", client_network(request))
