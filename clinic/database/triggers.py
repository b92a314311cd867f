"""Constraints that a database keeps by triggers, declared like any other in `Meta.constraints`."""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement
from django.db.models import BaseConstraint, Model

# What Django lets a constraint answer: text, a Statement, or None. Its stubs say text.
Sql = Any


class TriggerConstraint(BaseConstraint):
    """A constraint whose whole SQL is a list of statements run once the table stands.

    The statements go through `deferred_sql`: SQLite's schema editor remakes a table for most
    changes, which drops its triggers, and runs the deferred statements of the copy afterwards,
    with the table's final name put in. So the triggers survive every later migration.
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
        *first, last = self.triggers(model, schema_editor)
        schema_editor.deferred_sql.extend(first)
        return last

    def __eq__(self, other: object) -> bool:
        if isinstance(other, self.__class__):
            return self.deconstruct() == other.deconstruct()
        return super().__eq__(other)

    def __hash__(self) -> int:
        return hash(self.name)
