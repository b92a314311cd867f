"""The names of the fields that an audit event says were seen, sealed beside the event."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction

from clinic.database.digests import new_salt, salted_digest
from clinic.models.audit import AuditDetail, AuditEvent


def write_events(events: Iterable[AuditEvent], fields: Iterable[str]) -> None:
    """Insert these new events, each with the names of the fields that were seen, or none of them.

    Takes one statement, and a second one where fields were seen.
    """
    seen = sorted(fields)
    rows = list(events)
    salts = [new_salt() if seen else "" for _ in rows]
    for event, salt in zip(rows, salts, strict=True):
        event.fields_digest = salted_digest(salt, seen) if seen else ""
    with transaction.atomic(savepoint=False):
        AuditEvent.objects.bulk_create(rows)
        if seen:
            AuditDetail.objects.bulk_create(
                AuditDetail(event=event, sealed={"salt": salt, "fields": seen})
                for event, salt in zip(rows, salts, strict=True)
            )


def fields_of(event: AuditEvent) -> Sequence[str]:
    """Return the names of the fields that the event says were seen, sorted."""
    detail = getattr(event, "detail", None)
    return [] if detail is None else list(detail.sealed["fields"])


def is_as_written(event: AuditEvent) -> bool:
    """Return whether the fields beside the event are those it was written with."""
    detail: Any = getattr(event, "detail", None)
    if detail is None:
        return not event.fields_digest
    return salted_digest(detail.sealed["salt"], detail.sealed["fields"]) == event.fields_digest
