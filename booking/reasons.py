"""`Reason`: why a rule says no, as a code for programs and a sentence for people."""

# mypy: disallow-any-explicit

from collections.abc import Mapping
from dataclasses import dataclass, field


def msg(text: str) -> str:
    """Mark the text for translation and return it unchanged; it is translated where it is shown.

    Pure modules use this in place of Django's `gettext_noop`, and `makemessages` looks for both.
    """
    return text


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something may not be booked, or what to know before booking it.

    `text` may have `%(name)s` placeholders. `values` (numbers, dates and texts) fill them after
    translation; `booking.reason_text` writes each date in the reader's language.
    """

    code: str
    text: str
    values: Mapping[str, object] = field(default_factory=dict, hash=False)
