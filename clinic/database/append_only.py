"""The AppendOnly constraint: the database refuses to change or delete rows of a table."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table
from django.db.models import Model

from clinic.database.owner import as_owner
from clinic.database.triggers import Sql, TriggerConstraint


class AppendOnly(TriggerConstraint):
    """Refuse UPDATE and DELETE on the model's table, and TRUNCATE on PostgreSQL.

    Works on PostgreSQL and SQLite. The IntegrityError carries the constraint's name.
    """

    def triggers(
        self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor
    ) -> list[Statement]:
        quote = schema_editor.quote_name
        table = Table(model._meta.db_table, quote)
        if schema_editor.connection.vendor == "postgresql":
            return [Statement(_POSTGRESQL, table=table, trigger=quote(self.name))]
        refusal = schema_editor.quote_value(self.name)
        return [
            Statement(_SQLITE, table=table, trigger=quote(name), event=event, refusal=refusal)
            for name, event in zip(self.trigger_names("sqlite"), _SQLITE_EVENTS, strict=True)
        ]

    def trigger_names(self, vendor: str) -> list[str]:
        """Return the names of the constraint's triggers on a database of that vendor."""
        if vendor == "postgresql":
            return [self.name]
        return [f"{self.name}_{event.lower()}" for event in _SQLITE_EVENTS]

    def remove_sql(self, model: Any, schema_editor: Any) -> Sql:
        if schema_editor.connection.vendor != "postgresql":
            return None  # SQLite's schema editor rebuilds the table without its triggers
        quote = schema_editor.quote_name
        table = Table(model._meta.db_table, quote)
        return Statement(
            "DROP TRIGGER %(trigger)s ON %(table)s",
            trigger=quote(self.name),
            table=table,
        )

    def validate(
        self,
        model: type[Model],
        instance: Model,
        exclude: Iterable[str] | None = None,
        using: str = DEFAULT_DB_ALIAS,
    ) -> None:
        """Raise ValidationError for an instance that is in the database already."""
        if not instance._state.adding:
            raise ValidationError(
                self.get_violation_error_message(), code=self.violation_error_code
            )


_POSTGRESQL = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'integrity_constraint_violation', MESSAGE = TG_NAME, CONSTRAINT = TG_NAME;
END $$;
CREATE TRIGGER %(trigger)s BEFORE UPDATE OR DELETE OR TRUNCATE ON %(table)s
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""
_SQLITE = (
    "CREATE TRIGGER %(trigger)s BEFORE %(event)s ON %(table)s "
    "BEGIN SELECT RAISE(ABORT, %(refusal)s); END"
)
_SQLITE_EVENTS = ("UPDATE", "DELETE")


@contextmanager
def lifted(
    using: str = DEFAULT_DB_ALIAS, models: Iterable[type[Model]] | None = None
) -> Iterator[None]:
    """Let the block change rows of append-only tables: to remove sample data, or after a test.

    The block is one transaction that drops the triggers and creates them again. No other
    connection ever sees a table without them, and after a crash or an error they are in place.
    A migration names the `models` it changes, as it knows them; otherwise it is every one.
    Where the user of the site owns nothing, it is done by the owner: never within a transaction.
    """
    constrained = _append_only_models(models)
    with as_owner(using), transaction.atomic(using), connections[using].cursor() as cursor:
        connection = connections[using]
        _run_deferred_checks(connection)
        for model, constraint in constrained:
            for name in constraint.trigger_names(connection.vendor):
                cursor.execute(_drop_sql(connection, model, name))
        yield
        _run_deferred_checks(connection)
        editor = connection.SchemaEditorClass(connection)
        for model, constraint in constrained:
            for statement in constraint.triggers(model, editor):
                cursor.execute(str(statement))


def _run_deferred_checks(connection: BaseDatabaseWrapper) -> None:
    """Run the deferred checks: PostgreSQL refuses to alter a table that has pending ones."""
    if connection.vendor == "postgresql":
        connection.check_constraints()


def missing_triggers(using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """Return the names of the append-only triggers that are missing or disabled, sorted."""
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute(_LIST_TRIGGERS[connection.vendor])
        present = set(cursor.fetchall())
    return sorted(
        name
        for model, constraint in _append_only_models()
        for name in constraint.trigger_names(connection.vendor)
        if (model._meta.db_table, name) not in present
    )


# tgenabled: O fires in normal operation, A always; D and R would not fire for us.
_LIST_TRIGGERS = {
    "postgresql": (
        "SELECT relname, tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
        "WHERE tgenabled IN ('O', 'A') AND pg_table_is_visible(tgrelid)"
    ),
    "sqlite": "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'",
}


def append_only_tables() -> set[str]:
    """Return the names of the tables in which rows are only added."""
    return {model._meta.db_table for model, _constraint in _append_only_models()}


def _append_only_models(
    models: Iterable[type[Model]] | None = None,
) -> list[tuple[type[Model], AppendOnly]]:
    """Return these append-only models, or all, each with its constraint, sorted by table.

    Dropping a trigger locks its table. Taken in one order, no two of these wait for each other.
    """
    among = apps.get_models() if models is None else models
    return [
        (model, constraint)
        for model in sorted(among, key=lambda model: model._meta.db_table)
        for constraint in model._meta.constraints
        if isinstance(constraint, AppendOnly)
    ]


def _drop_sql(connection: BaseDatabaseWrapper, model: type[Model], trigger: str) -> str:
    quote = connection.ops.quote_name
    if connection.vendor == "postgresql":
        return f"DROP TRIGGER IF EXISTS {quote(trigger)} ON {quote(model._meta.db_table)}"
    return f"DROP TRIGGER IF EXISTS {quote(trigger)}"
