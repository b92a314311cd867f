"""Whether a row of the file is a patient who is known, here or in an earlier row of the file."""

# mypy: disallow-any-explicit

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations

from clinic.identity.same_person import (
    BORN_ON,
    EMAIL,
    ENOUGH,
    NAME,
    PHONE,
    ComparedContact,
    agreement,
    is_likely,
    keys_of,
)

FIELDS = (NAME, BORN_ON, PHONE, EMAIL)
# Of those who share two fields so many are kept: a clinic's own number and address may stand in
# thousands of rows, and more than one already means that a person looks.
MOST_ALIKE = 10


def is_surely(one: ComparedContact, other: ComparedContact) -> bool:
    """Return whether nobody has to look: two of four agree, name or date of birth among them.

    Two who share telephone and mailbox may be a mother and her daughter, and two dates of birth
    may be a typing error or two people: a person decides.
    """
    agreeing = agreement(one, other)
    if not is_likely(agreeing) or not agreeing & {NAME, BORN_ON}:
        return False
    return BORN_ON in agreeing or one.born_on is None or other.born_on is None


@dataclass(frozen=True)
class Likeness:
    """What was found about one row: whom it surely is, and how many it may be.

    With neither it is somebody new.
    """

    surely: Hashable | None
    likely: int

    @property
    def is_new(self) -> bool:
        return not self.likely


def likeness(contact: ComparedContact, others: Mapping[Hashable, ComparedContact]) -> Likeness:
    """Return what the contact is like among these, which agree with it in two fields."""
    likely = {key: one for key, one in others.items() if is_likely(agreement(contact, one))}
    if len(likely) == 1:
        [(key, only)] = likely.items()
        return Likeness(key if is_surely(contact, only) else None, 1)
    return Likeness(None, len(likely))


@dataclass
class ByPairs:
    """Contacts found by any two of their four fields, so that nobody is compared with everybody."""

    _pairs: dict[tuple[str, object, str, object], list[Hashable]] = field(default_factory=dict)
    _contacts: dict[Hashable, ComparedContact] = field(default_factory=dict)

    def add(self, key: Hashable, contact: ComparedContact) -> None:
        """Keep a contact under this key."""
        self._contacts[key] = contact
        for pair in _pairs_of(contact):
            alike = self._pairs.setdefault(pair, [])
            if len(alike) < MOST_ALIKE:
                alike.append(key)

    def near(self, contact: ComparedContact) -> dict[Hashable, ComparedContact]:
        """Return those that agree with this contact in two fields, by their keys."""
        keys: Iterable[Hashable] = dict.fromkeys(
            key for pair in _pairs_of(contact) for key in self._pairs.get(pair, ())
        )
        return {key: self._contacts[key] for key in keys}


def _pairs_of(contact: ComparedContact) -> Iterator[tuple[str, object, str, object]]:
    keys = keys_of(contact)
    given: Collection[str] = [one for one in FIELDS if getattr(keys, one)]
    assert ENOUGH == 2
    for first, second in combinations(given, 2):
        yield first, getattr(keys, first), second, getattr(keys, second)
