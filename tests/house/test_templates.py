"""Templates and style sheets are readable, and laid out as their tools do it."""

import subprocess
import sys
from pathlib import Path

import cssbeautifier
import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
# Without mail texts (.txt), in which the patient sees every line break.
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STYLE_SHEETS = sorted((ROOT / "static").rglob("*.css"))
WIDEST = 120


def lines_of(path: Path) -> list[str]:
    return path.read_text().splitlines()


def test_no_line_of_a_template_is_wider_than_120_columns() -> None:
    assert TEMPLATES
    wide = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in TEMPLATES
        for number, line in enumerate(lines_of(path), start=1)
        if len(line) > WIDEST
    ]
    assert wide == []


def test_no_character_of_a_template_is_on_a_line_over_160_columns() -> None:
    lines = [line for path in TEMPLATES for line in lines_of(path)]
    assert sum(len(line) for line in lines if len(line) > 160) / sum(map(len, lines)) == 0


@pytest.mark.parametrize("arguments", [["--check"], ["check"]], ids=["format", "lint"])
def test_templates_pass_their_formatter_and_linter(arguments: list[str]) -> None:
    command = [BIN / "djangofmt", *arguments, "templates"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", STYLE_SHEETS, ids=lambda path: path.name)
def test_a_style_sheet_has_one_declaration_a_line(path: Path) -> None:
    layout = cssbeautifier.default_options()
    layout.indent_size, layout.end_with_newline = 2, True
    assert cssbeautifier.beautify(path.read_text(), layout) == path.read_text()
