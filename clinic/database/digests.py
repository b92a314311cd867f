"""Keyed digests, by which a sealed value is unique and can be found without being opened.

DIGEST_KEYS are as secret as FIELD_KEYS: who has one can guess what stands behind a digest. The
first makes new digests. Until `manage.py rotate_keys` has run, rows may have those of any of them.
"""

import hashlib
import hmac
import json
import secrets
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.db import models


def keyed_digest(*parts: object) -> str:
    """Return 64 hex digits that stand for these parts, the same ones each time.

    The parts are compared as text, and in order. Without the key nothing can be learned from it.
    """
    return keyed_digests(*parts)[0]


def keyed_digests(*parts: object) -> list[str]:
    """Return the digest of these parts under each of DIGEST_KEYS, to find a row by any of them."""
    text = json.dumps([str(part) for part in parts]).encode()
    return [
        hmac.new(key.encode(), text, hashlib.sha256).hexdigest() for key in settings.DIGEST_KEYS
    ]


def salted_digest(salt: str, content: object) -> str:
    """Return 64 hex digits over salt and content (JSON), to prove later what was sealed."""
    text = json.dumps([salt, content], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def new_salt() -> str:
    """Return a random salt. It is sealed beside the content, never stored in clear."""
    return secrets.token_hex(16)


# The type parameters are for the type checker: at run time a field class takes none.
if TYPE_CHECKING:
    _Text = models.CharField[str, str]
else:
    _Text = models.CharField


class KeyedDigestField(_Text):
    """The keyed digest of `purpose` and the row's attributes `of`, made whenever the row is saved.

    Migrations see an ordinary CharField.
    """

    def __init__(
        self, *args: Any, purpose: str = "", of: tuple[str, ...] = (), **options: Any
    ) -> None:
        super().__init__(*args, **{"max_length": 64, "editable": False, **options})
        self.purpose, self.of = purpose, of

    def deconstruct(self) -> Any:
        name, _path, args, options = super().deconstruct()
        return name, "django.db.models.CharField", args, options

    def made(self, row: models.Model) -> str:
        """Return the digest of the row as it is now."""
        return keyed_digest(self.purpose, *(getattr(row, name) for name in self.of))

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = self.made(model_instance)
        setattr(model_instance, self.attname, value)
        return value


def digest_fields(model: type[models.Model]) -> list[KeyedDigestField]:
    """Return the columns of a model that hold keyed digests."""
    return [one for one in model._meta.concrete_fields if isinstance(one, KeyedDigestField)]


def models_with_digests() -> list[type[models.Model]]:
    """Return every model with a column of keyed digests, sorted by label."""
    found = (model for model in apps.get_models() if digest_fields(model))
    return sorted(found, key=lambda model: model._meta.label_lower)
