"""Which status may follow which, and the action that makes it: one dictionary beside each model.

Actions ask the dictionary before they write, and a save that it does not allow is refused.
`manage.py statemachine` draws all of them in docs/states.md.
"""

from collections.abc import Collection
from typing import Any, ClassVar, Self

from django.db import models

# Before the first save, and after the row was erased.
NEW, GONE = "new", "gone"


class ForbiddenTransition(Exception):
    """A row was about to be saved with a status that may not follow the one it had."""


class Transitions(dict[str, dict[str, tuple[str, ...]]]):
    """Status before -> status after -> names of the actions that lead from one to the other.

    A status that leads to itself names the actions that need it and leave it as it is.
    """

    def allows(self, before: str, after: str) -> bool:
        """Tell whether `after` may follow `before`; staying as it is always may."""
        return before == after or after in self.get(before, {})

    def sources(self, action: str) -> list[str]:
        """Return the statuses in which this action may be done, in the order of the dictionary."""
        return [
            before
            for before, reached in self.items()
            if any(action in actions for actions in reached.values())
        ]

    def after(self, action: str, before: str) -> str | None:
        """Return the status this action leads to, or None when it may not be done.

        For actions that lead from each status to one other.
        """
        found = (after for after, actions in self.get(before, {}).items() if action in actions)
        return next(found, None)

    def check(self, before: str, after: str) -> None:
        """Raise ForbiddenTransition unless `after` may follow `before`."""
        if not self.allows(before, after):
            raise ForbiddenTransition(f"{before} -> {after}")


class Guarded(models.Model):
    """A row whose `status`, a column or a property, changes only as TRANSITIONS says.

    The status read from the database is remembered and compared on save: no statement is added. An
    `update` of many rows is not seen here; it names the statuses it starts from in its filter. A
    new row may have any status: sample data and imports bring finished ones.
    """

    TRANSITIONS: ClassVar[Transitions]
    # The columns that `status` is read from.
    STATUS_FIELDS: ClassVar[frozenset[str]] = frozenset({"status"})
    _status_read: str | None = None

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the row. Raises ForbiddenTransition."""
        fields = kwargs.get("update_fields")
        is_written = fields is None or bool(self.STATUS_FIELDS.intersection(fields))
        if is_written and self._status_read is not None:
            self.TRANSITIONS.check(self._status_read, self._status_now())
        super().save(*args, **kwargs)
        if is_written:
            self._status_read = self._status_now()

    def may(self, action: str) -> bool:
        """Tell whether the action may be done in the status the row has now."""
        return self._status_now() in self.TRANSITIONS.sources(action)

    def _status_now(self) -> str:
        return str(self.status)  # type: ignore[attr-defined]  # each model has one

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any]) -> Self:
        row = super().from_db(db, field_names, values)
        # Fields left out of the statement are not fetched for this.
        if cls.STATUS_FIELDS.issubset(field_names):
            row._status_read = row._status_now()
        return row

    def refresh_from_db(
        self, using: str | None = None, fields: Any = None, from_queryset: Any = None
    ) -> None:
        super().refresh_from_db(using=using, fields=fields, from_queryset=from_queryset)
        # Django calls this with one field for each value that was left out, too.
        if fields is None:
            self._status_read = self._status_now()
