"""How a booking rule says no: a code for programs and a sentence for people."""

# mypy: disallow-any-explicit

from collections.abc import Mapping
from dataclasses import dataclass, field


def msg(text: str) -> str:
    """Return the text as it is; marks it for translation, which happens where it is shown."""
    return text


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something may not be booked, or what to know before it is.

    `text` may hold `%(name)s` places; `values` (numbers and dates) fill them once the text is
    translated and each date written in the reader's way.
    """

    code: str
    text: str
    values: Mapping[str, object] = field(default_factory=dict, hash=False)
