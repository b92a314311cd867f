"""What the contracts on imports cannot see: templates, addresses and models named as text."""

import re
import tomllib
from pathlib import Path

from django.conf import settings
from django.urls import URLPattern, get_resolver

ROOT = Path(settings.BASE_DIR)
TEMPLATES = ROOT / "templates"
APPS = ("clinic", "booking", "intake")
# Pages of a lower app may lead to these pages of a higher one: the product is one for who uses it.
LEADS_UP = {
    "booking": {
        "desk_emergency_contact",
        "desk_intake",
        "desk_note",
        "desk_record",
        "emergency_access",
        "intake_welcome",
        "match",
        "match_list",
        "match_pair",
        "own_email",
        "questions_of_visit",
        "visits_home",
    },
    "clinic": {
        *("intake_link", "intake_welcome", "learn", "own_record", "prices", "readers"),
        *("moving_in", "usual_clinic", "reports"),
    },
}  # fmt: skip


def ranks() -> dict[str, int]:
    """Return how high each concept stands, by the contracts of pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    height: dict[str, int] = {}
    for contract in project["tool"]["importlinter"]["contracts"]:
        if contract["id"].endswith("-concepts"):
            (app,) = contract["containers"]
            for depth, layer in enumerate(contract["layers"]):
                for concept in re.split(r"[:|]", layer):
                    height[f"{app}.{concept.strip()}"] = 1000 * APPS.index(app) - depth
    return height


def concept_of(template: str) -> str:
    return ".".join(template.split("/")[:2])


def drawn_upwards(sources: dict[str, str], height: dict[str, int]) -> list[str]:
    """Return each template that names a template of a concept above its own."""
    named = re.compile(rf"[\"']((?:{'|'.join(APPS)})/\w+/[\w/.]+\.(?:html|txt))[\"']")
    return [
        f"{name} -> {other}"
        for name, source in sources.items()
        for other in named.findall(source)
        if height[concept_of(other)] > height[concept_of(name)]
    ]


def sources() -> dict[str, str]:
    """Return every template of a concept by its name, with its text."""
    paths = (path for app in APPS for path in sorted((TEMPLATES / app).rglob("*.*")))
    return {str(path.relative_to(TEMPLATES)): path.read_text() for path in paths}


def test_no_template_draws_one_of_a_concept_above_it() -> None:
    assert len(sources()) > 200
    assert drawn_upwards(sources(), ranks()) == []


def test_the_search_sees_a_template_drawn_upwards() -> None:
    drawn = '{% include "booking/desk/patient.html" %}{% include "clinic/web/page.html" %}'
    pages = {"booking/reminders/due.html": drawn}
    assert drawn_upwards(pages, ranks()) == [
        "booking/reminders/due.html -> booking/desk/patient.html"
    ]


def test_pages_lead_to_a_higher_app_only_where_listed() -> None:
    apps_of: dict[str, str] = {}

    def read(patterns: list[object]) -> None:
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                apps_of[pattern.name or ""] = pattern.callback.__module__.split(".")[0]
            else:
                read(pattern.url_patterns)  # type: ignore[attr-defined]

    read(get_resolver().url_patterns)
    up: dict[str, set[str]] = {}
    for name, source in sources().items():
        app = name.split("/")[0]
        for address in re.findall(r"{%\s*url\s+[\"'](\w+)[\"']", source):
            other = apps_of[address]
            if other in APPS and APPS.index(other) > APPS.index(app):
                up.setdefault(app, set()).add(address)
    assert up == LEADS_UP


def test_no_module_asks_for_a_model_by_its_name() -> None:
    # An import that no contract sees. Migrations ask for the model as it was then, and so do the
    # operations that are written for them.
    asking = [
        str(path.relative_to(ROOT))
        for app in APPS
        for path in (ROOT / app).rglob("*.py")
        if "migrations" not in path.parts and "get_model(" in path.read_text()
    ]
    assert sorted(asking) == ["booking/catalog/first_offer.py", "clinic/database/sealing.py"]
