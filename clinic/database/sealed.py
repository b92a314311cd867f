"""Encrypted ("sealed") fields for health answers, notes and the visit record.

FIELD_KEYS is the key ring: the first key encrypts, every key decrypts. The encrypted text holds the
name of its model, field and row, so a value copied to another row is refused. A value is decrypted
when its attribute is read, so a list that never shows it does not pay for it. It can be compared
with nothing: what must be found has a keyed digest beside it (clinic.database.digests).
"""

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models.query_utils import DeferredAttribute

# What is sealed is filled up to a multiple of this many characters. The length of a yes or no, or
# of the id of a rule, would tell which one it is.
STEP = 64


class SealBroken(Exception):
    """A stored value was moved or changed, or its key is not in FIELD_KEYS."""


class WrongKeys(SealBroken):
    """FIELD_KEYS or DIGEST_KEY are not those of this database. The text says so to an operator."""


# Cached by the keys themselves, so that a test which changes the setting gets its own ring.
@lru_cache(maxsize=16)
def _ring(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def ring() -> MultiFernet:
    """Return the key ring of the settings."""
    return _ring(tuple(settings.FIELD_KEYS))


def seal_text(text: str) -> str:
    """Return the text encrypted, for a library that stores it. It is not bound to a row."""
    return ring().encrypt(text.encode()).decode()


def open_text(sealed: str) -> str:
    """Return the text that `seal_text` encrypted. Raises SealBroken."""
    try:
        return ring().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise SealBroken("text") from error


def sealed_by(sealed: str) -> int | None:
    """Return the position in FIELD_KEYS, from 0, of the key that opens the text, None for none."""
    for position, key in enumerate(settings.FIELD_KEYS):
        try:
            _ring((key,)).decrypt(sealed.encode())
        except InvalidToken:
            continue
        return position
    return None


def is_sealed_by_first_key(sealed: str) -> bool:
    """Return whether the first key of FIELD_KEYS opens the text."""
    try:
        _ring((settings.FIELD_KEYS[0],)).decrypt(sealed.encode())
    except InvalidToken:
        return False
    return True


def sealed_anew(sealed: str) -> "Sealed":
    """Return the text sealed by the first key, with the same content. Raises SealBroken."""
    try:
        return Sealed(ring().rotate(sealed.encode()).decode())
    except InvalidToken as error:
        raise SealBroken("rotation") from error


class Sealed(str):
    """A stored value that has not been decrypted yet."""

    __slots__ = ()


class _SealedAttribute(DeferredAttribute):
    """Decrypts the value when it is first read and puts the result in its place."""

    field: "SealedJSONField"

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is None:
            return self
        value = super().__get__(instance, cls)
        if isinstance(value, Sealed):
            value = self.field.open(value, instance)
            instance.__dict__[self.field.attname] = value
        return value

    # Python calls __get__ for an attribute that is in the instance's __dict__ only if there is
    # a __set__ as well.
    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


# The type parameters are for the type checker: at run time a field class takes none.
if TYPE_CHECKING:
    _JSONText = models.TextField[Any, Any]
else:
    _JSONText = models.TextField


class SealedJSONField(_JSONText):
    """A field for encrypted JSON. The primary key must be known before saving (a UUID)."""

    descriptor_class = _SealedAttribute
    # To the type checker the attribute is any JSON value, not the text in the column.
    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def _location(self, model: type[models.Model], pk: Any) -> str:
        """Return what the encrypted text is bound to: model, field and row."""
        return f"{model._meta.label_lower}.{self.name}.{pk}"

    def sealed(
        self, value: Any, model: type[models.Model], pk: Any, *, key: str | None = None
    ) -> Sealed:
        """Return the value sealed for the row of that model with this primary key.

        It is sealed with the first key of FIELD_KEYS, or with the `key` given.
        """
        text = _padded(json.dumps([self._location(model, pk), value]))
        keys = ring() if key is None else _ring((key,))
        return Sealed(keys.encrypt(text.encode()).decode())

    def open(self, value: str, instance: models.Model) -> Any:
        """Return the decrypted value. Raises SealBroken."""
        return self.open_of(value, type(instance), instance.pk)

    def open_of(self, value: str, model: type[models.Model], pk: Any) -> Any:
        """Return the decrypted value of the row of that model with this key. Raises SealBroken.

        For a query that reads the column of another row beside its own.
        """
        expected = self._location(model, pk)
        try:
            location, content = json.loads(ring().decrypt(value.encode()))
        except (InvalidToken, ValueError) as error:
            raise SealBroken(expected) from error
        if location != expected:
            raise SealBroken(expected)
        return content

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = getattr(model_instance, self.attname)
        if value is None:
            return None
        return self.sealed(value, type(model_instance), model_instance.pk)

    def get_lookup(self, lookup_name: str) -> Any:
        # The same value is sealed differently each time: all that can be asked is whether there
        # is one. Anything else raises FieldError instead of finding nothing.
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None

    def from_db_value(self, value: str | None, *_: Any) -> Sealed | None:
        return None if value is None else Sealed(value)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        # Only pre_save knows the row: `update()` and `bulk_update()` would store a value unbound.
        if value is not None and not isinstance(value, Sealed):
            raise TypeError(f"{self.name} can only be written by saving its row")
        return super().get_db_prep_save(None if value is None else str(value), connection)

    def to_python(self, value: Any) -> Any:
        return value

    def value_to_string(self, obj: models.Model) -> str:
        return json.dumps(self.value_from_object(obj))

    def get_prep_value(self, value: Any) -> Any:
        return value


def _padded(text: str) -> str:
    """Return the JSON with spaces after it, which reading it leaves out."""
    return text + " " * (-len(text) % STEP)


def sealed_fields(model: type[models.Model]) -> list[SealedJSONField]:
    """Return the sealed columns of a model, in their order."""
    return [one for one in model._meta.concrete_fields if isinstance(one, SealedJSONField)]


def models_with_sealed_fields() -> list[type[models.Model]]:
    """Return every model with a sealed column, sorted by label."""
    found = (model for model in apps.get_models() if sealed_fields(model))
    return sorted(found, key=lambda model: model._meta.label_lower)


def opened(model: type[models.Model], name: str, pk: Any, value: str | None) -> Any:
    """Return what the column `name` of that row holds; `value` is its text, as a query read it."""
    field = model._meta.get_field(name)
    assert isinstance(field, SealedJSONField)
    return None if value is None else field.open_of(value, model, pk)
