"""A set of stolen passwords in less than a megabyte: a Bloom filter.

It holds no password, and none can be read from it. A password of the set is always found; one of
about two hundred others is taken for one of the set too.
"""

# mypy: disallow-any-explicit

import hashlib
import math
from collections.abc import Collection, Iterator

# What one bit more or less costs: with these, half a percent of other passwords are refused.
BITS_A_PASSWORD = 11
# The best number for BITS_A_PASSWORD.
PROBES = round(BITS_A_PASSWORD * math.log(2))


def folded(password: str) -> str:
    """Return the form in which passwords are compared: small and large letters are one."""
    return password.casefold()


def core_of(password: str) -> str:
    """Return it without the digits and signs around it: "Sunshine" of "Sunshine23!"."""
    letters = [place for place, sign in enumerate(password) if sign.isalpha()]
    return password[letters[0] : letters[-1] + 1] if letters else ""


def is_in(bits: bytes, password: str) -> bool:
    """Return whether the password is in the set, or, rarely, only looks so."""
    return all(
        bits[place // 8] & (1 << place % 8) for place in _places(folded(password), len(bits) * 8)
    )


def made_of(passwords: Collection[str]) -> bytes:
    """Return the set of these passwords."""
    kept = {folded(one) for one in passwords}
    size = max(1, -(-len(kept) * BITS_A_PASSWORD // 8))
    bits = bytearray(size)
    for one in kept:
        for place in _places(one, size * 8):
            bits[place // 8] |= 1 << place % 8
    return bytes(bits)


def _places(text: str, size: int) -> Iterator[int]:
    """Yield the places of the bits that stand for a text, among `size` bits."""
    digest = hashlib.sha256(text.encode()).digest()
    start, step = int.from_bytes(digest[:8]), int.from_bytes(digest[8:16]) | 1
    return ((start + number * step) % size for number in range(PROBES))
