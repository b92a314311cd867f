"""The model of what was tested, found and agreed at a visit. Rows are added, never changed."""

import uuid

from django.db import models
from django.db.models import Q

from booking.models import Appointment
from clinic.database.append_only import AppendOnly
from clinic.database.sealed import SealedJSONField
from clinic.models.people import User


class VisitRecord(models.Model):
    """One saved revision of the record of a visit; the latest one counts, signed or not.

    `content` is {"items": {item id: amounts and symptoms}, "stage": 0 to 9 or None, "home_plan",
    "note", "early_reason", "impact_reason", "stage_reason"}. Records of before the last one came
    have no "stage_reason".
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="records")
    revision = models.PositiveSmallIntegerField()
    content = SealedJSONField()
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    is_signed = models.BooleanField(default=False)

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
