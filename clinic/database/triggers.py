"""Constraints that a database keeps by triggers, declared like any other in `Meta.constraints`."""

from django.db.models import BaseConstraint


class TriggerConstraint(BaseConstraint):
    """A constraint whose whole SQL is a list of statements run once the table stands.

    The statements go through `deferred_sql`: SQLite's schema editor remakes a table for most
    changes, which drops its triggers, and runs the deferred statements of the copy afterwards,
    with the table's final name put in. So the triggers survive every later migration.
    """

    def triggers(self, model, schema_editor):
        """Return the `Statement`s that create the triggers on the model's table."""
        raise NotImplementedError

    def constraint_sql(self, model, schema_editor):
        schema_editor.deferred_sql.extend(self.triggers(model, schema_editor))

    def create_sql(self, model, schema_editor):
        *first, last = self.triggers(model, schema_editor)
        schema_editor.deferred_sql.extend(first)
        return last

    def __eq__(self, other):
        if isinstance(other, self.__class__):
            return self.deconstruct() == other.deconstruct()
        return super().__eq__(other)

    def __hash__(self):
        return hash(self.name)
