"""CSV files: what a spreadsheet would run stays text, and everything else stays as it was."""

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.web.csv_files import csv_text, plain

FORMULAS = [
    "=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "＝1", "  =1", '"=1"', "name\n=1",
]  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_are_text(text: str) -> None:
    assert plain(text).startswith("'")
    assert plain(text)[1:] == text


@pytest.mark.parametrize("value", [0, -3, 2.5, "O'Hara", "Zoë", "12-03", "a=b", "", None])
def test_numbers_and_names_stay(value: object) -> None:
    assert plain(value) == ("" if value is None else str(value))


def test_quotes_are_doubled_and_lines_end_as_the_standard_says() -> None:
    assert csv_text(["a"], [['say "hi", twice']]) == 'a\r\n"say ""hi"", twice"\r\n'


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))))
def test_every_cell_comes_back(cells: list[str]) -> None:
    cells = ["x", *cells]
    _, row = csv.reader(StringIO(csv_text(["head"], [cells]), newline=""))
    assert row == [plain(cell) for cell in cells]
