"""Whether two patient rows are likely one person."""

# mypy: disallow-any-explicit

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

NAME, BORN_ON, PHONE, EMAIL = "name", "born_on", "phone", "email"
# What staff go by when they take two rows for one person.
CERTAIN = frozenset({NAME, BORN_ON, PHONE})
ENOUGH = 2


@dataclass(frozen=True, slots=True)
class ComparedContact:
    """What a row says of who she is; an empty text or None says nothing."""

    name: str
    born_on: date | None
    phone: str
    email: str


def agreement(one: ComparedContact, other: ComparedContact) -> frozenset[str]:
    """Return in what the two agree: some of name, born_on, phone, email.

    Case and spaces in names do not count; what one of them leaves empty agrees with nothing.
    """
    alike = {
        NAME: _plain(one.name) == _plain(other.name),
        BORN_ON: one.born_on == other.born_on,
        PHONE: one.phone == other.phone,
        EMAIL: one.email.lower() == other.email.lower(),
    }
    return frozenset(field for field, is_same in alike.items() if is_same and getattr(one, field))


def is_likely(agreeing: Collection[str]) -> bool:
    """Tell whether so much agreement makes them likely the same: two of the four."""
    return len(agreeing) >= ENOUGH


def differing(one: ComparedContact, other: ComparedContact) -> frozenset[str]:
    """Return in which of name, birth date and phone they differ, so that staff say why."""
    return CERTAIN - agreement(one, other)


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
