# mypy: disallow-any-explicit
"""Names of people: read as typed, and the folded form in which two spellings are equal."""

import unicodedata
from functools import lru_cache

from clinic.identity.readings import Unreadable, msg

MOST_LETTERS = 120
_EMPTY = msg("Enter a name with at least one letter")
_TOO_LONG = msg("A name has at most %(limit)s characters; this has %(length)s.")
# Format characters that belong to the spelling of names: the joiners of Persian and of India.
_JOINERS = "\u200c\u200d"

# Letters that Unicode does not take apart into a plain letter and a mark, after `casefold`; and
# what people and telephones write for an apostrophe, left out so that O'Neil is oneil.
_LETTERS = str.maketrans(
    {
        "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ł": "l", "ŧ": "t", "ı": "i",
        "æ": "ae", "œ": "oe", "þ": "th",
    }
    | dict.fromkeys("'`´‘’‛′ʹʻʼʽʾʿˈˊˋꞌ՚׳＇")
)  # fmt: skip
# Accents, and the points of Hebrew and Arabic, which most writers leave out. Vowel signs of
# other scripts are marks too, but without them another name would be left.
_MARKS = (
    (0x0300, 0x036F), (0x0591, 0x05C7), (0x064B, 0x065F), (0x0670, 0x0670), (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE20, 0xFE2F),
)  # fmt: skip
# Fillers and variation selectors: letters and marks to Unicode, but nothing to the eye.
_INVISIBLE = (
    (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x3164, 0x3164), (0xFE00, 0xFE0F),
    (0xFFA0, 0xFFA0), (0xE0100, 0xE01EF),
)  # fmt: skip
# Scripts in which a name is written with or without a space: kana, Chinese characters, Hangul.
_UNSPACED = (
    (0x3041, 0x30FA), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF),
    (0x20000, 0x323AF),
)  # fmt: skip


def read_name(text: str) -> str:
    """Return the name as it is stored: one line, single spaces, nothing that cannot be seen.

    Line breaks and control characters count as spaces. Raises Unreadable for a name without a
    letter that can be seen, and for one longer than MOST_LETTERS.
    """
    shown = "".join(_shown_letter(one) for one in unicodedata.normalize("NFC", text))
    name = " ".join(shown.split())
    if not any(one.isalpha() for one in folded_name(name)):
        raise Unreadable(_EMPTY)
    if len(name) > MOST_LETTERS:
        raise Unreadable(_TOO_LONG, {"limit": MOST_LETTERS, "length": len(name)})
    return name


def _shown_letter(one: str) -> str:
    category = unicodedata.category(one)
    if category == "Cf" and one not in _JOINERS:
        return ""
    return " " if category in ("Cc", "Zl", "Zp") else one


def folded_name(name: str) -> str:
    """Return the name as it is compared: its words in lower case, sorted, one space between.

    Case, accents, apostrophes, hyphens, other punctuation, runs of spaces and the order of the
    words make no difference: "Zoë O’Neil-García" and "garcia oneil, ZOE" are both
    "garcia oneil zoe". A hyphen parts two words. Characters of scripts that are written without
    spaces count as a word each. The result holds letters, digits, marks and spaces only, and is
    "" for a name without any letter or digit. Two such names are not the same name, so look for ""
    before comparing. No database is asked, so the result is the same on each.

    German "ue" for "ü" and the many spellings of one sound are not folded.
    """
    # Each twice: taking a letter apart can give a capital (ℌ is H) or an apostrophe (ŉ), and
    # would make a mark of the apostrophe that is one by itself (´).
    letters = name.translate(_LETTERS).casefold()
    letters = unicodedata.normalize("NFKD", letters).casefold().translate(_LETTERS)
    plain = "".join(_folded_letter(one) for one in letters)
    # Hangul and kana are put together again: their parts are no letters to split.
    spaced = "".join(_spaced(one) for one in unicodedata.normalize("NFC", plain))
    return " ".join(sorted(spaced.split()))


# Asked for a hundred thousand letters of an import, which are few different ones.
@lru_cache(maxsize=4096)
def _folded_letter(one: str) -> str:
    if _is_in(one, _MARKS) or _is_in(one, _INVISIBLE) or unicodedata.category(one) == "Cf":
        return ""
    return one if unicodedata.category(one)[0] in "LNM" else " "


@lru_cache(maxsize=4096)
def _spaced(one: str) -> str:
    return f" {one} " if _is_in(one, _UNSPACED) else one


def _is_in(one: str, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= ord(one) <= last for first, last in ranges)
