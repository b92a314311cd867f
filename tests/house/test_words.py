"""Rules for texts: all can be translated, none has an exclamation mark, none names a machine."""

import os
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
# Folders made by tools, as .gitignore lists them, and files without text.
MADE = {line.strip().rstrip("/") for line in (ROOT / ".gitignore").read_text().splitlines()}
BINARY = {".pyc", ".png", ".mo", ".sqlite3"}
# What is the same in every language.
NAMES = re.compile(
    r"Run Ready|manage\.py replay_erasures|911|988|TLC-MAMA|&[a-z]+;|\bPDF\b|\bCSV\b|\.csv\b"
)
BLOCK = re.compile(r"{%-?\s*blocktrans(?:late)?\b.*?{%-?\s*endblocktrans(?:late)?\s*-?%}", re.S)
TAGS = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}", re.S)
COMMENT = re.compile(r"{%\s*comment.*?endcomment\s*%}|<!--.*?-->|<style.*?</style>", re.S)
CLASS = re.compile(r'\bclass="[^"]*"')
SHOWN_ATTRIBUTES = re.compile(r"\b(?:aria-label|title|alt|placeholder)=\"([^\"]*)\"")


def bare_text(source: str) -> list[str]:
    """Return the texts of a template that a person would read and that are not translated."""
    source = TAGS.sub("", BLOCK.sub("", COMMENT.sub("", source)))
    pieces = SHOWN_ATTRIBUTES.findall(source) + re.sub(
        r"<[^>]*>", "\n", CLASS.sub("", source)
    ).split("\n")
    return [text for piece in pieces if re.search("[A-Za-z]{2}", text := NAMES.sub("", piece))]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_sentence_of_a_template_can_be_translated(path: Path) -> None:
    assert bare_text(path.read_text()) == []


def test_the_search_finds_untranslated_text() -> None:
    assert bare_text("<p>Hello there {% translate 'x' %}</p>")
    assert bare_text('<a aria-label="Next day">{{ x }}</a>')
    assert not bare_text("{% blocktranslate %}Hello {{ x }}{% endblocktranslate %} {{ y|date }}")


def test_no_page_has_an_exclamation_mark() -> None:
    mark = re.compile(r"[A-Za-z]!(?!=)")
    found = [
        path.name
        for path in TEMPLATES
        if mark.search(TAGS.sub("", COMMENT.sub("", path.read_text())).replace("<!doctype", ""))
    ]
    assert found == []


def test_each_word_has_one_spelling() -> None:
    other = re.compile(r"\bcancel(?:ed|ing)\b|\bno show\b|[\s>\"]emails?\b(?!=)", re.I)
    spelled = re.compile(r"translate \"([^\"]*)\"|blocktranslate[^%]*%}(.*?){%", re.S)
    found = [
        (path.name, text)
        for path in TEMPLATES
        for match in spelled.finditer(path.read_text())
        if other.search(text := TAGS.sub("", f" {match[1] or match[2] or ''}"))
    ]
    assert found == []


def test_nothing_in_the_project_names_a_machine() -> None:
    machine = re.compile(r"(?:^|[^A-Za-z0-9_./])/(?:w[o]rk|f[a]rm)/|index-url *=", re.M)
    found = [str(p) for p in project_files() if machine.search(p.read_text(errors="replace"))]
    assert found == []


def project_files() -> list[Path]:
    """Return the files of the project. git, which would know them, may not be installed."""
    files = []
    for folder, inside, names in os.walk(ROOT):
        # In a second working tree `.git` is a file.
        inside[:] = [name for name in inside if name not in MADE | {".git"}]
        files += [
            Path(folder, name)
            for name in names
            if name != ".git" and Path(name).suffix not in BINARY
        ]
    return files
