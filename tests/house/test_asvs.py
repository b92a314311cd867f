"""Every requirement of ASVS 5.0.0, levels 1 and 2, has one verdict, and what is met has a test."""

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
TABLE = (ROOT / "docs" / "asvs.md").read_text(encoding="utf-8")
SUMMARY = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NUMBERS = (Path(__file__).parent / "asvs_numbers.txt").read_text(encoding="utf-8")
ROW = re.compile(r"^\| ([\d.]+) \| ([12]) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.M)
VERDICTS = ("met", "not applicable", "open")


def cited_tests(said: str) -> list[str]:
    return re.findall(r"`(tests/[\w/]+\.py)`", said)


def test_each_number_stands_in_the_table_once() -> None:
    wanted = [line for line in NUMBERS.splitlines() if not line.startswith("#")]
    assert len(wanted) == 253
    assert [f"{number} {level}" for number, level, *_rest in ROW.findall(TABLE)] == wanted
    assert TABLE.count("\n| ") == len(wanted) + TABLE.count("\n| Number ")


@pytest.mark.parametrize("row", ROW.findall(TABLE), ids=lambda row: row[0])
def test_a_verdict_is_known_and_says_why(row: tuple[str, ...]) -> None:
    _number, _level, _words, verdict, why = row
    assert verdict in VERDICTS
    assert why.strip()
    cited = cited_tests(why)
    assert all((ROOT / one).is_file() for one in cited)
    assert verdict != "met" or cited


def test_the_summary_counts_as_the_table_does() -> None:
    found = [verdict for *_before, verdict, _why in ROW.findall(TABLE)]
    counted = ", ".join(f"{found.count(one)} {one}" for one in VERDICTS)
    assert f"([each requirement](asvs.md)): {counted}." in SUMMARY
