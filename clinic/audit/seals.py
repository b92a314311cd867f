"""The digests of the audit trail, and what they tell about a trail that was tampered with.

An event has a digest over its columns. A seal lists the ids and digests of some events, and has a
digest over that list and the digest of the seal before it: a chain. With a key that the database
does not hold, a `mac` is made from the digest. Whoever changes an event would have to change its
seal and all that follow, and cannot make the mac of the last. The newest mac vouches for the whole
chain, so after a change of the key it is enough to write one more seal.
"""

# mypy: disallow-any-explicit

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

# The columns that the digest of an event covers, by the number that a seal names. A new column gets
# a new number, so that older seals stay as good as they were.
LAYOUTS: Mapping[int, tuple[str, ...]] = {
    1: (
        "at",
        "actor",
        "role",
        "action",
        "object",
        "patient",
        "allowed",
        "reason",
        "ip",
        "once",
        "fields_digest",
    ),
}
LAYOUT = max(LAYOUTS)


@dataclass(frozen=True)
class Seal:
    """What a seal says: `events` are (id, digest), `last` is the highest id sealed so far."""

    number: int
    at: str
    layout: int
    events: tuple[tuple[int, str], ...]
    last: int
    previous: str

    @property
    def digest(self) -> str:
        """64 hex digits that stand for all of it."""
        parts = [self.number, self.at, self.layout, self.events, self.last, self.previous]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@dataclass(frozen=True)
class Fault:
    """Something that does not agree: `kind` is a key of FAULTS, `ids` the events or seals."""

    kind: str
    ids: tuple[int, ...]

    def __str__(self) -> str:
        one, many = FAULTS[self.kind]
        return (one if len(self.ids) == 1 else many).format(_listed(self.ids))


# Each in words for one row and for several.
FAULTS = {
    "changed": ("Event {} was changed.", "Events {} were changed."),
    "missing": ("Event {} is missing.", "Events {} are missing."),
    "swapped": ("Event {} changed places.", "Events {} changed places."),
    "detail": (
        "What is sealed beside event {} is not what was written.",
        "What is sealed beside events {} is not what was written.",
    ),
    "added": ("Event {} was put in later.", "Events {} were put in later."),
    "seal_missing": ("Seal {} is missing.", "Seals {} are missing."),
    "seal_changed": ("Seal {} was changed.", "Seals {} were changed."),
    "seal_forged": (
        "Seal {} was not made with a key that is here.",
        "Seals {} were not made with a key that is here.",
    ),
    "cut": (
        "The end was cut off: seal {} was written and is gone, with the events it covered.",
        "The end was cut off: seals {} were written and are gone, with the events they covered.",
    ),
    "other_seal": (
        "Seal {} is not the one that was written to the file.",
        "Seals {} are not those that were written to the file.",
    ),
}


def _listed(ids: Sequence[int]) -> str:
    """Return the ids as text, with runs of them drawn together: "3, 7 to 12"."""
    runs: list[tuple[int, int]] = []
    for one in sorted(ids):
        if runs and one == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], one)
        else:
            runs.append((one, one))
    return ", ".join(f"{first}" if first == last else f"{first} to {last}" for first, last in runs)


def text_of(value: object) -> str:
    """Return a column's value as the text that is digested; times are in UTC."""
    return value.isoformat() if isinstance(value, datetime) else str(value)


def event_digest(values: Sequence[object]) -> str:
    """Return 64 hex digits that stand for these values of an event, in the order of a layout.

    Without the id: two events that changed places are found by it.
    """
    return hashlib.sha256(json.dumps([text_of(one) for one in values]).encode()).hexdigest()


@dataclass(frozen=True)
class Key:
    """A key of the seals, derived from one of the clinic's; `name` tells it from others."""

    name: str
    secret: bytes

    def mac(self, digest: str) -> str:
        """Return 64 hex digits which nobody can make without the key."""
        return hmac.new(self.secret, digest.encode(), hashlib.sha256).hexdigest()


def key_from(clinic_key: str) -> Key:
    """Return the key of the seals that belongs to one of the clinic's keys."""
    secret = hmac.new(clinic_key.encode(), b"audit seals", hashlib.sha256).digest()
    return Key(hmac.new(secret, b"name", hashlib.sha256).hexdigest()[:16], secret)


@dataclass(frozen=True)
class Mismatch:
    """An event whose digest is `found`, while its seal says `sealed`."""

    id: int
    sealed: str
    found: str


def missing_of(events: Iterable[tuple[int, str]], found: Mapping[int, str]) -> list[int]:
    """Return the ids of the sealed `events`, (id, digest), that are not `found` any more."""
    return [one for one, _digest in events if one not in found]


def mismatches_of(events: Iterable[tuple[int, str]], found: Mapping[int, str]) -> list[Mismatch]:
    """Return those of the sealed `events`, (id, digest), that have another digest now."""
    return [
        Mismatch(one, digest, found[one])
        for one, digest in events
        if one in found and found[one] != digest
    ]


def faults_of(mismatches: Sequence[Mismatch]) -> Iterator[Fault]:
    """Say of all events that do not agree which were changed and which changed places."""
    contents = {one.sealed for one in mismatches}
    swapped = tuple(one.id for one in mismatches if one.found in contents)
    changed = tuple(one.id for one in mismatches if one.found not in contents)
    for kind, ids in (("changed", changed), ("swapped", swapped)):
        if ids:
            yield Fault(kind, ids)


def merged(faults: Iterable[Fault]) -> list[Fault]:
    """Return the faults with those of a kind drawn together, in the order of FAULTS."""
    by_kind: dict[str, list[int]] = {}
    for fault in faults:
        by_kind.setdefault(fault.kind, []).extend(fault.ids)
    return [Fault(kind, tuple(sorted(set(by_kind[kind])))) for kind in FAULTS if kind in by_kind]
