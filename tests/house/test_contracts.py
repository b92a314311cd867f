"""Rules that tools check: who may import whom, and that migrations match the models."""

import pytest
from django.conf import settings
from django.core.management import call_command
from importlinter.cli import lint_imports

from booking import policy
from booking.planner import plan
from booking.reminders import schedule as reminders
from booking.scheduling import availability, intervals
from intake.questionnaire import answers
from intake.questionnaire import definition as questionnaire
from intake.triage import evaluate as triage
from intake.triage import rules, scores
from tests.house.purity import MARKER, marked_modules

PURE_BY_DESIGN = {
    *(availability, intervals, plan, policy, reminders),
    *(answers, questionnaire, rules, scores, triage),
}
# A contract for one made-up package, of the same type as the one for our own modules.
CONTRACT = """
[tool.importlinter]
root_packages = ["made_up"]
include_external_packages = true
contract_types = ["pure: tests.house.purity.PureContract"]

[[tool.importlinter.contracts]]
name = "Pure modules"
type = "pure"
least = 1
forbidden_modules = ["django"]
"""


def test_every_import_is_allowed_by_the_contracts(capsys):
    code = lint_imports(config_filename=str(settings.BASE_DIR / "pyproject.toml"), no_cache=True)
    assert code == 0, capsys.readouterr().out


def test_the_modules_that_decide_are_marked_pure():
    marked = marked_modules(["booking", "clinic", "intake"])
    assert {module.__name__ for module in PURE_BY_DESIGN} <= marked


def test_a_pure_module_may_not_import_django_indirectly(made_up):
    modules = {"deep/decision.py": f"{MARKER}\nimport made_up.rows", "rows.py": "import django"}
    assert not made_up(modules)


def test_a_module_without_the_marker_may_import_django(made_up):
    modules = {"deep/decision.py": f"{MARKER}\nimport math", "rows.py": "import django"}
    assert made_up(modules)


def test_a_contract_that_finds_no_pure_module_is_broken(made_up):
    assert not made_up({"rows.py": "import django"})


@pytest.mark.django_db
def test_the_migrations_match_the_models():
    # Exits with 1 if a migration is missing.
    call_command("makemigrations", check=True, dry_run=True)


@pytest.fixture
def made_up(tmp_path, monkeypatch):
    """Return a function that tells whether a package of these files passes the contract."""

    def passes(files: dict[str, str]) -> bool:
        for name, content in {"__init__.py": "", "deep/__init__.py": "", **files}.items():
            path = tmp_path / "made_up" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        config = tmp_path / "pyproject.toml"
        config.write_text(CONTRACT)
        monkeypatch.syspath_prepend(tmp_path)
        return lint_imports(config_filename=str(config), no_cache=True) == 0

    return passes
