"""Words of the clinic itself, which a stranger tries first; docs/security.md lists them."""

# mypy: disallow-any-explicit

import re
from collections.abc import Iterable

# Of the product, the trade and the roles. The clinic's own names and address come with settings.
WORDS = (
    *("run", "ready", "runready", "pelvic", "floor", "physical", "therapy", "therapist", "clinic"),
    *("clinician", "manager", "admin", "administrator", "practice", "patient", "desk", "staff"),
    *("reception", "welcome", "password", "signin", "login"),
)
# As many letters have to be left when these words are taken out.
LEAST_LEFT = 8
_WORD = re.compile(r"[^\W\d_]+")
# Shorter pieces of a name stand in many words.
_SHORTEST = 3


def words_in(texts: Iterable[str]) -> set[str]:
    """Return the words of these names and addresses, folded: "Ell Pond" has "ell" and "pond"."""
    found = {word.casefold() for text in texts for word in _WORD.findall(text)}
    return {word for word in found if len(word) >= _SHORTEST}


def letters_left(password: str, words: Iterable[str]) -> int:
    """Return how many letters of the password belong to none of the words."""
    left = password.casefold()
    for word in sorted(words, key=len, reverse=True):
        left = left.replace(word, " ")
    return sum(sign.isalpha() for sign in left)


def is_made_of(password: str, words: Iterable[str]) -> bool:
    """Return whether the password has one of the words, and little beside such words."""
    known = [one for one in words if one in password.casefold()]
    return bool(known) and letters_left(password, known) < LEAST_LEFT
