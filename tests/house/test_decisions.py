"""The decision records: each has a date and a status, and the index lists them all."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings

FOLDER = settings.BASE_DIR / "docs" / "decisions"
HEAD = re.compile(
    r"# (?P<number>\d+)\. (?P<title>.+)\n"
    r"\n"
    r"Date: (?P<date>20\d\d-\d\d-\d\d) · Status: (?P<status>.+) · "
    r"Words: \[glossary\]\(\.\./glossary\.md\)\n"
)
ROW = re.compile(r"^\| \[(\d+)\]\(([^)]+)\) \| (.+) \| ([\d-]+) \| (.+) \|$", re.MULTILINE)
STATUS = re.compile(r"(proposed|accepted|(?=superseded by ))(?:, )?(.*)")
LINK = re.compile(r"(amends|amended by|supersedes|superseded by) \[(\d+)\]\(([^)]+)\)")
ANSWERS = {
    "amends": "amended by",
    "amended by": "amends",
    "supersedes": "superseded by",
    "superseded by": "supersedes",
}
RECORDS = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")
NEVER_USED = {30, 31, 32}


@dataclass(frozen=True)
class Record:
    """The first lines of a record: number, title, date and status."""

    number: int
    file: str
    title: str
    date: str
    status: str

    @property
    def links(self) -> set[tuple[str, int, str]]:
        """What the status says about other records: the word, their number and file."""
        return {(word, int(number), file) for word, number, file in LINK.findall(self.status)}


def read(path: Path) -> Record:
    head = HEAD.match(path.read_text())
    assert head, f"{path.name} does not begin with title, date, status and glossary"
    return Record(int(head["number"]), path.name, head["title"], head["date"], head["status"])


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_a_record_begins_with_its_number_its_date_and_a_status_we_know(path):
    record = read(path)
    assert path.name.startswith(f"{record.number:04d}-")
    status = STATUS.fullmatch(record.status)
    assert status, record.status
    assert LINK.sub("", status[2]).strip(", ") == ""


def test_the_index_lists_every_record_once_and_as_the_record_says():
    listed = [
        Record(int(number), file, title, date, status)
        for number, file, title, date, status in ROW.findall((FOLDER / "README.md").read_text())
    ]
    assert listed == [read(path) for path in RECORDS]


def test_no_number_is_missing_but_those_the_index_names():
    numbers = [read(path).number for path in RECORDS]
    assert sorted({*numbers, *NEVER_USED}) == list(range(1, max(numbers) + 1))
    assert not NEVER_USED & set(numbers)
    assert "Numbers 30 to 32 were never used." in (FOLDER / "README.md").read_text()


def test_records_that_change_each_other_link_both_ways():
    records = {read(path).file: read(path) for path in RECORDS}
    links = [(record, link) for record in records.values() for link in record.links]
    assert links
    for record, (word, number, file) in links:
        assert records[file].number == number
        assert (ANSWERS[word], record.number, record.file) in records[file].links


def test_a_new_record_has_the_three_headings():
    for path in RECORDS:
        if read(path).number > 45:
            headings = re.findall(
                r"^(?:## |\*\*)(Context|Decision|Consequences)\b", path.read_text(), re.MULTILINE
            )
            assert headings[:3] == ["Context", "Decision", "Consequences"], path.name
