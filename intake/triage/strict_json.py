"""Read JSON from other programs strictly: text with two possible meanings is refused or marked."""

# mypy: disallow-any-explicit

import json
from typing import NoReturn

MOST_DIGITS = 4000  # of a whole number; Python refuses to convert more than 4,300


def read_json(text: str | bytes) -> object:
    """Return the value of the JSON text; bytes are UTF-8, with or without a byte order mark.

    An object that gives a name twice is returned as a list of pairs, because nobody can tell which
    value was meant. Raises ValueError for anything that is not JSON, NaN and Infinity included.
    """
    try:
        return _DECODER.decode(text.decode("utf-8-sig") if isinstance(text, bytes) else text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _object(pairs: list[tuple[str, object]]) -> object:
    found = dict(pairs)
    return found if len(found) == len(pairs) else pairs


def _whole_number(text: str) -> float:
    # A longer one becomes a float, which no question accepts as a whole number.
    return int(text) if len(text) <= MOST_DIGITS else float(text)


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(text)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_whole_number, parse_constant=_refuse_constant
)
