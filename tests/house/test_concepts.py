"""A concept can be taken away: the rest starts without it. And each stays small and has a place."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
APPS = ("clinic", "booking", "intake")
MOST_FILES = 12
# The roof: what joins the concepts, and may name each of them.
ROOF = ("apps.py", "urls.py")

# Imports every module of the product; `sample` makes rows of all concepts, so it is left out.
START = """
import importlib, os, pathlib, sys
import django
os.environ["DJANGO_SETTINGS_MODULE"] = "clinic.settings"
django.setup()
from django.core.management import call_command
from django.test import Client
call_command("check")
for app in ("clinic", "booking", "intake"):
    for path in pathlib.Path(app).rglob("*.py"):
        module = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
        if "sample" not in module and not module.endswith((".seed", ".clear_sample")):
            importlib.import_module(module)
assert Client().get("/health/live", headers={"host": "127.0.0.1"}).status_code == 200
print("started")
"""


def without(source: str, concept: str) -> str:
    """Return the source without its imports from the concept and without what uses them.

    A statement or an entry of a list goes when it names something that was imported from there.
    """
    tree = ast.parse(source)
    gone = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if f"{node.module}.{alias.name}.".startswith(f"{concept}.")
    }

    class Removal(ast.NodeTransformer):
        def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.ImportFrom | None:
            left = [name for name in node.names if (name.asname or name.name) not in gone]
            return ast.ImportFrom(node.module, left, node.level) if left else None

        def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
            return None if names(node) & gone else node

        def visit_List(self, node: ast.List) -> ast.List:
            left = [element for element in node.elts if not names(element) & gone]
            return ast.List(left, node.ctx)

    return ast.unparse(ast.fix_missing_locations(Removal().visit(tree)))


def names(node: ast.AST) -> set[str]:
    """Return every name that stands somewhere in the node."""
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


@pytest.mark.parametrize(
    ("concept", "belongs_to_it"),
    [
        ("booking.waitlist", ["booking/templatetags/waiting.py"]),
        ("booking.planner", []),
        ("booking.calendar_feeds", []),
        (
            "intake.fhir",
            [
                *(f"intake/management/commands/fhir_{way}.py" for way in ("ex", "im")),
                "intake/management/commands/export_all.py",
                "intake/moving_out",
            ],
        ),
    ],
)
def test_the_rest_starts_without_it(concept: str, belongs_to_it: list[str], tmp_path: Path) -> None:
    for name in (*APPS, "templates", "static"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("*.pyc"))
    shutil.rmtree(tmp_path / concept.replace(".", "/"))
    folders = [name for name in belongs_to_it if not name.endswith(".py")]
    for name in belongs_to_it:
        for path in tmp_path.glob(name.replace(".py", "*.py")):
            if name in folders:
                shutil.rmtree(path)
            else:
                path.unlink()
    for app in APPS:
        for name in ROOF:
            roof = tmp_path / app / name
            for gone in (concept, *(folder.replace("/", ".") for folder in folders)):
                roof.write_text(without(roof.read_text(), gone))
    started = subprocess.run(
        [sys.executable, "-c", START],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "RUN_READY_VAR": str(tmp_path / "var")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert started.stdout.endswith("started\n"), started.stderr[-2000:]


def test_a_folder_holds_twelve_files_at_most() -> None:
    folders = [folder for app in APPS for folder in (ROOT / app, *(ROOT / app).rglob("*/"))]
    counted = {
        str(folder.relative_to(ROOT)): len(list(folder.glob("*.py")))
        for folder in folders
        if folder.name != "migrations"
    }
    assert {name: count for name, count in counted.items() if count > MOST_FILES} == {}
    assert len(counted) > 50


def test_templates_and_tests_lie_in_the_concepts_of_the_code() -> None:
    # Of the libraries that sign people in, and what Django looks for at the top.
    others = {"account", "allauth", "mfa"}
    lost = [
        str(folder)
        for top in ("templates", "tests")
        for app in APPS
        for folder in (ROOT / top / app).glob("*/")
        if folder.name not in {"__pycache__", *others} and not (ROOT / app / folder.name).is_dir()
    ]
    assert lost == []


def test_no_class_name_is_defined_twice() -> None:
    homes: dict[str, list[str]] = {}
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            for node in ast.parse(path.read_text()).body:
                # The names by which Django finds every command and every migration.
                if isinstance(node, ast.ClassDef) and node.name not in {"Command", "Migration"}:
                    homes.setdefault(node.name, []).append(str(path.relative_to(ROOT)))
    assert {name: paths for name, paths in homes.items() if len(paths) > 1} == {}
