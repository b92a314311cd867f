"""The house rules that tools can check: who imports whom, and what models and migrations say."""

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
# A contract over one made-up package, with the contract type that our own modules stand under.
CONTRACT = """
[tool.importlinter]
root_packages = ["pretended"]
include_external_packages = true
contract_types = ["pure: tests.house.purity.PureContract"]

[[tool.importlinter.contracts]]
name = "Pure modules"
type = "pure"
least = 1
forbidden_modules = ["django"]
"""


def test_every_import_goes_the_way_the_house_allows(capsys):
    code = lint_imports(config_filename=str(settings.BASE_DIR / "pyproject.toml"), no_cache=True)
    assert code == 0, capsys.readouterr().out


def test_what_decides_is_marked_pure():
    marked = marked_modules(["booking", "clinic", "intake"])
    assert {module.__name__ for module in PURE_BY_DESIGN} <= marked


def test_a_pure_module_may_not_reach_django_by_way_of_another(pretended):
    modules = {"deep/decision.py": f"{MARKER}\nimport pretended.rows", "rows.py": "import django"}
    assert not pretended(modules)


def test_a_module_without_the_marker_may_import_django(pretended):
    modules = {"deep/decision.py": f"{MARKER}\nimport math", "rows.py": "import django"}
    assert pretended(modules)


def test_a_contract_that_finds_no_pure_module_is_broken(pretended):
    assert not pretended({"rows.py": "import django"})


@pytest.mark.django_db
def test_the_migrations_make_exactly_what_the_models_say():
    # Ends with exit code 1 when a migration is missing.
    call_command("makemigrations", check=True, dry_run=True)


@pytest.fixture
def pretended(tmp_path, monkeypatch):
    """Return a function that tells whether a package of these files keeps the contract."""

    def is_kept(files: dict[str, str]) -> bool:
        for name, content in {"__init__.py": "", "deep/__init__.py": "", **files}.items():
            path = tmp_path / "pretended" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        config = tmp_path / "pyproject.toml"
        config.write_text(CONTRACT)
        monkeypatch.syspath_prepend(tmp_path)
        return lint_imports(config_filename=str(config), no_cache=True) == 0

    return is_kept
