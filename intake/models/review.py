"""The models of a review: the flags a clinician reads, her decisions, and take-overs of a case."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clinic.database.digests import KeyedDigestField
from clinic.database.sealed import SealedJSONField
from clinic.models.people import User
from intake.models.intake import Intake


class FlagQuerySet(models.QuerySet["Flag"]):
    def to_mark(self) -> "FlagQuerySet":
        """Return the flags a clinician has to mark: urgent and red."""
        return self.filter(level__in=Flag.MUST_BE_MARKED)

    def in_order(self) -> list["Flag"]:
        """Return the flags sorted by rule, which only opening them allows."""
        return sorted(self, key=lambda flag: flag.rule)


class Flag(models.Model):
    """A rule that fired on one intake, with the answers that made it fire and a clinician's mark.

    A clinician may also add a flag by hand, where no rule fires: `rule` is then "HAND-<n>", and
    `words` says what she saw. A rule's flag that she finds wrong is overridden: it stays, counts as
    reviewed, and shows who overrode it and why.
    """

    MUST_BE_MARKED = (Intake.Level.URGENT, Intake.Level.RED)
    BY_HAND = "HAND-"
    # A clinician may choose this beside the marks. It is stored as "reviewed" and `overridden_at`.
    OVERRIDDEN = "overridden"

    class Mark(models.TextChoices):
        REVIEWED = "reviewed", _("Reviewed")
        IMPACT_HELD = "impact_held", _("Impact held")
        REFERRED = "referred", _("Referred out")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    intake = models.ForeignKey(Intake, on_delete=models.PROTECT, related_name="flags")
    # The name of a rule is the answer: sealed, and with what it is about. Found by the digest.
    rule = SealedJSONField()
    digest = KeyedDigestField(purpose="flag", of=("intake_id", "rule"))
    level = models.CharField(max_length=8, choices=Intake.Level.choices)
    domain = SealedJSONField()
    # [[question id, answer], …] at the time of the judgment.
    evidence = SealedJSONField()
    mark = models.CharField(max_length=12, choices=Mark.choices, blank=True)
    marked_at = models.DateTimeField(null=True, blank=True)
    marked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT)
    reason = SealedJSONField(null=True)
    overridden_at = models.DateTimeField(null=True, blank=True)
    # Only for a flag added by hand: {"text", "told", "reason"}.
    words = SealedJSONField(null=True)
    added_at = models.DateTimeField(null=True, blank=True)
    added_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="flags_added"
    )
    # The flag on the form where it was added, for a copy on a correction of that form.
    copied_from = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="copies"
    )

    objects = FlagQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["digest"], name="flag_once_per_intake"),
            models.CheckConstraint(
                condition=Q(mark="", marked_at__isnull=True, marked_by__isnull=True)
                | (~Q(mark="") & Q(marked_at__isnull=False, marked_by__isnull=False)),
                name="flag_mark_together",
            ),
            models.CheckConstraint(
                condition=Q(overridden_at__isnull=True)
                | Q(mark="reviewed", reason__isnull=False, added_at__isnull=True),
                name="flag_overridden_is_reviewed",
            ),
            models.CheckConstraint(
                condition=Q(added_at__isnull=True, added_by__isnull=True, words__isnull=True)
                | Q(
                    added_at__isnull=False,
                    added_by__isnull=False,
                    words__isnull=False,
                    level__in=("red", "caution"),
                ),
                name="flag_by_hand_together",
            ),
        ]

    def __str__(self) -> str:
        return f"Flag {str(self.pk)[:8]}"

    @property
    def is_by_hand(self) -> bool:
        """Return whether a clinician added the flag."""
        return self.added_at is not None

    @property
    def verdict(self) -> str:
        """Return the clinician's choice: a mark, "overridden", or "" while there is none."""
        return self.OVERRIDDEN if self.overridden_at else self.mark


class DecisionQuerySet(models.QuerySet["Decision"]):
    def standing(self) -> "DecisionQuerySet":
        """Return decisions neither withdrawn nor superseded: at most one for each intake."""
        return self.filter(withdrawn_at__isnull=True, superseded_at__isnull=True)


class Decision(models.Model):
    """A signed decision on one intake: the next act, beside the marks on its flags.

    A later decision supersedes it, and the clinician who signed it may withdraw it within a minute.
    Neither is ever deleted.
    """

    class NextAct(models.TextChoices):
        NONE = "none", _("Nothing more")
        CALL = "call", _("Call the patient")
        ASK = "ask", _("Ask the patient")
        DECLINE = "decline", _("Decline")
        ACCEPT = "accept", _("Take the decline back")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    intake = models.ForeignKey(Intake, on_delete=models.PROTECT, related_name="decisions")
    next_act = models.CharField(max_length=8, choices=NextAct.choices)
    # {"marks": {rule: mark}, "reasons": {rule: text}, "note": text, "told": [sentence, …]}
    content = SealedJSONField()
    # The marks and the intake as they were before, so that undoing can put them back.
    before = SealedJSONField(null=True)
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT)
    superseded_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["decided_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["intake"],
                condition=Q(superseded_at__isnull=True, withdrawn_at__isnull=True),
                name="decision_one_stands",
            ),
            models.CheckConstraint(
                condition=Q(superseded_at__isnull=True) | Q(withdrawn_at__isnull=True),
                name="decision_withdrawn_or_superseded",
            ),
        ]

    def __str__(self) -> str:
        return f"Decision {str(self.pk)[:8]}"


class TakeOver(models.Model):
    """A case that one clinician took over while another was reviewing it, with the reason."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    intake = models.ForeignKey(Intake, on_delete=models.PROTECT, related_name="take_overs")
    taken_from = models.ForeignKey(User, on_delete=models.PROTECT, related_name="cases_lost")
    taken_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="cases_taken")
    reason = SealedJSONField()
    taken_at = models.DateTimeField()

    class Meta:
        ordering = ["taken_at"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(taken_by=F("taken_from")), name="take_over_between_two"
            )
        ]

    def __str__(self) -> str:
        return f"Take-over {str(self.pk)[:8]}"
