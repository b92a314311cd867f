"""CSV files: what a spreadsheet would run is made text, and all else is unchanged."""

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
def test_numbers_and_names_are_unchanged(value: object) -> None:
    assert plain(value) == ("" if value is None else str(value))


def test_quotes_and_line_ends_follow_the_standard() -> None:
    assert csv_text(["a"], [['say "hi", twice']]) == 'a\r\n"say ""hi"", twice"\r\n'


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))))
def test_every_cell_is_read_back(cells: list[str]) -> None:
    cells = ["x", *cells]
    _, row = csv.reader(StringIO(csv_text(["head"], [cells]), newline=""))
    assert row == [plain(cell) for cell in cells]
