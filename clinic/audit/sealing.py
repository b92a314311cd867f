"""Seal the audit trail: by a periodic job, and by hand. Nothing else writes seals.

Each seal is also written outside the database, as a line of the file AUDIT_SEALS and of the log:
whoever cuts off the end of the trail with its seals does not reach those.
"""

import json
import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from clinic.audit.details import moved_reasons
from clinic.audit.seals import LAYOUT, LAYOUTS, Key, Seal, event_digest, key_from
from clinic.database.clock import database_now
from clinic.models.audit import AuditEvent, AuditSeal
from clinic.whole_lines import append_whole

log = logging.getLogger("run_ready.audit")

MOST_EVENTS = 500
# A transaction that began earlier may commit events with lower ids than those sealed meanwhile.
# They are looked for so far back.
LATE_EVENTS = 5000


class MayNotSeal(Exception):
    """The newest seal is forged, or was made with a key that is not here any more."""


def seal_keys() -> list[Key]:
    """Return the keys of the seals: the first makes them, each vouches for its own."""
    return [key_from(one) for one in settings.DIGEST_KEYS]


def seal_trail(*, now: datetime, accepting: bool = False) -> int:
    """Seal the events that are not sealed yet; return how many seals were written.

    The first key changed since the last seal: one more is written, even without events. What is
    committed while this runs is sealed by the next run. Raises MayNotSeal, unless `accepting`: a
    chain that cannot be trusted gets no seal that vouches for it.
    """
    newest, written = newest_seal(), 0
    if newest is not None and not accepting and not is_vouched_for(newest):
        log.error("audit seal %s cannot be trusted: run verify_audit", newest.number)
        raise MayNotSeal(newest.number)
    batches = list(_batches(newest))
    is_old_key = newest is not None and newest.key != seal_keys()[0].name
    for batch in batches or ([[]] if is_old_key or (accepting and newest) else []):
        sealed = _write(newest, batch, now)
        # Somebody else is sealing: what is left is theirs.
        if sealed is None:
            break
        newest, written = sealed, written + 1
    if newest is not None:
        _write_outside(newest)
    return written


def renew_seals(*, write: bool) -> int:
    """Seal with the first key, if the newest seal has another; return how many were written.

    With `write` False return how many would be. Raises MayNotSeal.
    """
    newest = newest_seal()
    if newest is None or newest.key == seal_keys()[0].name:
        return 0
    return seal_trail(now=database_now()) if write else 1


def newest_seal() -> AuditSeal | None:
    """Return the seal with the highest number, or None before the first."""
    return AuditSeal.objects.order_by("-number").first()


def seal_of(row: AuditSeal) -> Seal:
    """Return what the row says, to compute its digest anew."""
    events = tuple((int(one), str(digest)) for one, digest in json.loads(row.events))
    at = row.at.astimezone(UTC).isoformat()
    return Seal(row.number, at, row.layout, events, row.last, row.previous)


def is_vouched_for(row: AuditSeal) -> bool:
    """Return whether the seal's digest is its own and was vouched for with a key that is here."""
    made_by = [key for key in seal_keys() if key.name == row.key]
    return seal_of(row).digest == row.digest and any(
        key.mac(row.digest) == row.mac for key in made_by
    )


def digests_of(ids: Sequence[int], layout: int) -> dict[int, str]:
    """Return the digest of each of these events that is there, by id.

    Each is digested as it was written, also where the words of its reason were moved since.
    """
    names, moved = LAYOUTS[layout], moved_reasons(ids)
    place = names.index("reason")
    found: dict[int, str] = {}
    for pk, *values in AuditEvent.objects.filter(pk__in=ids).values_list("pk", *names):
        left, was = moved.get(pk, ("", ""))
        if pk in moved and values[place] == left:
            values[place] = was
        found[pk] = event_digest(values)
    return found


def _batches(newest: AuditSeal | None) -> Iterator[list[int]]:
    """Yield the ids of the events that are not sealed yet, in order, so many at a time."""
    floor = 0 if newest is None else max(newest.last - LATE_EVENTS, 0)
    sealed = {
        one
        for events in AuditSeal.objects.filter(last__gt=floor).values_list("events", flat=True)
        for one, _digest in json.loads(events)
    }
    found = AuditEvent.objects.filter(pk__gt=floor).order_by("pk").values_list("pk", flat=True)
    batch: list[int] = []
    for one in found.iterator(chunk_size=2000):
        if one not in sealed:
            batch.append(one)
        if len(batch) == MOST_EVENTS:
            yield batch
            batch = []
    if batch:
        yield batch


def _write(previous: AuditSeal | None, ids: Sequence[int], now: datetime) -> AuditSeal | None:
    """Write one seal over these events and return it, or None if another process was first."""
    digests = digests_of(ids, LAYOUT)
    last = max([*digests, previous.last if previous else 0])
    seal = Seal(
        number=previous.number + 1 if previous else 1,
        at=now.astimezone(UTC).isoformat(),
        layout=LAYOUT,
        events=tuple(sorted(digests.items())),
        last=last,
        previous=previous.digest if previous else "",
    )
    key = seal_keys()[0]
    row = AuditSeal(
        number=seal.number,
        at=now,
        layout=seal.layout,
        events=json.dumps(seal.events),
        count=len(seal.events),
        last=seal.last,
        previous=seal.previous,
        digest=seal.digest,
        key=key.name,
        mac=key.mac(seal.digest),
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return None
    return row


# --- Outside the database -------------------------------------------------------------------------


def lines_outside() -> list[tuple[int, str]]:
    """Return (number, digest) of each seal in the file AUDIT_SEALS, in its order; [] without one.

    A line that cannot be read, as after a full disk, is left out.
    """
    try:
        lines = settings.AUDIT_SEALS.read_text().splitlines()
    except FileNotFoundError:
        return []
    parts: list[Any] = [line.split() for line in lines]
    return [(int(one[0]), one[1]) for one in parts if len(one) >= 2 and one[0].isdecimal()]


def _write_outside(newest: AuditSeal) -> None:
    """Add the seals that the file does not have yet, and write them to the log."""
    known = lines_outside()
    highest = known[-1][0] if known else 0
    if highest > newest.number:
        log.error("audit seal %s was written and is gone: run verify_audit", highest)
        return
    # The whole chain stands behind the newest: of an old trail without a file only that is needed.
    rows = AuditSeal.objects.filter(number__gt=highest).order_by("number")
    added = [newest] if not known else list(rows.defer("events"))
    lines = [f"{one.number} {one.digest} {one.last} {one.at:%Y-%m-%dT%H:%M:%SZ}" for one in added]
    for line in lines:
        log.info("audit seal %s", line)
    if not lines:
        return
    try:
        append_whole(settings.AUDIT_SEALS, "".join(f"{line}\n" for line in lines).encode())
    except OSError as error:
        # The seals themselves are written, and stand in the log.
        log.error("the file of audit seals cannot be written: %s", type(error).__name__)


def forget_outside() -> None:
    """Remove the file, when a sample clinic's trail was removed with everything else."""
    settings.AUDIT_SEALS.unlink(missing_ok=True)
