"""What a whole record consists of: parts, their entries, and lines of words. All of it is text."""

# mypy: disallow-any-explicit

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class RecordLine:
    """A name and what stands beside it, one text for each answer; none where nothing was given."""

    name: str
    values: Sequence[str] = ()


@dataclass(frozen=True)
class RecordBlock:
    """Lines or texts under one heading, which may be ""."""

    title: str = ""
    lines: Sequence[RecordLine] = ()
    texts: Sequence[str] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return not self.lines and not self.texts


@dataclass(frozen=True)
class RecordEntry:
    """One thing of a part: a form, a visit, a package. `notes` stand below its title."""

    title: str = ""
    notes: Sequence[str] = ()
    blocks: Sequence[RecordBlock] = ()


@dataclass(frozen=True)
class RecordPart:
    """One part of the record. `id` names it in the audit trail and in links on the page."""

    id: str
    title: str
    entries: Sequence[RecordEntry] = ()


@dataclass(frozen=True)
class WholeRecord:
    """All parts, and what was opened for them: ids of questions, and names of sealed things."""

    parts: Sequence[RecordPart]
    opened: frozenset[str] = field(default_factory=frozenset)
    with_team_notes: bool = False

    @property
    def shown(self) -> set[str]:
        """Return what the audit trail says was shown: every part, and what was opened."""
        return {part.id for part in self.parts} | self.opened


def lines_of(*pairs: tuple[str, str]) -> list[RecordLine]:
    """Return a line for each (name, text), without those whose text is empty."""
    return [RecordLine(name, (text,)) for name, text in pairs if text]


def filled(*blocks: RecordBlock) -> list[RecordBlock]:
    """Return the blocks that have something to show."""
    return [one for one in blocks if not one.is_empty]
