"""A reason that staff typed for a row of the books, sealed in a table beside it.

The books are append-only and hold no sealed column, as what is sealed is sealed anew when a key is
replaced. The digest in the row proves that the words are those it was written with. When a patient
is erased her words go, and the row stays.
"""

import uuid
from collections.abc import Iterable
from typing import Any, Self, TypeVar

from django.db import models, transaction

from clinic.database.digests import new_salt, salted_digest
from clinic.database.sealed import SealedJSONField

Row = TypeVar("Row", bound="WithReason")


class ReasonQuerySet(models.QuerySet[Row]):
    """Rows of the books, each inserted with its reason."""

    def bulk_create(self, objs: Iterable[Row], *args: Any, **options: Any) -> list[Row]:
        """Insert the rows and their reasons, in two statements."""
        rows = [one.with_digest() for one in objs]
        with transaction.atomic(savepoint=False):
            made = super().bulk_create(rows, *args, **options)
            beside = [one.words_to_store() for one in made if one.reason_digest]
            self.model.words_model()._default_manager.bulk_create(beside)
        return made


class WithReason(models.Model):
    """A row of the books with a `reason`, which is written with the row and "" once erased.

    A side table refers to it by `row`, with the related name `words`.
    """

    reason_digest = models.CharField(max_length=64, blank=True, editable=False)

    objects: models.Manager[Self] = models.Manager.from_queryset(ReasonQuerySet)()

    class Meta:
        abstract = True

    def save(self, *args: Any, **options: Any) -> None:
        """Insert the row and its reason."""
        if not self._state.adding:
            super().save(*args, **options)
            return
        self.with_digest()
        with transaction.atomic(savepoint=False):
            super().save(*args, **options)
            if self.reason_digest:
                self.words_to_store().save()

    @property
    def reason(self) -> str:
        """What staff typed, "" without a reason. Opens sealed text."""
        if "_reason" in self.__dict__:
            return str(self.__dict__["_reason"][1])
        words: Any = getattr(self, "words", None) if self.reason_digest else None
        return "" if words is None else str(words.sealed["reason"])

    @reason.setter
    def reason(self, typed: str) -> None:
        # With the salt it is written with: the digest is made before the words are stored.
        self.__dict__["_reason"] = (new_salt(), typed)

    @classmethod
    def words_model(cls) -> type[models.Model]:
        """Return the side table."""
        field: Any = cls._meta.get_field("words")
        found: type[models.Model] = field.related_model
        return found

    def with_digest(self) -> Self:
        """Return the new row with the digest of its reason, if it has one."""
        salt, typed = self.__dict__.get("_reason", ("", ""))
        self.reason_digest = salted_digest(salt, typed) if typed else ""
        return self

    def words_to_store(self) -> models.Model:
        """Return the row of the side table for a new row that has a reason."""
        salt, typed = self.__dict__["_reason"]
        return self.words_model()(row=self, sealed={"salt": salt, "reason": typed})


class TypedReason(models.Model):
    """What staff typed as the reason of a row: {"salt", "reason"}, sealed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sealed = SealedJSONField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {str(self.pk)[:8]}"
