"""Verify the audit trail against its seals, and the seals against the file outside the database."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import Q

from clinic.audit.details import is_as_written
from clinic.audit.sealing import (
    digests_of,
    is_vouched_for,
    lines_outside,
    newest_seal,
    seal_keys,
    seal_of,
)
from clinic.audit.seals import Fault, Mismatch, Seal, faults_of, merged, mismatches_of, missing_of
from clinic.database.sealed import SealBroken
from clinic.models.audit import AuditEvent, AuditSeal

# An event that a longer transaction writes may come after the seal in which it would have been.
LATE = timedelta(minutes=15)


@dataclass
class Verification:
    """What was looked at and what was found: counts, the faults, and whether there is a file."""

    seals: int = 0
    sealed: int = 0
    unsealed: int = 0
    is_in_file: bool = False
    faults: list[Fault] = field(default_factory=list)


@dataclass
class _Walk:
    """What is carried along the chain: ids in no seal so far, and what does not agree."""

    high: int = 0
    loose: set[int] = field(default_factory=set)
    mismatches: list[Mismatch] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def verify_trail() -> Verification:
    """Read every event and every seal once, and return what does not agree."""
    outside, found, walk = lines_outside(), Verification(), _Walk()
    found.is_in_file = bool(outside)
    number, digest = 0, ""
    digests: dict[int, str] = {}
    for row in AuditSeal.objects.order_by("number").iterator(chunk_size=50):
        seal = seal_of(row)
        walk.faults += _faults_of_chain(row, seal, number, digest)
        _compare(seal, walk)
        number, digest, digests[row.number] = row.number, row.digest, row.digest
        found.seals, found.sealed = found.seals + 1, found.sealed + len(seal.events)
    walk.faults += _faults_of_newest()
    walk.faults += _faults_outside(outside, digests)
    late = _loose_and_late(walk)
    if early := walk.loose - late:
        walk.faults.append(Fault("added", tuple(early)))
    found.unsealed = AuditEvent.objects.filter(pk__gt=walk.high).count() + len(late)
    found.faults = merged([*walk.faults, *faults_of(walk.mismatches)])
    return found


def _faults_of_chain(row: AuditSeal, seal: Seal, number: int, digest: str) -> Iterator[Fault]:
    """Say what is wrong with one seal and its place after the seal `number` with that digest."""
    gap = range(number + 1, row.number)
    if gap:
        yield Fault("seal_missing", tuple(gap))
    elif row.previous != digest:
        yield Fault("seal_changed", (row.number,))
    if seal.digest != row.digest:
        yield Fault("seal_changed", (row.number,))
    # A mac of a key that is gone cannot be judged; the newest one vouches for the whole chain.
    if any(key.name == row.key and key.mac(row.digest) != row.mac for key in seal_keys()):
        yield Fault("seal_forged", (row.number,))


def _faults_of_newest() -> Iterator[Fault]:
    row = newest_seal()
    if row is not None and not is_vouched_for(row):
        yield Fault("seal_forged", (row.number,))


def _compare(seal: Seal, walk: _Walk) -> None:
    """Compare the events of a seal with those that are there, and note those that it lacks."""
    ids = [one for one, _digest in seal.events]
    there = digests_of(ids, seal.layout)
    if missing := missing_of(seal.events, there):
        walk.faults.append(Fault("missing", tuple(missing)))
    changed = mismatches_of(seal.events, there)
    walk.mismatches += changed
    # Of an event that was changed itself its digest says nothing.
    if other := _other_details(set(ids) - {one.id for one in changed}):
        walk.faults.append(Fault("detail", other))
    between = AuditEvent.objects.filter(pk__gt=walk.high, pk__lte=seal.last)
    walk.loose |= set(between.values_list("pk", flat=True))
    walk.loose -= set(ids)
    walk.high = max(walk.high, seal.last)


def _other_details(ids: set[int]) -> tuple[int, ...]:
    """Return those of the events whose sealed fields or words differ from their digest."""
    has_some = Q(detail__isnull=False) | ~Q(fields_digest="")
    events = AuditEvent.objects.filter(has_some, pk__in=ids).select_related("detail")
    return tuple(event.pk for event in events if not _is_as_written(event))


def _is_as_written(event: AuditEvent) -> bool:
    try:
        return is_as_written(event)
    except SealBroken:
        return False


def _loose_and_late(walk: _Walk) -> set[int]:
    """Return the events in no seal that may have been committed after the newest one."""
    newest = newest_seal()
    if newest is None or not walk.loose:
        return set()
    late = AuditEvent.objects.filter(pk__in=walk.loose, at__gt=newest.at - LATE)
    return set(late.values_list("pk", flat=True))


def _faults_outside(lines: list[tuple[int, str]], digests: dict[int, str]) -> Iterator[Fault]:
    """Compare the lines of the file with the seals, by number."""
    highest = max(digests, default=0)
    cut = tuple(number for number, _digest in lines if number > highest)
    if cut:
        yield Fault("cut", cut)
    other = tuple(one for one, digest in lines if one in digests and digests[one] != digest)
    if other:
        yield Fault("other_seal", other)
