"""The steps in docs/operations.md that lead from an empty machine to the first visit."""

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

OPERATIONS = Path(settings.BASE_DIR, "docs", "operations.md")
FIRST = "From an empty machine to the first visit"
UPGRADE = "Upgrading"
TWO_USERS = "A database user that owns nothing"
OLD_UPGRADE = "Upgrading to concerns and tasks"
# In a list a block is indented as far as its line.
_BLOCK = re.compile(r"^( *)```sh\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_STEP = re.compile(r"^### (\d+)\. (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Step:
    """A numbered step: its title, and the lines that a shell runs as root."""

    number: int
    title: str
    script: str


def steps() -> list[Step]:
    """Return the steps from an empty machine, in their order."""
    parts = _STEP.split(section(FIRST))
    return [
        Step(int(number), title, "".join(_blocks(text)))
        for number, title, text in zip(parts[1::3], parts[2::3], parts[3::3], strict=True)
    ]


def upgrade() -> str:
    """Return the lines that upgrade an installation."""
    (script,) = _blocks(section(UPGRADE))
    return script


def two_users() -> str:
    """Return the lines after which the user of the site owns no table."""
    (script,) = _blocks(section(TWO_USERS))
    return script


def upgrade_from_before() -> list[str]:
    """Return the lines that upgrade an installation from before there were steps, in parts."""
    return _blocks(section(OLD_UPGRADE))


def _blocks(text: str) -> list[str]:
    return [textwrap.dedent(lines) for _indent, lines in _BLOCK.findall(text)]


def section(heading: str) -> str:
    """Return what stands under a heading of the second level."""
    text = OPERATIONS.read_text()
    assert text.count(f"\n## {heading}\n") == 1, heading
    return text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
