# mypy: disallow-any-explicit
"""What reading a typed datum gives: its value, perhaps with a question, or why it has none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


def msg(text: str) -> str:
    """Mark the text for translation and return it unchanged; it is translated where it is shown."""
    return text


class Unreadable(Exception):
    """What was typed is not the datum.

    `text` says why and what to do, `values` fill its `%(name)s` after translation. `parts` names
    the inputs that are wrong, of a datum that has several.
    """

    def __init__(
        self,
        text: str,
        values: Mapping[str, object] | None = None,
        *,
        parts: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(text)
        self.text, self.values, self.parts = text, dict(values or {}), parts


@dataclass(frozen=True)
class Doubt:
    """What to ask once before the value is taken: it can be right, but seldom is.

    `text` and `values` are as in `Unreadable`. `about` names the reading it asks about, so that a
    page remembers what was asked.
    """

    text: str
    values: Mapping[str, object]
    about: str


@dataclass(frozen=True)
class Datum(Generic[T]):
    """The value that was read, and what to ask once before it is taken, if anything."""

    value: T
    doubt: Doubt | None = None
