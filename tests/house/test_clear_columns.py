"""Every column that stands in clear has its reason, and nothing append-only is sealed."""

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, models

from clinic.database.append_only import AppendOnly
from clinic.database.sealed import SealedJSONField, sealed_fields
from clinic.management.clear_columns import clear_columns_of, listed
from clinic.retention.every_model import all_models

# The rules a form fired, what they are about and what was told, the wish, the reasons, what was
# seen: health data by settled decision, whichever model holds it.
NEVER_IN_CLEAR = {
    *("rule", "rules", "domain", "actions", "evidence", "told", "answers", "raw", "scores"),
    *("exam_wish", "needs_pessary_fitting", "evaluation_closed", "run_ready_closed"),
    *("fields_seen", "next_step", "weeks_since_birth", "content", "payload", "words", "question"),
    *("overlap_reason", "early_reason", "ending_reason"),
}


def without_reason(model: type[models.Model], known: set[str]) -> set[str]:
    return clear_columns_of(model) - known


def test_every_clear_column_has_a_reason_and_no_reason_is_left_over() -> None:
    tables = listed().tables
    found = {model._meta.label_lower: clear_columns_of(model) for model in all_models()}
    assert {table: set(columns) for table, columns in tables.items()} == found


def test_a_column_without_a_reason_is_noticed() -> None:
    class Pet(models.Model):
        name = models.CharField(max_length=10)
        secret = SealedJSONField()

        class Meta:
            app_label = "clinic"
            managed = False

        def __str__(self) -> str:
            return self.name

    try:
        assert without_reason(Pet, {"id"}) == {"name"}
    finally:
        del apps.all_models["clinic"]["pet"]
        apps.clear_cache()


def test_every_reason_is_given_and_is_a_sentence() -> None:
    columns = listed()
    used = {reason for table in columns.tables.values() for reason in table.values()}
    assert used == set(columns.reasons)
    assert [why for why in columns.reasons.values() if len(why.split()) < 5] == []


def test_what_tells_an_answer_is_sealed_in_every_table() -> None:
    stand = [
        f"{model._meta.label}.{name}"
        for model in apps.get_models()
        for name in clear_columns_of(model) & NEVER_IN_CLEAR
    ]
    assert stand == []


def test_no_append_only_table_has_a_sealed_column() -> None:
    append_only = [
        model
        for model in apps.get_models()
        if any(isinstance(one, AppendOnly) for one in model._meta.constraints)
    ]
    assert len(append_only) >= 8
    assert [model._meta.label for model in append_only if sealed_fields(model)] == []


def test_the_docs_print_the_list() -> None:
    call_command("clear_columns", check=True)


@pytest.mark.django_db
def test_a_table_without_a_model_is_listed_too() -> None:
    known = {model._meta.db_table for model in all_models()} | set(listed().without_model)
    assert set(connection.introspection.table_names()) - known == set()
