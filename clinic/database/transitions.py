"""State machines: which status may follow which, and by which action.

Each model has one dictionary. Actions look into it before they write, and saving a status that it
does not allow raises. `manage.py statemachine` draws all of them in docs/states.md.
"""

from collections.abc import Collection
from typing import Any, ClassVar, Self

from django.db import models

# Stand for the state before the first save and after the row was erased; no row has them.
NEW, GONE = "new", "gone"


class ForbiddenTransition(Exception):
    """A row was about to be saved with a status that must not follow its old one."""


class Transitions(dict[str, dict[str, tuple[str, ...]]]):
    """Map the status before to the status after, and that to the names of the actions between them.

    A status that leads to itself names the actions that require it and do not change it.
    """

    def allows(self, before: str, after: str) -> bool:
        """Return whether `after` may follow `before`. A status may always stay as it is."""
        return before == after or after in self.get(before, {})

    def sources(self, action: str) -> list[str]:
        """Return the statuses in which this action is allowed, in the order of the dictionary."""
        return [
            before
            for before, reached in self.items()
            if any(action in actions for actions in reached.values())
        ]

    def after(self, action: str, before: str) -> str | None:
        """Return the status this action leads to, or None where it is not allowed.

        Use it for actions that lead from each status to only one other.
        """
        found = (after for after, actions in self.get(before, {}).items() if action in actions)
        return next(found, None)

    def check(self, before: str, after: str) -> None:
        """Raise ForbiddenTransition unless `after` may follow `before`."""
        if not self.allows(before, after):
            raise ForbiddenTransition(f"{before} -> {after}")


class Guarded(models.Model):
    """A model whose `status`, a field or a property, changes only as TRANSITIONS allows.

    The status read from the database is remembered and compared when the row is saved, without a
    query more. `QuerySet.update()` is not checked; its filter names the statuses it starts from. A
    new row may have any status, as sample data and imports bring finished ones.
    """

    TRANSITIONS: ClassVar[Transitions]
    # The fields that `status` is read from.
    STATUS_FIELDS: ClassVar[frozenset[str]] = frozenset({"status"})
    _status_read: str | None = None

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the row. Raises ForbiddenTransition."""
        fields = kwargs.get("update_fields")
        # A save of other fields writes no status, so it cannot be a forbidden one.
        is_written = fields is None or bool(self.STATUS_FIELDS.intersection(fields))
        if is_written and self._status_read is not None:
            self.TRANSITIONS.check(self._status_read, self._status_now())
        super().save(*args, **kwargs)
        if is_written:
            self._status_read = self._status_now()

    def may(self, action: str) -> bool:
        """Return whether the action is allowed in the row's current status."""
        return self._status_now() in self.TRANSITIONS.sources(action)

    def _status_now(self) -> str:
        return str(self.status)  # type: ignore[attr-defined]  # each model has one

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any]) -> Self:
        row = super().from_db(db, field_names, values)
        # With `only()` or `defer()` the status may not be loaded; it is not fetched just for this.
        if cls.STATUS_FIELDS.issubset(field_names):
            row._status_read = row._status_now()
        return row

    def refresh_from_db(
        self, using: str | None = None, fields: Any = None, from_queryset: Any = None
    ) -> None:
        super().refresh_from_db(using=using, fields=fields, from_queryset=from_queryset)
        # Django also calls this for a single deferred field, which tells nothing about the status.
        if fields is None:
            self._status_read = self._status_now()
