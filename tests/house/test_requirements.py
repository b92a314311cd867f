"""Every library is pinned with its hashes. "No known vulnerability" is said only when true."""

import json
import re
import sys
from importlib.metadata import PackageNotFoundError, distribution

import pytest
from django.conf import settings
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests import vulnerabilities

FILES = ("requirements", "requirements-dev")
# The practice fixed these names before there was a line of code.
DRIVERS = {"psycopg2-binary", "celery", "redis"}
ASKED_FOR = {"django", "django-crispy-forms", "pytest-django", *DRIVERS}


def written(name: str) -> dict[str, Requirement]:
    """Return the requirements that people wrote into the .in file, by name."""
    lines = (settings.BASE_DIR / f"{name}.in").read_text().splitlines()
    found = [Requirement(line) for line in lines if line and line[0] not in "#-"]
    return {canonicalize_name(one.name): one for one in found}


def pinned(name: str) -> dict[str, tuple[Requirement, int]]:
    """Return the requirements in the .txt file, each with the number of its hashes, by name."""
    text = (settings.BASE_DIR / f"{name}.txt").read_text().replace("\\\n", " ")
    found = {}
    for line in text.splitlines():
        if line and line[0] not in "# ":
            requirement = Requirement(line.partition(" --hash")[0])
            hashes = len(re.findall(r"--hash=sha256:[0-9a-f]{64}", line))
            found[canonicalize_name(requirement.name)] = requirement, hashes
    return found


def exact(requirement: Requirement) -> str:
    """Return the version that is meant, or "" if more than one is."""
    specifiers = list(requirement.specifier)
    is_exact = len(specifiers) == 1 and specifiers[0].operator == "=="
    return specifiers[0].version if is_exact and "*" not in specifiers[0].version else ""


@pytest.mark.parametrize("name", FILES)
def test_each_is_pinned_to_one_version_with_hashes(name):
    requirements = pinned(name)
    assert len(requirements) > 40
    loose = [key for key, (one, hashes) in requirements.items() if not exact(one) or not hashes]
    assert loose == []


@pytest.mark.parametrize("name", FILES)
def test_what_was_written_is_what_was_pinned(name):
    requirements = pinned(name)
    for key, one in written(name).items():
        assert exact(requirements[key][0]) == exact(one) != "", key


def test_both_files_pin_the_same_versions_and_name_no_place_to_fetch_from():
    site, tests = pinned("requirements"), pinned("requirements-dev")
    assert {key: exact(one) for key, (one, _) in site.items()}.items() <= {
        key: exact(one) for key, (one, _) in tests.items()
    }.items()
    for name in FILES:
        text = (settings.BASE_DIR / f"{name}.txt").read_text()
        assert "://" not in text
        assert "-index" not in text


def test_the_names_that_the_practice_fixed_are_in_the_requirements():
    assert pinned("requirements").keys() >= ASKED_FOR


@pytest.mark.parametrize("name", FILES)
def test_what_they_need_in_turn_is_pinned_too(name):
    requirements = pinned(name)
    waiting = [(key, tuple(one.extras)) for key, (one, _) in requirements.items()]
    missing = set()
    for key, extras in waiting:
        try:
            needed = distribution(key).requires or []
        except PackageNotFoundError:
            # Pinned for another system or an older Python.
            assert requirements[key][0].marker, key
            continue
        for line in needed:
            one = Requirement(line)
            marker = one.marker
            if marker and not any(marker.evaluate({"extra": extra}) for extra in (*extras, "")):
                continue
            if canonicalize_name(one.name) not in requirements:
                missing.add(f"{key} needs {one.name}")
    assert missing == set()


def library(name: str, **found: object) -> dict[str, object]:
    return {"name": name, "version": "1.0", "vulns": [], **found}


def skipped(name: str) -> dict[str, object]:
    return {"name": name, "skip_reason": "Dependency not found and could not be audited"}


HOLE = {"id": "PYSEC-2026-1", "fix_versions": ["1.1"], "aliases": [], "description": "."}
UNREACHED = "The list of known vulnerabilities could not be reached: nothing was looked up."
ANSWERS = [
    ("all fine", [library("a"), library("b")], 0, 0, ["2 libraries looked up"], ["could not"]),
    ("one is unknown", [library("a"), skipped("b")], 0, 1, ["1 of 2", "  b"], [UNREACHED]),
    ("all are unknown", [skipped("a"), skipped("b")], 0, 1, ["2 of 2", UNREACHED], []),
    (
        "one has a hole and one is unknown",
        [library("a", vulns=[HOLE]), skipped("b")],
        1,
        1,
        ["a 1.0: PYSEC-2026-1 (mended in 1.1)", "1 of 2"],
        ["no known"],
    ),
    ("nothing was asked", [], 0, 1, [UNREACHED], ["no known"]),
]


@pytest.mark.parametrize(
    ("libraries", "code", "expected", "said", "unsaid"),
    [one[1:] for one in ANSWERS],
    ids=[one[0] for one in ANSWERS],
)
def test_nothing_found_is_said_only_when_all_were_looked_up(
    capsys, libraries, code, expected, said, unsaid
):
    answer = json.dumps({"dependencies": libraries, "fixes": []})
    stand_in = [sys.executable, "-c", f"print({answer!r}); raise SystemExit({code})"]
    assert vulnerabilities.main(stand_in) == expected
    out = capsys.readouterr().out
    assert [words for words in said if words not in out] == []
    assert [words for words in unsaid if words in out] == []


def test_without_an_answer_the_reason_is_printed(capsys):
    stand_in = [sys.executable, "-c", "raise SystemExit('Could not connect to the feed')"]
    assert vulnerabilities.main(stand_in) == 1
    assert capsys.readouterr().out == f"{UNREACHED}\nCould not connect to the feed\n"


def test_the_check_asks_about_the_files_that_are_installed():
    script = (settings.BASE_DIR / "dev").read_text()
    assert 'step "known vulnerabilities" .venv/bin/python -m tests.vulnerabilities' in script
    assert vulnerabilities.COMMAND[-3:] == (
        "requirements-dev.txt",
        "--require-hashes",
        "--disable-pip",
    )
