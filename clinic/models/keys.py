"""The row by which a process sees whether its keys are those of this database."""

from django.db import models
from django.db.models import Q

from clinic.database.digests import KeyedDigestField
from clinic.database.sealed import SealedJSONField


class KeyCheck(models.Model):
    """A sealed word and a keyed digest. There is one row.

    It is written when the keys are first used, and sealed anew last of all by `rotate_keys`.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    sealed = SealedJSONField(default="canary")
    digest = KeyedDigestField(purpose="key check", of=("id",))

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="key_check_one_row")]

    def __str__(self) -> str:
        return "Key check"
