# mypy: disallow-any-explicit
"""Dates in the past as people write them, in three parts or in one line."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date

from clinic.identity.readings import Datum, Doubt, Unreadable, msg

# The names of the three parts, in the order in which people in the US write them.
PARTS = MONTH, DAY, YEAR = "month", "day", "year"

# Longer than any date with its weekday; nothing beyond is looked at.
MOST_TYPED = 60
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# What stands around the numbers: the 26th of May.
_AROUND = {"st", "nd", "rd", "th", "of", "the"}
_TOKEN = re.compile(r"[0-9]+|[^\W\d_]+")

_MISSING = {
    frozenset({MONTH}): msg("Enter the month"),
    frozenset({DAY}): msg("Enter the day"),
    frozenset({YEAR}): msg("Enter the year"),
    frozenset({MONTH, DAY}): msg("Enter the month and the day"),
    frozenset({MONTH, YEAR}): msg("Enter the month and the year"),
    frozenset({DAY, YEAR}): msg("Enter the day and the year"),
    frozenset(PARTS): msg("Enter month, day and year, for example 5 24 1992"),
}
_WRONG = {
    MONTH: msg("Month: a number from 1 to 12, or its name"),
    DAY: msg("Day: a number from 1 to 31"),
    YEAR: msg("Year: four digits, like 1992"),
}
_NO_SUCH_DAY = msg("This month has no day %(day)s. Check the day")
_IS_MEANT = msg("Did you mean %(date)s? If so, send it again; if not, correct it")


def date_reading(parts: Sequence[str], today: date) -> Datum[date]:
    """Return the date that was written in the inputs for month, day and year. Raises Unreadable.

    The month may be a name. A date written whole into one input is read as well: May 26 2026,
    26 May 2026, 5/26/2026, 5.26.26, 2026-05-26, 05262026. A year of two digits is the nearest one
    whose date is not after `today`. Numbers are month, day, year, or year first if it has four
    digits. If that is no date and another order is the only one that gives a date (26/5/2026), that
    one is read, and asked about once. Which parts are wrong stands in the exception.
    """
    tokens = {name: _tokens(name, part) for name, part in zip(PARTS, parts, strict=True)}
    missing = frozenset(name for name, found in tokens.items() if not found)
    together = [one for found in tokens.values() for one in found]
    if len(together) == 3 and missing:
        return _reading(together, today)
    for name, found in tokens.items():
        if any(not _is_part(one) for one in found):
            raise Unreadable(_WRONG[name], parts=frozenset({name}))
    if missing:
        # Written into one input, month and day lack the year only.
        lacks = frozenset({YEAR}) if len(together) == 2 and len(missing) == 2 else missing
        raise Unreadable(_MISSING[lacks], parts=lacks)
    for name, found in tokens.items():
        if len(found) != 1:
            raise Unreadable(_WRONG[name], parts=frozenset({name}))
    return _reading(together, today)


def read_date(text: str, today: date) -> date | None:
    """Return the date written in one line, or None. A reading in another order counts as well."""
    try:
        return date_reading((text, "", ""), today).value
    except Unreadable:
        return None


def _tokens(name: str, text: str) -> list[str]:
    """Return the numbers and the words in an input, without the weekday and words like "of".

    Raises Unreadable for text that is too long for a date.
    """
    if len(text.strip()) > MOST_TYPED:
        raise Unreadable(_WRONG[name], parts=frozenset({name}))
    shown = unicodedata.normalize("NFKC", text)
    plain = "".join(str(unicodedata.decimal(one, one)) for one in shown)
    found = [one.casefold() for one in _TOKEN.findall(plain)]
    kept = [one for one in found if one not in _AROUND and not _is_named(one, _WEEKDAYS)]
    # Without any sign between them: 05262026, 20260526 or 052626.
    if len(kept) == 1 and kept[0].isdecimal() and len(kept[0]) in (6, 8):
        whole = kept[0]
        is_iso = len(whole) == 8 and int(whole[:2]) > 12
        return [whole[:4], whole[4:6], whole[6:]] if is_iso else [whole[:2], whole[2:4], whole[4:]]
    return kept


def _is_part(token: str) -> bool:
    return token.isdecimal() or _month(token) is not None


def _reading(tokens: list[str], today: date) -> Datum[date]:
    named = [position for position, one in enumerate(tokens) if not one.isdecimal()]
    if len(named) > 1:
        raise Unreadable(_WRONG[DAY], parts=frozenset({DAY}))
    return _with_name(tokens, named[0], today) if named else _of_numbers(tokens, today)


def _with_name(tokens: list[str], position: int, today: date) -> Datum[date]:
    """Read a date whose month is a word: the other two are day and year in either order."""
    month = _month(tokens[position])
    if month is None:
        raise Unreadable(_WRONG[MONTH], parts=frozenset({MONTH}))
    first, last = (one for place, one in enumerate(tokens) if place != position)
    day, year = (last, first) if len(first) > 2 else (first, last)
    return Datum(_date(str(month), day, year, today))


def _of_numbers(tokens: list[str], today: date) -> Datum[date]:
    first, second, third = tokens
    if len(first) == 4:
        return Datum(_date(second, third, first, today))
    try:
        return Datum(_date(first, second, third, today))
    except Unreadable:
        others = {_or_none(second, first, third, today), _or_none(second, third, first, today)}
        meant = [one for one in others if one is not None]
        if len(meant) != 1:
            raise
        doubt = Doubt(_IS_MEANT, {"date": meant[0]}, about=meant[0].isoformat())
        return Datum(meant[0], doubt)


def _or_none(month: str, day: str, year: str, today: date) -> date | None:
    try:
        return _date(month, day, year, today)
    except Unreadable:
        return None


def _date(month: str, day: str, year: str, today: date) -> date:
    """Return the date of three numbers. Raises Unreadable, which names the part that is wrong."""
    # Short ones only: Python refuses to convert thousands of digits.
    if len(month) > 2 or not 1 <= int(month) <= 12:
        raise Unreadable(_WRONG[MONTH], parts=frozenset({MONTH}))
    if len(day) > 2 or not 1 <= int(day) <= 31:
        raise Unreadable(_WRONG[DAY], parts=frozenset({DAY}))
    if len(year) not in (2, 4) or year == "0000":
        raise Unreadable(_WRONG[YEAR], parts=frozenset({YEAR}))
    if len(year) == 4:
        return _existing(int(year), int(month), int(day))
    century = today.year // 100 * 100
    candidate = _existing(century + int(year), int(month), int(day))
    if candidate <= today:
        return candidate
    return _existing(century - 100 + int(year), int(month), int(day))


def _existing(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise Unreadable(_NO_SUCH_DAY, {"day": day}, parts=frozenset({DAY})) from None


def _month(word: str) -> int | None:
    """Return the number of the month that the word names, in full or by its first letters."""
    for number, name in enumerate(_MONTHS, start=1):
        if _is_named(word, (name,)):
            return number
    return None


def _is_named(word: str, names: Sequence[str]) -> bool:
    return len(word) >= 3 and any(name.startswith(word) for name in names)
