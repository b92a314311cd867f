"""Whether two patient rows are likely one person."""

# mypy: disallow-any-explicit

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

NAME, BORN_ON, PHONE, EMAIL = "name", "born_on", "phone", "email"
# What staff compare before they merge: where one of these differs they write down why.
CERTAIN = frozenset({NAME, BORN_ON, PHONE})
ENOUGH = 2


@dataclass(frozen=True, slots=True)
class ComparedContact:
    """What a row says about who the patient is. "" and None say nothing."""

    name: str
    born_on: date | None
    phone: str
    email: str


def agreement(one: ComparedContact, other: ComparedContact) -> frozenset[str]:
    """Return the fields in which the two agree: some of name, born_on, phone, email.

    Case and extra spaces in names do not count. A field that is empty agrees with nothing.
    """
    alike = {
        NAME: _plain(one.name) == _plain(other.name),
        BORN_ON: one.born_on == other.born_on,
        PHONE: one.phone == other.phone,
        EMAIL: one.email.lower() == other.email.lower(),
    }
    # Two empty fields are equal too, hence the look at the value itself.
    return frozenset(field for field, is_same in alike.items() if is_same and getattr(one, field))


def is_likely(agreeing: Collection[str]) -> bool:
    """Tell whether rows that agree in these fields are likely one person: two of the four do."""
    return len(agreeing) >= ENOUGH


def differing(one: ComparedContact, other: ComparedContact) -> frozenset[str]:
    """Return which of name, date of birth and phone differ; staff say why before they merge."""
    return CERTAIN - agreement(one, other)


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
