"""Write audit events. Only this and clinic.audit.shown do."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from clinic.audit.client_address import client_address
from clinic.audit.details import write_events
from clinic.models.audit import AuditEvent


@dataclass(frozen=True)
class Actor:
    """Who acts: an id, a role and an IP address.

    The id is "user:12", "patient:<uuid>", "system" or "anonymous".
    """

    id: str
    role: str
    ip: str = ""


SYSTEM = Actor("system", "system")


def actor_of(request: HttpRequest) -> Actor:
    """Return the signed-in user as an actor, else the patient of this session, else "anonymous"."""
    ip = client_address(request)
    if request.user.is_authenticated:
        return Actor(f"user:{request.user.pk}", request.user.role, ip)
    patient = getattr(request, "patient", None)
    if patient is not None:
        return Actor(f"patient:{patient.pk}", "patient", ip)
    return Actor("anonymous", "anonymous", ip)


def record(
    actor: Actor,
    action: str,
    about: Any = None,
    *,
    patient: Any = None,
    fields: Iterable[str] = (),
    allowed: bool = True,
    reason: str = "",
    words: str = "",
) -> None:
    """Write one audit event in the current transaction.

    `about` is the row acted on. `patient` is the patient whose record it belongs to, a row or its
    id. `fields` are the names of what was seen, never their values. `words` are what somebody typed
    as the reason, and are sealed. `reason` stands in clear: a code, a count or a date, cut after
    300 characters.
    """
    event = AuditEvent(
        **acting(actor, action),
        object=object_of(about),
        patient=key_of(patient),
        allowed=allowed,
        reason=reason[:300],
    )
    write_events([event], fields, words)


def record_each(
    actor: Actor,
    action: str,
    patients: Iterable[Any],
    *,
    fields: Iterable[str],
    reason: str = "",
    words: str = "",
) -> None:
    """Write one audit event for each patient that a list or a search showed, in two statements.

    Each is a row, its id, or None; the same patient twice is one event. When nobody was found one
    event without a patient is written. `words` are what somebody typed as the reason.
    """
    keys = dict.fromkeys(key_of(one) for one in patients) or {"": None}
    events = (AuditEvent(**acting(actor, action), patient=key, reason=reason[:300]) for key in keys)
    write_events(events, fields, words)


def record_rows(
    actor: Actor, action: str, rows: Iterable[tuple[Any, Any]], *, reason: str = ""
) -> None:
    """Write one audit event for each row that was acted on and its patient, in one statement."""
    events = [
        AuditEvent(
            **acting(actor, action),
            object=object_of(about),
            patient=key_of(patient),
            reason=reason[:300],
        )
        for about, patient in rows
    ]
    if events:
        write_events(events, ())


def acting(actor: Actor, action: str) -> dict[str, Any]:
    """Return the columns that say who does what, and when."""
    who = {"actor": actor.id, "role": actor.role, "ip": actor.ip}
    return {"at": timezone.now(), "action": action, **who}


def object_of(about: Any) -> str:
    """Return the text by which an event names a row, as "appointment:<uuid>"; none gives ""."""
    return f"{about._meta.model_name}:{about.pk}" if about is not None else ""


def key_of(patient: Any) -> str:
    """Return the text by which an event names a patient, who is a row, an id or None."""
    # A row has a key, an id is one, and None becomes an empty string.
    return str(getattr(patient, "pk", patient) or "")
