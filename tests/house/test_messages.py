"""Translations: `manage.py makemessages` finds every text that the code marks."""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest
from django.conf import settings

APPS = ("booking", "clinic", "intake")
# Functions that mark a text, and the index of the argument that is the text.
MARKS = {
    **dict.fromkeys(("gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"), 0),
    **dict.fromkeys(("pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy"), 1),
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The texts that the command finds in a copy of the sources."""
    # In a copy, as the command writes files beside each template while it runs.
    copy = tmp_path_factory.mktemp("messages")
    for folder in (*APPS, "templates"):
        shutil.copytree(settings.BASE_DIR / folder, copy / folder)
    shutil.copy(settings.BASE_DIR / "manage.py", copy)
    subprocess.run(
        [sys.executable, "manage.py", "makemessages", "--all", "--keep-pot"],
        cwd=copy,
        env={**os.environ, "RUN_READY_VAR": str(copy / "var")},
        check=True,
        capture_output=True,
    )
    return {entry.msgid for entry in polib.pofile(str(copy / "locale" / "django.pot"))}


def sources() -> Iterator[tuple[Path, ast.Module]]:
    """Yield the path and the syntax tree of every module of the product."""
    for app in APPS:
        for path in (settings.BASE_DIR / app).rglob("*.py"):
            yield path, ast.parse(path.read_text())


def calls(tree: ast.Module, name: str) -> Iterator[ast.Call]:
    """Yield the calls of the function of that name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            yield node


def imported_marks(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield the names of Django's marks in a module, each with the index of its text."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            for alias in node.names:
                if alias.name in MARKS:
                    yield alias.asname or alias.name, MARKS[alias.name]


def test_every_text_marked_with_msg_is_found(found):
    marked = [(path, call.args[0]) for path, tree in sources() for call in calls(tree, "msg")]
    assert marked
    for path, text in marked:
        assert isinstance(text, ast.Constant), f"{path}:{text.lineno} is not one plain text"
        assert text.value in found, f"{path}:{text.lineno}"


def test_every_text_marked_with_djangos_functions_is_found_under_whatever_name(found):
    marked = [
        (path, text)
        for path, tree in sources()
        for name, index in imported_marks(tree)
        for call in calls(tree, name)
        # A variable in the call holds a text that is marked elsewhere and translated here.
        if isinstance(text := call.args[index], ast.Constant)
    ]
    assert marked
    missed = [f"{path}:{text.lineno}" for path, text in marked if text.value not in found]
    assert missed == []


def test_texts_of_pages_are_found_too(found):
    assert "That page could not be read" in found
