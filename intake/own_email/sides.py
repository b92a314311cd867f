"""The two mailboxes of a change of e-mail, and how an address is shown to somebody who may not be
its owner.
"""

# mypy: disallow-any-explicit

from enum import StrEnum


class Side(StrEnum):
    """The mailbox that the clinic writes to so far, and the one it shall write to."""

    OLD = "old"
    NEW = "new"


def masked(address: str) -> str:
    """Return enough of an address to recognize one's own: "p…@e….test" for "pat@example.test"."""
    local, _at, domain = address.rpartition("@")
    name, dot, ending = domain.rpartition(".")
    return f"{local[:1]}…@{name[:1]}…{dot}{ending}"
