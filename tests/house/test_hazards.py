"""Every hazard of docs/hazards.md names tests that exist."""

import re
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
LOG = ROOT / "docs" / "hazards.md"
FEWEST = 24
CELLS = ["number", "hazard", "cause", "control", "shown by", "what remains"]


def rows() -> list[list[str]]:
    """Return the cells of every row of the table."""
    lines = [line for line in LOG.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def missing(cell: str) -> list[str]:
    """Return the tests named in a cell that do not exist, or a word about a cell without any."""
    named = re.findall(r"`([^`]+)`", cell)
    return [one for one in named if not exists(one)] if named else ["no test"]


def exists(named: str) -> bool:
    """Return whether there is such a test: a path, with `::` and a function or not."""
    path, _, function = named.partition("::")
    file = ROOT / path
    return file.is_file() and (not function or f"\ndef {function}(" in file.read_text())


def test_every_row_is_numbered_and_complete() -> None:
    found = rows()
    assert len(found) >= FEWEST
    assert [row[0] for row in found] == [str(number) for number in range(1, len(found) + 1)]
    assert [row for row in found if len(row) != len(CELLS) or not all(row)] == []


def test_every_test_named_in_a_row_exists() -> None:
    assert {row[0]: gaps for row in rows() if (gaps := missing(row[4]))} == {}


def test_a_test_that_is_not_there_is_noticed() -> None:
    mine = "`tests/house/test_hazards.py::test_every_test_named_in_a_row_exists`"
    assert missing(mine) == []
    assert missing("`tests/house/test_hazards.py::test_of_nothing`") != []
    assert missing("`tests/house/test_of_nothing.py`") != []
    assert missing("in words only") == ["no test"]
