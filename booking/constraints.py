"""`NoOverlap`, one constraint that works on PostgreSQL and on SQLite."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.apps import apps
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField
from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, IntegrityError
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table
from django.db.models import Exists, F, Field, Func, Model, Q, QuerySet, UniqueConstraint, Value
from django.db.models.expressions import Combinable
from django.db.models.sql import Query
from django.db.models.sql.datastructures import BaseTable

from clinic.database.triggers import Sql, TriggerConstraint


class NoOverlap(TriggerConstraint):
    """Forbid rows with equal `within` fields to overlap in time, among those that meet `condition`.

    `range` names two datetime fields, a half-open interval: one row may begin where another ends.
    A row with a null among `within` or in its range, or whose range is empty, overlaps nothing.
    PostgreSQL enforces it with an exclusion constraint (needs the btree_gist extension), SQLite
    with triggers. Both raise an IntegrityError whose constraint `violated` can name.
    """

    def __init__(
        self,
        *,
        name: str,
        within: Iterable[str],
        range: tuple[str, str],  # noqa: A002
        condition: Q | None = None,
        **violation: Any,
    ) -> None:
        self.within = tuple(within)
        self.range = range
        self.condition = condition
        super().__init__(name=name, **violation)

    @property
    def _applies(self) -> Q:
        """The rows that take part at all."""
        begins, ends = self.range
        # tstzrange raises an error for a range that ends before it begins, and an empty one
        # overlaps nothing: neither takes part, on either database.
        return (self.condition or Q()) & Q(**{f"{begins}__lt": F(ends)})

    # PostgreSQL

    def _exclusion(self) -> ExclusionConstraint:
        span = Func(
            *self.range, Value("[)"), function="tstzrange", output_field=DateTimeRangeField()
        )
        alike: list[tuple[str | Combinable, str]] = [(field, "=") for field in self.within]
        return ExclusionConstraint(
            name=self.name, expressions=[*alike, (span, "&&")], condition=self._applies
        )

    def constraint_sql(self, model: Any, schema_editor: Any) -> Sql:
        if schema_editor.connection.vendor == "postgresql":
            return self._exclusion().constraint_sql(model, schema_editor)
        return super().constraint_sql(model, schema_editor)

    def create_sql(self, model: Any, schema_editor: Any) -> Sql:
        if schema_editor.connection.vendor == "postgresql":
            return self._exclusion().create_sql(model, schema_editor)
        return super().create_sql(model, schema_editor)

    def remove_sql(self, model: Any, schema_editor: Any) -> Sql:
        if schema_editor.connection.vendor == "postgresql":
            return self._exclusion().remove_sql(model, schema_editor)
        return None  # SQLite's schema editor remakes the table without it

    # SQLite

    def triggers(
        self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor
    ) -> list[Statement]:
        quote = schema_editor.quote_name
        begins = quote(_column(model, self.range[0]))
        parts = {
            "table": Table(model._meta.db_table, quote),
            "refusal": schema_editor.quote_value(self.name),
            "applies": self._applies_sql("NEW", model, schema_editor),
            "clash": self._clash_sql(model, schema_editor),
            "key": quote(model._meta.pk.column),
            "begins": begins,
        }
        return [
            Statement(_ON_INSERT, trigger=quote(f"{self.name}_insert"), **parts),
            Statement(_ON_UPDATE, trigger=quote(f"{self.name}_update"), **parts),
            Statement(_HOLD_ROWS_ALREADY_THERE, **parts),
        ]

    def _clash_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> str:
        def column(name: str) -> str:
            return schema_editor.quote_name(_column(model, name))

        begins, ends = map(column, self.range)
        alike = [f"other.{column(name)} = NEW.{column(name)}" for name in self.within]
        overlap = [f"other.{begins} < NEW.{ends}", f"other.{ends} > NEW.{begins}"]
        return " AND ".join([*alike, *overlap, self._applies_sql("other", model, schema_editor)])

    def _applies_sql(
        self, alias: str, model: type[Model], schema_editor: BaseDatabaseSchemaEditor
    ) -> str:
        # Django has no public way to write a Q with another table alias, and a trigger needs NEW.
        query = Query(model)
        query.alias_map = {alias: BaseTable(model._meta.db_table, alias)}
        query.alias_refcount = {alias: 1}
        where = query.build_where(self._applies)
        compiler = query.get_compiler(connection=schema_editor.connection)
        sql, params = where.as_sql(compiler, schema_editor.connection)
        # The body of a trigger takes no parameters.
        return sql % tuple(schema_editor.quote_value(param) for param in params)

    # Both

    def validate(
        self,
        model: type[Model],
        instance: Any,
        exclude: Iterable[str] | None = None,
        using: str = DEFAULT_DB_ALIAS,
    ) -> None:
        """Raise a ValidationError if the instance would overlap a stored row, before saving it.

        This only helps forms: against a race, only the database's own check counts.
        """
        exclude = set(exclude or ())
        values = {name: getattr(instance, name) for name in (*self.within, *self.range)}
        # A form that lacks one of the fields leaves nothing to compare.
        if exclude.intersection(values) or None in values.values():
            return
        if self._expression_refs_exclude(model, self._applies, exclude):  # type: ignore[attr-defined]
            return
        clash = self._clashing(model._base_manager.using(using), values).exclude(pk=instance.pk)
        against = instance._get_field_expression_map(meta=model._meta, exclude=exclude)
        if Q(self._applies, Exists(clash)).check(against, using=using):
            raise ValidationError(
                self.get_violation_error_message(), code=self.violation_error_code
            )

    def _clashing(self, rows: QuerySet[Any], values: Mapping[str, Any]) -> QuerySet[Any]:
        begins, ends = self.range
        alike = {name: values[name] for name in self.within}
        overlap = {f"{begins}__lt": values[ends], f"{ends}__gt": values[begins]}
        return rows.filter(self._applies, **alike, **overlap)

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        kwargs |= {"within": self.within, "range": self.range}
        if self.condition is not None:
            kwargs["condition"] = self.condition
        return path, args, kwargs


def _column(model: type[Model], name: str) -> str:
    """Return the name of a field's column, unquoted."""
    field = model._meta.get_field(name)
    # A constraint never names a reverse relation, so its fields have columns.
    assert isinstance(field, Field)
    return str(field.column)


_CLASH = "SELECT RAISE(ABORT, %(refusal)s) FROM %(table)s AS other WHERE %(clash)s"
_ON_INSERT = (
    f"CREATE TRIGGER %(trigger)s BEFORE INSERT ON %(table)s WHEN %(applies)s BEGIN {_CLASH}; END"
)
_ON_UPDATE = (
    "CREATE TRIGGER %(trigger)s BEFORE UPDATE ON %(table)s WHEN %(applies)s "
    f"BEGIN {_CLASH} AND other.%(key)s <> OLD.%(key)s; END"
)
# A new trigger does not look at existing rows; writing each of them unchanged makes it look.
_HOLD_ROWS_ALREADY_THERE = "UPDATE %(table)s SET %(begins)s = %(begins)s"


def violated(error: IntegrityError) -> str | None:
    """Return the name of the constraint that an IntegrityError is about, on either database.

    None when the database does not say, or the error does not come from a named constraint.
    """
    # psycopg has the name as a field.
    diagnostics = getattr(error.__cause__, "diag", None)
    if diagnostics is not None:
        name: str | None = diagnostics.constraint_name
        return name
    # SQLite has only the message: "UNIQUE constraint failed: table.column", "CHECK constraint
    # failed: name", or the name alone where one of our triggers raised it.
    kind, _, detail = str(error).partition(" constraint failed: ")
    if kind == "UNIQUE":
        return _unique_constraint_on(detail.split(", "))
    if kind == "CHECK":
        return detail
    return kind if kind.isidentifier() else None


def _unique_constraint_on(columns: list[str]) -> str | None:
    """Return the unique constraint on exactly these columns, each written `table.column`.

    SQLite names the columns where PostgreSQL names the constraint.
    """
    for model in apps.get_models():
        for constraint in model._meta.constraints:
            if isinstance(constraint, UniqueConstraint):
                names = [
                    f"{model._meta.db_table}.{_column(model, name)}" for name in constraint.fields
                ]
                if names == columns:
                    return constraint.name
    return None
