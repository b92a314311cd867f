"""A concept imports the actions, queries and other modules of another one, but not its pages."""

import ast
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

APPS = ("clinic", "booking", "intake")
# Modules for a concept's own pages and mails, which no other concept may import.
INNER = ("views", "forms", "emails")
# Modules that bring the concepts together: URLs, and what an app registers when it starts.
EXEMPT = {"urls", "apps", "settings"}


def concept_of(module: str) -> str:
    """Return the app and the folder below it of a module: `booking.planner`."""
    return ".".join(module.split(".")[:2])


def imports(source: Path) -> Iterator[str]:
    """Yield the dotted path of every module or name that a file imports."""
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def wrong_imports(root: Path) -> list[str]:
    """Return each import of another concept's pages, forms or mail texts, as "from -> to"."""
    found = set()
    for path in sorted(file for app in APPS for file in (root / app).rglob("*.py")):
        module = ".".join(path.relative_to(root).with_suffix("").parts)
        if EXEMPT & set(module.split(".")):
            continue
        for name in imports(path):
            is_elsewhere = concept_of(name) != concept_of(module)
            is_module = (root / name.replace(".", "/")).with_suffix(".py").exists()
            if is_elsewhere and is_module and name.split(".")[-1].startswith(INNER):
                found.add(f"{module} -> {name}")
    return sorted(found)


def test_no_concept_imports_the_pages_of_another() -> None:
    assert wrong_imports(settings.BASE_DIR) == []


def test_the_search_finds_a_wrong_import(tmp_path: Path) -> None:
    for name, source in {
        "booking/waitlist/actions.py": "from booking.planner.views import plan_page",
        "intake/review/queue.py": "from intake.urgent import forms",
        "intake/review/case.py": "from intake.review.forms import DecisionForm",
        "booking/urls.py": "from booking.planner import views",
        "booking/planner/views.py": "",
        "intake/urgent/forms.py": "",
        "intake/review/forms.py": "",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(source)
    assert wrong_imports(tmp_path) == [
        "booking.waitlist.actions -> booking.planner.views",
        "intake.review.queue -> intake.urgent.forms",
    ]
