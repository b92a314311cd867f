"""Record whose data a page of staff showed: once for each patient in a quarter of an hour."""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from clinic.audit.record import acting, actor_of, key_of, object_of
from clinic.models.audit import AuditEvent
from clinic.web.unattended import is_unattended

QUARTER = timedelta(minutes=15)
# As long as a session can last: who is on a page that was left open was seen there before.
LEFT_OPEN = timedelta(hours=12)


def record_shown(
    request: HttpRequest,
    page: str,
    patients: Iterable[Any],
    *,
    about: Any = None,
    reason: str = "",
) -> None:
    """Write that the page shows these patients to this person, in one statement.

    `page` is the action, "see day" for example; with `about`, the row the page is of, and `reason`
    it says which page. Patients are rows, ids or None. Each is written once in a quarter of an
    hour; nobody at all is one event without a patient. A page that refreshes itself writes only
    who was not on it before.
    """
    actor, now = actor_of(request), timezone.now()
    keys = list(dict.fromkeys(key_of(one) for one in patients if one)) or [""]
    where = {"object": object_of(about), "reason": reason[:300]}
    if is_unattended(request):
        seen = _seen(actor.id, page, where, keys, now - LEFT_OPEN)
        keys = [one for one in keys if one and one not in seen]
    quarter = quarter_of(now)
    AuditEvent.objects.bulk_create(
        [
            AuditEvent(
                **acting(actor, page),
                **where,
                patient=key,
                once=_digest([actor.id, page, *where.values(), key, quarter]),
            )
            for key in keys
        ],
        # Seen in this quarter already, or in another window at this very moment.
        ignore_conflicts=True,
    )


def quarter_of(now: datetime) -> str:
    """Return the quarter of an hour in which `now` (aware) lies, as text."""
    return str(now.timestamp() // QUARTER.total_seconds())


def _seen(
    actor: str, page: str, where: dict[str, str], keys: list[str], since: datetime
) -> set[str]:
    """Return the ids of those of the patients who were on this page before."""
    events = AuditEvent.objects.filter(patient__in=keys, at__gte=since, actor=actor, action=page)
    return set(events.filter(**where).values_list("patient", flat=True))


def _digest(parts: list[str]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
