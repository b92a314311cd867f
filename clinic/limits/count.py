"""Counts acts of the public against settings.LIMITS."""

import logging
from datetime import UTC, datetime

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from clinic.limits.models import RateCount

log = logging.getLogger("run_ready.limits")


def client_address(request: HttpRequest) -> str:
    """Return the client's address, trusting only as many proxies as PROXY_COUNT says."""
    peer = request.META.get("REMOTE_ADDR", "")
    hops = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    count = settings.PROXY_COUNT
    return hops[-count] if count and len(hops) >= count and hops[-count] else peer


def is_over(limit: str, who: str) -> bool:
    """Count one act and tell whether `who` is over the named limit in the present window.

    When counting fails the answer is False: an urgent patient is never kept out by a counter.
    """
    most, seconds = settings.LIMITS[limit]
    now = timezone.now().timestamp()
    window = datetime.fromtimestamp(now - now % seconds, UTC)
    key = salted_hmac("clinic.limits", f"{limit} {who}", algorithm="sha256").hexdigest()
    try:
        with transaction.atomic():
            row, _ = RateCount.objects.get_or_create(key=key, window=window)
            RateCount.objects.filter(pk=row.pk).update(count=F("count") + 1)
            row.refresh_from_db()
    except DatabaseError:
        log.warning("limit %s could not be counted", limit)
        return False
    return row.count > most
