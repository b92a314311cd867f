"""Constraints made of triggers, declared in `Meta.constraints` like any other."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table
from django.db.models import BaseConstraint, Model

# Django accepts a string, a Statement or None from a constraint. Its type stubs say string.
Sql = Any


class TriggerConstraint(BaseConstraint):
    """A constraint whose SQL is a list of statements, run after the table was made.

    The statements go through `deferred_sql`. For most changes SQLite's schema editor builds a
    table anew, which drops its triggers, and then runs the deferred statements with the table's
    final name. So the triggers survive every later migration.
    """

    def triggers(
        self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor
    ) -> list[Statement]:
        """Return the `Statement`s that create the triggers on the model's table."""
        raise NotImplementedError

    def constraint_sql(self, model: Any, schema_editor: Any) -> Sql:
        schema_editor.deferred_sql.extend(self.triggers(model, schema_editor))
        return None

    def create_sql(self, model: Any, schema_editor: Any) -> Sql:
        # The editor runs only the statement that is returned; the others are deferred.
        *first, last = self.triggers(model, schema_editor)
        schema_editor.deferred_sql.extend(first)
        return last

    def __eq__(self, other: object) -> bool:
        if isinstance(other, self.__class__):
            return self.deconstruct() == other.deconstruct()
        return super().__eq__(other)

    def __hash__(self) -> int:
        return hash(self.name)


class RowRule(TriggerConstraint):
    """Refuse a row for which `holds` is not true, on PostgreSQL and on SQLite.

    Both texts are SQL that either database understands; NEW is the row, and OLD the one it
    replaces. `holds` may ask other tables, `applies` only NEW. It is asked when a row is inserted
    (`on_insert`), and when one of the `columns` is updated. Rows that are there already are not
    looked at. The IntegrityError carries the constraint's name.
    """

    def __init__(
        self,
        *,
        name: str,
        holds: str,
        applies: str = "1 = 1",
        columns: Sequence[str] = (),
        on_insert: bool = True,
        **violation: Any,
    ) -> None:
        self.holds = holds
        self.applies = applies
        self.columns = tuple(columns)
        self.on_insert = on_insert
        super().__init__(name=name, **violation)

    def triggers(
        self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor
    ) -> list[Statement]:
        quote = schema_editor.quote_name
        parts = {
            "table": Table(model._meta.db_table, quote),
            "applies": self.applies,
            "holds": self.holds,
            "refusal": schema_editor.quote_value(self.name),
            "function": quote(f"check_{self.name}"),
        }
        if schema_editor.connection.vendor == "postgresql":
            when = " OR ".join(self._events())
            return [Statement(_POSTGRESQL, trigger=quote(self.name), events=when, **parts)]
        return [
            Statement(_SQLITE, trigger=quote(f"{self.name}_{number}"), event=event, **parts)
            for number, event in enumerate(self._events())
        ]

    def _events(self) -> list[str]:
        """Return what makes the database ask, as SQL."""
        changed = [f"UPDATE OF {', '.join(self.columns)}"] if self.columns else []
        return ["INSERT"] * self.on_insert + changed

    def remove_sql(self, model: Any, schema_editor: Any) -> Sql:
        if schema_editor.connection.vendor != "postgresql":
            return None  # SQLite's schema editor rebuilds the table without its triggers
        # The trigger goes with its function.
        return Statement(
            "DROP FUNCTION %(function)s() CASCADE",
            table=Table(model._meta.db_table, schema_editor.quote_name),
            function=schema_editor.quote_name(f"check_{self.name}"),
        )

    def validate(
        self,
        model: type[Model],
        instance: Model,
        exclude: Iterable[str] | None = None,
        using: str = DEFAULT_DB_ALIAS,
    ) -> None:
        """Do nothing: only the database asks."""

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        kwargs |= {"holds": self.holds, "applies": self.applies}
        kwargs |= {"columns": self.columns, "on_insert": self.on_insert}
        return path, args, kwargs


# `IS NOT TRUE` refuses what is unknown, too.
_POSTGRESQL = """
CREATE OR REPLACE FUNCTION %(function)s() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (%(holds)s) IS NOT TRUE THEN
        RAISE EXCEPTION USING
            ERRCODE = 'integrity_constraint_violation', MESSAGE = TG_NAME, CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER %(trigger)s BEFORE %(events)s ON %(table)s
    FOR EACH ROW WHEN (%(applies)s) EXECUTE FUNCTION %(function)s()
"""
_SQLITE = (
    "CREATE TRIGGER %(trigger)s BEFORE %(event)s ON %(table)s "
    "WHEN (%(applies)s) AND (%(holds)s) IS NOT TRUE "
    "BEGIN SELECT RAISE(ABORT, %(refusal)s); END"
)
