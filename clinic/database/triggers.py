"""A base for constraints made of triggers, declared in `Meta.constraints` like any other."""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement
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
