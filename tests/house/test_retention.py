"""Every column of every table has a line: why it is kept, how long, what erasing does."""

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import models

from clinic.database.append_only import AppendOnly
from clinic.retention.every_model import all_models
from clinic.retention.schedule import Keeping, Table, every_column_has_a_period, problems, schedule

RECORD = Keeping("record", "why", "long", "blank", law=True)
GONE = Keeping("gone", "why", "long", "delete")
TIE = Keeping("tie", "why", "long", "keep")


def test_every_column_has_a_line_and_no_line_is_left_over() -> None:
    _kinds, tables = schedule()
    found = {
        model._meta.label_lower: {one.attname for one in model._meta.concrete_fields}
        for model in all_models()
    }
    assert {label: set(table.columns) for label, table in tables.items()} == found
    assert every_column_has_a_period() == []


def test_every_kind_is_used_and_says_why_and_how_long() -> None:
    kinds, tables = schedule()
    used = {kind for table in tables.values() for kind in table.columns.values()}
    assert used == set(kinds.values())
    assert [kind.name for kind in used if len(kind.why.split()) < 3 or not kind.long] == []
    assert {kind.erase for kind in used} == {"delete", "blank", "keep"}


@pytest.mark.parametrize(
    ("columns", "rows", "said"),
    [
        ({"id": TIE, "name": RECORD}, {"patient": "id"}, ["born_on has no line"]),
        ({"id": TIE, "name": RECORD, "born_on": TIE}, {}, ["does not say whose"]),
        ({"id": GONE, "name": GONE, "born_on": TIE}, {"patient": "id"}, ["keeps columns"]),
        ({"id": TIE, "name": TIE, "born_on": RECORD}, {"patient": "id"}, ["no blank value"]),
        ({"id": TIE, "name": RECORD, "born_on": TIE}, {"patient": "id"}, []),
    ],
)
def test_the_check_says_what_is_missing(
    columns: dict[str, Keeping], rows: dict[str, str], said: list[str]
) -> None:
    class Pet(models.Model):
        name = models.CharField(max_length=10)
        born_on = models.DateField()

        class Meta:
            app_label = "clinic"
            managed = False

        def __str__(self) -> str:
            return self.name

    try:
        found = list(problems({"clinic.pet": Table("clinic.pet", rows, columns)}, [Pet]))
    finally:
        del apps.all_models["clinic"]["pet"]
        apps.clear_cache()
    assert len(found) == len(said)
    assert all(words in sentence for words, sentence in zip(said, found, strict=True))


def test_nothing_append_only_is_promised_to_be_erased() -> None:
    _kinds, tables = schedule()
    append_only = [
        tables[model._meta.label_lower]
        for model in apps.get_models()
        if any(isinstance(one, AppendOnly) for one in model._meta.constraints)
    ]
    assert len(append_only) >= 8
    assert {kind.erase for table in append_only for kind in table.columns.values()} == {"keep"}


def test_the_docs_print_the_list() -> None:
    call_command("clear_columns", check=True)
