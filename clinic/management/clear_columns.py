"""The list of columns that are not encrypted, each with its reason, and its print in the docs.

`clinic/database/clear_columns.toml` holds it; a test compares it with the models.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db import models

from clinic.database.sealed import SealedJSONField

SOURCE = settings.BASE_DIR / "clinic" / "database" / "clear_columns.toml"
PAGE = settings.BASE_DIR / "docs" / "clear-columns.md"
SECURITY = settings.BASE_DIR / "docs" / "security.md"
BEGIN, END = "<!-- clear columns: begin -->\n", "<!-- clear columns: end -->\n"
# The reasons that docs/security.md prints: those of columns that say something about a patient.
ABOUT_A_PATIENT = (
    *("contact", "found", "level", "open", "task", "permission", "visit", "wish", "form"),
    "session",
)


@dataclass(frozen=True)
class ClearColumns:
    """The reasons by name, and by table the name of the reason of each column."""

    reasons: Mapping[str, str]
    tables: Mapping[str, Mapping[str, str]]
    without_model: Mapping[str, str]


def listed() -> ClearColumns:
    """Return the list as the file has it."""
    data = tomllib.loads(SOURCE.read_text(encoding="utf-8"))
    tables = {
        table: {column: reason for reason, columns in by_reason.items() for column in columns}
        for table, by_reason in data["tables"].items()
    }
    return ClearColumns(data["reasons"], tables, data["without_model"])


def clear_columns_of(model: type[models.Model]) -> set[str]:
    """Return the names of the columns of a model that are not encrypted."""
    fields = model._meta.concrete_fields
    return {one.attname for one in fields if not isinstance(one, SealedJSONField)}


def table_for_security() -> str:
    """Return the Markdown table of the columns that say something about a patient."""
    listed_columns = listed()
    rows = [
        f"| {listed_columns.reasons[reason]} | {_columns_of(listed_columns, reason)} |\n"
        for reason in ABOUT_A_PATIENT
    ]
    return "| Why it is not encrypted | Columns |\n|---|---|\n" + "".join(rows)


def page() -> str:
    """Return docs/clear-columns.md."""
    listed_columns = listed()
    lines = [
        "# Columns that are not encrypted\n",
        "\n",
        "Written by `manage.py clear_columns` from `clinic/database/clear_columns.toml`.\n",
        "Every other column is sealed with the keys in `FIELD_KEYS`.\n",
    ]
    for table, columns in listed_columns.tables.items():
        lines += ["\n", f"## {table.replace('.', ' ')}\n", "| Columns | Why |\n", "|---|---|\n"]
        for reason in listed_columns.reasons:
            names = [column for column, why in columns.items() if why == reason]
            if names:
                lines.append(f"| {_code(names)} | {listed_columns.reasons[reason]} |\n")
    lines += ["\n", "## Tables without a model\n", "| Table | What it holds |\n", "|---|---|\n"]
    lines += [f"| `{name}` | {what} |\n" for name, what in listed_columns.without_model.items()]
    return "".join(lines)


def security_with_table(text: str) -> str:
    """Return the text of docs/security.md with the table between its two marks renewed."""
    before, _begin, rest = text.partition(BEGIN)
    _old, _end, after = rest.partition(END)
    return f"{before}{BEGIN}{table_for_security()}{END}{after}"


def _columns_of(columns: ClearColumns, reason: str) -> str:
    found = []
    for table, by_column in columns.tables.items():
        names = [column for column, why in by_column.items() if why == reason]
        if names:
            found.append(f"{table.partition('.')[2]}: {_code(names)}")
    return "; ".join(found)


def _code(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
