"""Fields sealed at rest: health answers, notes and the visit record.

The key ring is FIELD_KEYS: the first key seals, every key opens. The sealed text carries the name
of its model, field and row, so a value moved to another place is refused. Opening waits until the
attribute is read, so lists that never show the value never pay for it.
"""

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models
from django.db.models.query_utils import DeferredAttribute


class SealBroken(Exception):
    """The stored value was moved, altered, or sealed with a key that is not in FIELD_KEYS."""


@lru_cache(maxsize=4)
def _ring(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def ring() -> MultiFernet:
    """Return the key ring of the settings."""
    return _ring(tuple(settings.FIELD_KEYS))


def seal_text(text: str) -> str:
    """Seal a text that a library keeps in a column of its own, bound to no row."""
    return ring().encrypt(text.encode()).decode()


def open_text(sealed: str) -> str:
    """Return what `seal_text` sealed. Raises SealBroken."""
    try:
        return ring().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise SealBroken("text") from error


class Sealed(str):
    """A stored value that has not been opened yet."""

    __slots__ = ()


class _SealedAttribute(DeferredAttribute):
    field: "SealedJSONField"

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is None:
            return self
        value = super().__get__(instance, cls)
        if isinstance(value, Sealed):
            value = self.field.open(value, instance)
            instance.__dict__[self.field.attname] = value
        return value

    # Being settable makes reading pass through __get__ even when the row holds a value.
    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


# Only a type checker can say what is set and read; the class itself takes no parameters.
if TYPE_CHECKING:
    _JSONText = models.TextField[Any, Any]
else:
    _JSONText = models.TextField


class SealedJSONField(_JSONText):
    """JSON sealed at rest. The row's primary key must be known before it is saved (a UUID)."""

    descriptor_class = _SealedAttribute
    # To a type checker the column holds whatever JSON can say, not the text it is stored as.
    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def _place(self, instance: models.Model) -> str:
        return f"{instance._meta.label_lower}.{self.name}.{instance.pk}"

    def open(self, value: str, instance: models.Model) -> Any:
        """Return what was sealed. Raises SealBroken."""
        try:
            place, content = json.loads(ring().decrypt(value.encode()))
        except (InvalidToken, ValueError) as error:
            raise SealBroken(self._place(instance)) from error
        if place != self._place(instance):
            raise SealBroken(self._place(instance))
        return content

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = getattr(model_instance, self.attname)
        if value is None:
            return None
        text = json.dumps([self._place(model_instance), value])
        return Sealed(ring().encrypt(text.encode()).decode())

    def from_db_value(self, value: str | None, *_: Any) -> Sealed | None:
        return None if value is None else Sealed(value)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if value is not None and not isinstance(value, Sealed):
            raise TypeError(f"{self.name} can only be written by saving its row")
        return super().get_db_prep_save(None if value is None else str(value), connection)

    def to_python(self, value: Any) -> Any:
        return value

    def value_to_string(self, obj: models.Model) -> str:
        return json.dumps(self.value_from_object(obj))

    def get_prep_value(self, value: Any) -> Any:
        return value
