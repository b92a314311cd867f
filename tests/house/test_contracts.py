"""The house rules that tools can check: who imports whom, and what models and migrations say."""

import tomllib

import pytest
from django.conf import settings
from django.core.management import call_command
from importlinter.cli import lint_imports

PURE_BY_DESIGN = {
    *(
        "intake.questionnaire.definition",
        "intake.questionnaire.answers",
        "intake.triage.rules",
        "intake.triage.evaluate",
        "intake.triage.scores",
    ),
    *(
        "booking.scheduling.intervals",
        "booking.scheduling.availability",
        "booking.planner.plan",
        "booking.policy",
    ),
    "booking.reminders.schedule",
}


def test_every_import_goes_the_way_the_house_allows(capsys):
    code = lint_imports(config_filename=str(settings.BASE_DIR / "pyproject.toml"), no_cache=True)
    assert code == 0, capsys.readouterr().out


def test_every_pure_module_stands_under_the_contract_of_purity():
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())
    contracts = project["tool"]["importlinter"]["contracts"]
    (listed,) = (contract["source_modules"] for contract in contracts if contract["id"] == "pure")
    assert set(listed) >= modules_that_say_they_are_pure() | existing(PURE_BY_DESIGN)


@pytest.mark.django_db
def test_the_migrations_make_exactly_what_the_models_say():
    # Ends with exit code 1 when a migration is missing.
    call_command("makemigrations", check=True, dry_run=True)


def modules_that_say_they_are_pure() -> set[str]:
    """Return the modules of booking and intake with the word PURE in their first lines."""
    return {
        f"{app}.{path.stem}"
        for app in ("booking", "intake")
        for path in (settings.BASE_DIR / app).glob("*.py")
        if "PURE" in path.read_text()[:300]
    }


def existing(modules: set[str]) -> set[str]:
    """Return those of the modules that stand in the house by now."""
    paths = {module: settings.BASE_DIR / module.replace(".", "/") for module in modules}
    return {
        name for name, path in paths.items() if path.is_dir() or path.with_suffix(".py").exists()
    }
