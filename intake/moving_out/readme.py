"""The README of an export of everything: every file and every column of it."""

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models.fields.related import ForeignKey

from clinic.database.sealed import SealedJSONField
from intake.moving_out.tables import TableFile

_INTRODUCTION = """\
Everything of this installation of Run Ready, as it stood on {at}.

- Each table is one CSV file (UTF-8, comma, one line of names first), each record of a patient one
  FHIR R4 bundle in fhir/, named by her id in patients.csv.
- Times are in UTC as ISO 8601; the zone of the clinic is {zone}. Days are ISO 8601. Money is in
  cents. Yes and no are "yes" and "no". An empty cell is no value.
- What is sealed in the database stands here opened, as JSON. KEEP THIS FILE AS SAFE AS THE
  DATABASE: whoever has it can read every answer.
- A text that a spreadsheet would run as a formula begins with an apostrophe.
- A cell with "(cannot be opened)" was sealed with a key that this installation does not have.
- problems.txt, the last file, names every record that could not be written as FHIR; it is empty
  when all is here. An archive without it was cut off: export again.
"""


def readme_text(tables: Iterable[TableFile], *, at: str, zone: str) -> str:
    """Return the text: what the archive holds, then each file with its columns."""
    parts = [_INTRODUCTION.format(at=at, zone=zone)]
    names = {one.model: one.name for one in tables}
    for table in tables:
        lines = [f"\n{table.name}", "-" * len(table.name), _about(table.model)]
        lines += [f"  {one.attname}: {_kind(one, names)}" for one in table.columns]
        parts.append("\n".join(lines) + "\n")
    return "".join(parts)


def _about(model: type[models.Model]) -> str:
    """Return the first sentence that the model says of itself."""
    text = (model.__doc__ or "").strip().split("\n\n")[0]
    # Without a docstring of its own, Django writes the names of the fields there.
    return "Pairs of the two." if text.startswith(f"{model.__name__}(") else " ".join(text.split())


def _kind(column: Any, names: dict[type[models.Model], str]) -> str:
    if isinstance(column, ForeignKey):
        there = names.get(column.remote_field.model)
        return f"the id in {there}" if there else "an id of a table that stays"
    if column.choices:
        words = ", ".join(f"{value} ({label})" for value, label in column.flatchoices)
        return f"one of {words}"
    if column.primary_key:
        return "the id of the row"
    return _type_of(column)


def _type_of(column: Any) -> str:
    kinds: list[tuple[Any, str]] = [
        (SealedJSONField, "JSON, sealed in the database"),
        (models.JSONField, "JSON"),
        (models.DateTimeField, "time, UTC"),
        (models.DateField, "day"),
        (models.TimeField, "time of day in the clinic's zone"),
        (models.BooleanField, "yes or no"),
        (models.UUIDField, "id"),
        (models.IntegerField, "whole number"),
        (models.CharField, "text"),
        (models.TextField, "text"),
    ]
    return next((words for kind, words in kinds if isinstance(column, kind)), "text")
