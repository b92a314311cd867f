"""What is open about a patient is read off her concerns; the marks on a form's flags are history.

Nobody can grep for a decision. So the rule is: outside of the modules below nothing reads a mark at
all. Booking and the clinic app cannot: they may not import intake (pyproject.toml), but for the
commands that make sample data.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

LOOKED_IN = ("intake", "clinic/management")
# Why each of them may read or write the mark on a flag.
MAY_READ = {
    "intake/concerns": "brings marks and concerns together",
    "intake/episodes/open_concerns.py": "the one answer",
    "intake/models": "says what a mark is",
    "intake/migrations": "moved the marks of before",
    "intake/review": "signs marks, undoes them, and shows them as history",
    "intake/flags": "puts flags into words",
    "intake/fhir": "exports marks as history",
    "intake/whole_record/care.py": "shows marks as history",
    "clinic/management/sample/patients.py": "signs decisions on sample forms",
}
# Fields and properties of Flag that say what a clinician marked, and the query by them.
OF_A_MARK = {"mark", "marked_at", "marked_by", "overridden_at", "verdict", "to_mark"}


# Calls in which a bare name is a column. Elsewhere `mark=` hands a mark to the action that sets it.
QUERIES = {"filter", "exclude", "get", "Q", "values", "values_list", "order_by", "update"}


def readings(source: str) -> Iterator[int]:
    """Yield the lines that read a mark, as an attribute or in a query over flags."""
    for node in ast.walk(ast.parse(source)):
        if (isinstance(node, ast.Attribute) and node.attr in OF_A_MARK) or (
            isinstance(node, ast.expr) and any(map(is_column, columns_in(node)))
        ):
            yield node.lineno


def columns_in(node: ast.expr) -> Iterator[str]:
    """Yield what names a column in a text with "__", or in the arguments of a query."""
    if isinstance(node, ast.Constant) and "__" in str(node.value):
        yield str(node.value)
    if isinstance(node, ast.Call):
        is_query = name_of(node.func) in QUERIES
        named = [one.arg for one in node.keywords if one.arg]
        yield from (one for one in named if is_query or "__" in one)
        # `get` of a dictionary is given a key.
        given = node.args if is_query and name_of(node.func) != "get" else []
        yield from (str(one.value) for one in given if isinstance(one, ast.Constant))


def name_of(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def is_column(name: object) -> bool:
    """Return whether a query by this name asks for a mark: mark, flags__mark, mark__in."""
    return bool(OF_A_MARK & set(str(name).split("__")))


def wrong_readings(root: Path) -> list[str]:
    """Return each reading of a mark where none may be, as "path:line"."""
    found = []
    for folder in LOOKED_IN:
        for file in sorted((root / folder).rglob("*.py")):
            path = file.relative_to(root)
            if any(path.is_relative_to(one) for one in MAY_READ):
                continue
            found += [f"{path}:{line}" for line in readings(file.read_text(encoding="utf-8"))]
    return found


def test_nothing_but_concerns_says_what_is_open() -> None:
    assert wrong_readings(settings.BASE_DIR) == []


@pytest.mark.parametrize("path", MAY_READ)
def test_who_may_read_marks_is_there(path: str) -> None:
    assert (settings.BASE_DIR / path).exists()


@pytest.mark.parametrize(
    "source",
    [
        "is_open = not flag.mark",
        "waits = [one for one in form.flags.to_mark() if not one.overridden_at]",
        "Intake.objects.filter(flags__mark='')",
        "Flag.objects.filter(mark__in=HELD)",
        "Flag.objects.filter(**{'marked_at__isnull': True})",
        "Intake.objects.exclude(flags__overridden_at=None)",
        "Flag.objects.filter(mark='')",
        "form.flags.values_list('rule', 'mark')",
    ],
)
def test_the_search_finds_who_reads_a_mark(tmp_path: Path, source: str) -> None:
    for path in ("intake/tasks/queries.py", "intake/review/case.py", "booking/desk/views.py"):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text(source)
    assert set(wrong_readings(tmp_path)) == {"intake/tasks/queries.py:1"}


def test_what_is_no_reading_is_not_found() -> None:
    source = 'mark_concern(mark=form.cleaned_data["mark"], reason=request.POST.get("mark"))'
    assert list(readings(source)) == []
