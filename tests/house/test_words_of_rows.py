"""No sentence says a length, a price or a number of visits: a row holds it and may change."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
# What a sentence would say if it knew the sample clinic's price list.
FORBIDDEN = re.compile(
    r"\bsix visits|\ball (six|eight|6|8)\b|\byour six\b|\bsixth\b|\bseventh\b|\beighth\b"
    r"|\bof [68]\b(?! or more| to )|\bvisits? [68]\b|\b(eight|6|8) visits"
    r"|\$ ?\d|\b\d+ dollars\b"
    r"|\b(30|45|50|60|75|90)[- ]minutes?\b (visit|evaluation|with|long)"
    r"|plan, \d+ minutes|\b(an hour|hour and a half) (visit|evaluation)",
    re.IGNORECASE,
)
CALLS = {"_", "gettext", "gettext_lazy", "ngettext", "pgettext", "msg"}
COMMENT = re.compile(r"{#.*?#}|{% comment %}.*?{% endcomment %}", re.DOTALL)


def texts() -> Iterator[tuple[str, str]]:
    """Yield each template, and each text that code says to people, with where it stands."""
    for path in sorted((ROOT / "templates").rglob("*")):
        if path.suffix in (".html", ".txt"):
            words = COMMENT.sub("", path.read_text())
            yield str(path.relative_to(ROOT)), " ".join(words.split())
    for app in ("booking", "clinic", "intake"):
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield from _said(path)


def _said(path: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call) or _name(node.func) not in CALLS:
            continue
        for one in node.args:
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                yield f"{path.relative_to(ROOT)}:{node.lineno}", one.value


def _name(called: ast.expr) -> str:
    return called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")


def test_no_sentence_names_what_a_row_holds() -> None:
    found = [
        f"{where}: {match[0]}" for where, text in texts() for match in FORBIDDEN.finditer(text)
    ]
    assert not found, "Read it from the row: " + "; ".join(found)


@pytest.mark.parametrize(
    "sentence",
    [
        "Run Ready: six visits",
        "{{ left }} of 6 visits left to book",
        "See your six visits",
        "From first answer to sixth visit",
        "$1,140 for all",
        "A full check and a plan, 90 minutes.",
        "Visit 6 done",
    ],
)
def test_it_would_be_found(sentence: str) -> None:
    assert FORBIDDEN.search(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "{{ left }} of {{ all }} visits left to book",
        "We mail you a code of six digits.",
        "from 6 weeks after the birth",
        "Pain of 6 or more",
        "It works for 10 minutes.",
        "Ten stages from a brisk walk to 30 minutes of running.",
    ],
)
def test_other_numbers_are_left_alone(sentence: str) -> None:
    assert not FORBIDDEN.search(sentence)
