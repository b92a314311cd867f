# mypy: disallow-any-explicit
"""E-mail addresses: what telephones and mail programs add is taken away, near misses are asked."""

import re
import unicodedata
from difflib import SequenceMatcher, get_close_matches
from functools import lru_cache

from clinic.identity.readings import Doubt, msg

MOST_LETTERS = 254
TOO_LONG = msg("An e-mail address has at most %(limit)s characters; this has %(length)s")
_MEANT = msg("Did you mean %(email)s? If it is right as it is, send it again")

# The mailboxes of most people in the US.
_BIG = (
    "gmail.com", "yahoo.com", "hotmail.com", "outlook.com", "icloud.com", "comcast.net",
    "verizon.net", "protonmail.com", "sbcglobal.net", "bellsouth.net", "charter.net",
)  # fmt: skip
# Also big, but so short that many a real domain is one letter away: only their endings are judged.
_SHORT = ("aol.com", "msn.com", "att.net", "live.com", "ymail.com", "me.com", "mac.com", "cox.net")
# Real domains of mailboxes that look like one of the big ones.
_REAL = {
    "mail.com", "email.com", "gmx.com", "gmx.net", "hotmail.co.uk", "yahoo.co.uk", "yahoo.ca",
    "ymail.com", "rocketmail.com", "fastmail.com", "zohomail.com", "googlemail.com", "mail.ru",
}  # fmt: skip
# Endings that no domain has, and the one that was meant.
_ENDINGS = {
    "con": "com", "cmo": "com", "ocm": "com", "vom": "com", "xom": "com", "cim": "com",
    "cpm": "com", "comm": "com", "coom": "com", "comn": "com", "c0m": "com",
    "nte": "net", "ner": "net", "nett": "net", "ogr": "org", "orgg": "org", "edy": "edu",
}  # fmt: skip
_NEAR_NAME, _NEAR_ENDING = 0.8, 0.6
# "Ann Lee <ann@example.com>", as mail programs copy it.
_IN_BRACKETS = re.compile(r"[^<>]*<([^<>]*)>\W*")


def plain_email(text: str) -> str:
    """Return the address without what does not belong to it; whether it is one is not checked.

    Taken away: `mailto:` and what follows a question mark then, a name with brackets around the
    address, spaces around it and around the @, characters nobody sees, dots and commas at the end.
    A curly apostrophe becomes the straight one that mailboxes have. The domain is in lower case.
    """
    shown = unicodedata.normalize("NFKC", text[: 4 * MOST_LETTERS]).translate(_APOSTROPHES)
    shown = "".join(one for one in shown if unicodedata.category(one) not in ("Cf", "Cc")).strip()
    if in_brackets := _IN_BRACKETS.fullmatch(shown):
        shown = in_brackets[1].strip()
    if shown[:7].lower() == "mailto:":
        shown = shown[7:].partition("?")[0].strip()
    shown = re.sub(r"\s*@\s*", "@", shown.strip("<>() ").rstrip(".,;:"))
    if shown[:1] in ("'", '"') and shown[-1:] == shown[:1]:
        shown = shown[1:-1].strip()
    name, at, domain = shown.rpartition("@")
    return name + at + domain.lower()


# NFKC leaves these; a prime and an accent by itself are typed for an apostrophe too.
_APOSTROPHES = str.maketrans(dict.fromkeys("‘’‛′ʼ＇´`", "'"))


def email_doubt(address: str) -> Doubt | None:
    """Return the question whether a similar address of a big domain was meant, or None.

    The address itself may be right, so it is asked once and never refused.
    """
    name, _, domain = address.rpartition("@")
    meant = _meant(domain)
    if meant is None:
        return None
    return Doubt(_MEANT, {"email": f"{name}@{meant}"}, about=address)


@lru_cache(maxsize=1024)
def _meant(domain: str) -> str | None:
    """Return the domain that was probably meant in place of this one, or None."""
    if domain in _REAL or domain in _BIG or domain in _SHORT:
        return None
    near = [big for big in (*_BIG, *_SHORT) if _is_near(domain, big)]
    if near:
        # More than one is near only by its ending: aol.con.
        return get_close_matches(domain, near, n=1, cutoff=0.0)[0]
    rest, _, ending = domain.rpartition(".")
    return f"{rest}.{_ENDINGS[ending]}" if rest and ending in _ENDINGS else None


def _is_near(domain: str, big: str) -> bool:
    (name, _, ending), (big_name, _, big_ending) = domain.partition("."), big.partition(".")
    least = 1.0 if big in _SHORT else _NEAR_NAME
    return (
        SequenceMatcher(None, name, big_name).ratio() >= least
        and SequenceMatcher(None, ending, big_ending).ratio() >= _NEAR_ENDING
    )
