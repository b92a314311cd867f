"""What a clinician looks at and what she decides."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.people.models import User
from clinic.sealed import SealedJSONField
from intake.models.intake import Intake


class FlagQuerySet(models.QuerySet["Flag"]):
    def to_mark(self) -> "FlagQuerySet":
        """Flags a clinician has to mark: urgent and red."""
        return self.filter(level__in=Flag.MUST_BE_MARKED)


class Flag(models.Model):
    """A rule that fired on one intake, with the answers that fired it, and the clinician's mark."""

    MUST_BE_MARKED = (Intake.Level.URGENT, Intake.Level.RED)

    class Mark(models.TextChoices):
        REVIEWED = "reviewed", _("Reviewed")
        IMPACT_HELD = "impact_held", _("Impact held")
        REFERRED = "referred", _("Referred out")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    intake = models.ForeignKey(Intake, on_delete=models.PROTECT, related_name="flags")
    rule = models.CharField(max_length=24)
    level = models.CharField(max_length=8, choices=Intake.Level.choices)
    domain = models.CharField(max_length=12)
    # [[question id, answer], …] as judged.
    evidence = SealedJSONField()
    mark = models.CharField(max_length=12, choices=Mark.choices, blank=True)
    marked_at = models.DateTimeField(null=True, blank=True)
    marked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT)
    reason = SealedJSONField(null=True)

    objects = FlagQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["intake", "rule"], name="flag_once_per_intake"),
            models.CheckConstraint(
                condition=Q(mark="", marked_at__isnull=True, marked_by__isnull=True)
                | (~Q(mark="") & Q(marked_at__isnull=False, marked_by__isnull=False)),
                name="flag_mark_together",
            ),
        ]

    def __str__(self) -> str:
        return f"Flag {self.rule}"


class Decision(models.Model):
    """A signed decision on one intake: the next act beside the marks on its flags."""

    class NextAct(models.TextChoices):
        NONE = "none", _("Nothing more")
        CALL = "call", _("Call the patient")
        ASK = "ask", _("Ask the patient")
        DECLINE = "decline", _("Decline")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    intake = models.ForeignKey(Intake, on_delete=models.PROTECT, related_name="decisions")
    next_act = models.CharField(max_length=8, choices=NextAct.choices)
    # {"marks": {rule: mark}, "reasons": {rule: text}, "note": text}
    content = SealedJSONField()
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT)

    class Meta:
        ordering = ["decided_at"]

    def __str__(self) -> str:
        return f"Decision {str(self.pk)[:8]}"
