"""The model of what was tested, found and agreed at a visit. Rows are added, never changed."""

import uuid
from typing import Any, cast

from django.db import models
from django.db.models import Q

from booking.models import Appointment
from clinic.database.append_only import AppendOnly
from clinic.models.people import User
from intake.models.history import HistoryWords


class VisitRecordQuerySet(models.QuerySet["VisitRecord"]):
    def with_content(self) -> "VisitRecordQuerySet":
        """Load the sealed content of each record with it."""
        return self.select_related("words")


class VisitRecord(models.Model):
    """One saved revision of the record of a visit; the latest one counts, signed or not.

    `content` is {"items": {item id: amounts and symptoms}, "stage": 0 to 9 or None, "home_plan",
    "note", "early_reason", "impact_reason", "stage_reason"}. Records of before the last one came
    have no "stage_reason". It stands in the side table: queries of more than one record add it by
    `with_content`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="records")
    revision = models.PositiveSmallIntegerField()
    # Over the salt and the content in the side table; see `clinic.database.digests`.
    digest = models.CharField(max_length=64)
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    is_signed = models.BooleanField(default=False)

    objects = VisitRecordQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["appointment", "revision"], name="visit_record_revision_once"
            ),
            models.CheckConstraint(condition=Q(revision__gte=1), name="visit_record_from_one"),
            AppendOnly(name="visit_record_append_only"),
        ]

    def __str__(self) -> str:
        return f"Visit record {str(self.pk)[:8]}"

    @property
    def content(self) -> dict[str, Any]:
        """Return the findings. Opens sealed text: the caller records the reading."""
        return cast("dict[str, Any]", cast(Any, self).words.sealed["content"])


class VisitRecordWords(HistoryWords):
    """The sealed content of one revision."""

    record = models.OneToOneField(VisitRecord, on_delete=models.PROTECT, related_name="words")
