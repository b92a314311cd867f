"""What is sealed beside an audit event: which fields were seen, and the reason somebody typed."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction

from clinic.database.digests import new_salt, salted_digest
from clinic.database.sealed import SealBroken
from clinic.models.audit import AuditDetail, AuditEvent

# What stands between what is left of a reason in the event and the words, as in "all: she asked".
_BETWEEN = ": "


def write_events(events: Iterable[AuditEvent], fields: Iterable[str], words: str = "") -> None:
    """Insert these new events, each with the names of the fields that were seen and those words.

    Takes one statement, and a second one where there are fields or words.
    """
    seen = sorted(fields)
    rows = list(events)
    salts = [new_salt() if seen or words else "" for _ in rows]
    for event, salt in zip(rows, salts, strict=True):
        event.fields_digest = salted_digest(salt, _content(seen, words)) if salt else ""
    beside = {"fields": seen, "words": words} if words else {"fields": seen}
    with transaction.atomic(savepoint=False):
        AuditEvent.objects.bulk_create(rows)
        if seen or words:
            AuditDetail.objects.bulk_create(
                AuditDetail(event=event, sealed={"salt": salt, **beside})
                for event, salt in zip(rows, salts, strict=True)
            )


def _content(seen: Sequence[str], words: str) -> object:
    """Return what the digest covers beside the salt: the fields alone where nobody typed a word."""
    return {"fields": seen, "words": words} if words else seen


def fields_of(event: AuditEvent) -> Sequence[str]:
    """Return the names of the fields that the event says were seen, sorted."""
    detail = getattr(event, "detail", None)
    return [] if detail is None else list(detail.sealed["fields"])


def words_of(event: AuditEvent) -> str:
    """Return what somebody typed as the reason, or "". Opens sealed text."""
    detail: Any = getattr(event, "detail", None)
    sealed = {} if detail is None else detail.sealed
    if "was" in sealed:
        was: str = sealed["was"]
        return was.removeprefix(sealed["left"]).lstrip(_BETWEEN)
    return str(sealed.get("words", ""))


def is_as_written(event: AuditEvent) -> bool:
    """Return whether what is sealed beside the event is what it was written with.

    Of a reason that was moved there later the seal of the event says it, see `moved_reasons`.
    """
    detail: Any = getattr(event, "detail", None)
    if detail is None:
        return not event.fields_digest
    sealed = detail.sealed
    if "was" in sealed and not sealed["fields"]:
        return not event.fields_digest
    content = _content(sealed["fields"], sealed.get("words", ""))
    return salted_digest(sealed["salt"], content) == event.fields_digest


def moved_reasons(ids: Sequence[int]) -> Mapping[int, tuple[str, str]]:
    """Return for each of these events whose words were moved what its reason is now and was before.

    One that cannot be opened is left out: then the event does not agree with its seal.
    """
    found: dict[int, tuple[str, str]] = {}
    for detail in AuditDetail.objects.filter(event__in=ids, was_in_clear=True):
        try:
            sealed = detail.sealed
        except SealBroken:
            continue
        if "was" in sealed:
            found[detail.event_id] = (sealed["left"], sealed["was"])
    return found
