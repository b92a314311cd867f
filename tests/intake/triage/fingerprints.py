"""A fingerprint for each version of the two forms and of the rules.

    python -m tests.intake.triage.fingerprints

prints the lines that belong in fingerprints.toml as the code stands. A stored result keeps the
versions it was judged by, so what a version means must never change: `complaint` says when it did.
"""

import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path

from intake.questionnaire.conditions import Condition
from intake.questionnaire.definition import CHECKIN, INTAKE
from intake.triage.rules import CHECKIN_RULES, INTAKE_RULES, RULES_VERSION

FILE = Path(__file__).with_name("fingerprints.toml")

# What the file has a table for: the version in force, where it is raised, and what it stands for.
# The order of the rules decides nothing, the order of the questions does.
VERSIONED: Mapping[str, tuple[str, str, object]] = {
    "intake": (INTAKE.version, "INTAKE", INTAKE.sections),
    "checkin": (CHECKIN.version, "CHECKIN", CHECKIN.sections),
    "rules": (
        RULES_VERSION,
        "RULES_VERSION",
        [sorted(rules, key=lambda rule: rule.id) for rules in (INTAKE_RULES, CHECKIN_RULES)],
    ),
}


def fingerprint(content: object) -> str:
    """Return 16 hex digits that change with any text, number or condition in the content."""
    text = json.dumps(_plain(content), ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def listed() -> dict[str, dict[str, str]]:
    """Return the file: per table the fingerprint of each version, oldest first."""
    return tomllib.loads(FILE.read_text())


def complaint(name: str, version: str, where: str, found: str, known: Mapping[str, str]) -> str:
    """Return what to do when a version is not known or not what it was; empty when it is."""
    if known.get(version) == found:
        return ""
    if version not in known:
        return (
            f"Version {version} has no fingerprint yet. Add this line to the end of [{name}] in "
            f"{FILE.name}; the lines above stay:\n{line(version, found)}"
        )
    major, minor = version.split(".")
    following = f"{major}.{int(minor) + 1}"
    return (
        f"What version {version} means has changed. If forms may have been judged by it, raise "
        f"{where} to {following} and add this line to the end of [{name}] in {FILE.name}; the "
        f"lines above stay:\n{line(following, found)}"
    )


def line(version: str, found: str) -> str:
    """Return a line of the file."""
    return f'"{version}" = "{found}"'


def gaps(versions: Sequence[str]) -> list[str]:
    """Return the versions before which one is missing; the first of all was 1.1."""
    parts = [tuple(int(part) for part in version.split(".")) for version in ("1.0", *versions)]
    return [
        version
        for version, (major, minor), (last_major, last_minor) in zip(
            versions, parts[1:], parts, strict=False
        )
        if (major, minor) not in ((last_major, last_minor + 1), (last_major + 1, 0))
    ]


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        # A field that is added later changes nothing where it has its default.
        told = {
            field.name: _plain(getattr(value, field.name))
            for field in fields(value)
            if field.default is MISSING or getattr(value, field.name) != field.default
        }
        # "a and b" and "a or b" differ in nothing but their class.
        return {"is": type(value).__name__, **told} if isinstance(value, Condition) else told
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value


def main() -> None:
    """Print the line of each table for the code as it stands."""
    for name, (version, _, content) in VERSIONED.items():
        print(f"[{name}]\n{line(version, fingerprint(content))}\n")


if __name__ == "__main__":
    main()
