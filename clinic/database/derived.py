"""A text column whose value is made from another field whenever its row is written."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db import models

# The type parameters are for the type checker: at run time a field class takes none.
if TYPE_CHECKING:
    _Text = models.CharField[str, str]
else:
    _Text = models.CharField


class DerivedCharField(_Text):
    """The value that `derive` makes of the field `source`, cut to `max_length`.

    `save`, `create` and `bulk_create` write it; nobody sets it. A model with such a field has
    `with_derived` complete the fields of a partial save, and its query set those of an `update`.
    Migrations see an ordinary CharField.
    """

    def __init__(
        self,
        *args: Any,
        source: str = "",
        derive: Callable[[str], str] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(*args, **{"editable": False, "default": "", **options})
        self.source, self._derive = source, derive

    def deconstruct(self) -> Any:
        name, _path, args, options = super().deconstruct()
        return name, "django.db.models.CharField", args, options

    def derived(self, value: str) -> str:
        """Return what this column holds for a row whose source is `value`."""
        assert self._derive is not None
        return self._derive(value)[: self.max_length]

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = self.derived(getattr(model_instance, self.source))
        setattr(model_instance, self.attname, value)
        return value


def derived_fields(model: type[models.Model]) -> list[DerivedCharField]:
    """Return the derived columns of a model."""
    return [one for one in model._meta.concrete_fields if isinstance(one, DerivedCharField)]


def with_derived(model: type[models.Model], names: set[str]) -> set[str]:
    """Return the names of fields to be saved, with each column derived from one of them."""
    return names | {one.name for one in derived_fields(model) if one.source in names}
