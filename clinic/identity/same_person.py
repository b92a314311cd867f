"""Whether two rows are likely one person: the one comparison for search, warnings and duplicates.

Each of name, phone and e-mail has a key. Two spellings of one name, ways to write one number, or
cases of one address have the same key. The keys are stored beside the data, so that a database only
has to look for equal text and finds the same rows whichever database it is.
"""

# mypy: disallow-any-explicit

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from clinic.identity.names import folded_name

NAME, BORN_ON, PHONE, EMAIL = "name", "born_on", "phone", "email"
# What staff compare before they merge: where one of these differs they write down why.
CERTAIN = frozenset({NAME, BORN_ON, PHONE})
ENOUGH = 2
# What a column of keys holds. Some characters become many when they are folded: a name of 120
# such would be too long for an index.
NAME_KEY_LENGTH = 400
# After this a telephone number names an extension.
_EXTENSION = re.compile(r"[;,x#]|ext")


@dataclass(frozen=True, slots=True)
class ComparedContact:
    """What a row says about who the patient is. "" and None say nothing."""

    name: str
    born_on: date | None
    phone: str
    email: str


def name_key(name: str) -> str:
    """Return the key of a name: see `folded_name`."""
    return folded_name(name)[:NAME_KEY_LENGTH]


def phone_key(phone: str) -> str:
    """Return the digits of a stored telephone number, without its extension."""
    return digits_of(_EXTENSION.split(phone.casefold(), maxsplit=1)[0])


def digits_of(text: str) -> str:
    """Return the decimal digits of the text, those of every script as 0 to 9."""
    return "".join(str(unicodedata.decimal(one)) for one in text if one.isdecimal())


def email_key(email: str) -> str:
    """Return the key of an e-mail address: case does not count."""
    return email.strip().lower()


def keys_of(contact: ComparedContact) -> ComparedContact:
    """Return the contact with its keys in place of what was written."""
    return ComparedContact(
        name=name_key(contact.name),
        born_on=contact.born_on,
        phone=phone_key(contact.phone),
        email=email_key(contact.email),
    )


def agreement(one: ComparedContact, other: ComparedContact) -> frozenset[str]:
    """Return the fields in which the two agree: some of name, born_on, phone, email.

    A field that is empty agrees with nothing.
    """
    mine, hers = keys_of(one), keys_of(other)
    return frozenset(
        field
        for field in (NAME, BORN_ON, PHONE, EMAIL)
        # Two empty fields are equal too, hence the look at the value itself.
        if getattr(mine, field) and getattr(mine, field) == getattr(hers, field)
    )


def is_likely(agreeing: Collection[str]) -> bool:
    """Tell whether rows that agree in these fields are likely one person: two of the four do."""
    return len(agreeing) >= ENOUGH


def differing(one: ComparedContact, other: ComparedContact) -> frozenset[str]:
    """Return which of name, date of birth and phone differ; staff say why before they merge."""
    return CERTAIN - agreement(one, other)
