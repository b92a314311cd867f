"""The model of what is, or was, unresolved about a patient. One source for what is open."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clinic.database.append_only import AppendOnly
from clinic.database.digests import KeyedDigestField
from clinic.database.sealed import SealedJSONField
from clinic.database.transitions import NEW, Guarded, Transitions
from clinic.models.people import Patient, User
from intake.models.history import HistoryRow, HistoryWords
from intake.models.intake import Intake


class ConcernQuerySet(models.QuerySet["Concern"]):
    def open(self) -> "ConcernQuerySet":
        """Return what is not resolved, in whatever state. Another row stands for a merged one.

        Nothing is open about a patient who was erased: staff had closed it before, also where an
        older backup brought it back.
        """
        over = (Concern.State.RESOLVED, Concern.State.MERGED)
        return self.exclude(state__in=over).exclude(patient__in=Patient.objects.erased())


class Concern(Guarded):
    """An urgent or red flag of a patient, from its first firing until a clinician resolves it.

    It belongs to the patient, never to a form: a form that does not mention it changes nothing.
    `rule` is the id of the rule, or "HAND:<id of the flag>" for one that a clinician added. While
    it is not resolved there is one row for patient and rule, found by its digest.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        TAKEN_BACK = "taken_back", _("Taken back by the patient")
        LOOK_AGAIN = "look_again", _("Look again")
        IMPACT_HELD = "impact_held", _("Impact held")
        REFERRED = "referred", _("Referred out")
        RESOLVED = "resolved", _("Resolved")
        # Two rows were one person: another row stands for this one.
        MERGED = "merged", _("Merged")

    # A rule that fires again while its concern is open adds evidence; only a mark resolves.
    TRANSITIONS = Transitions(
        {
            NEW: {State.OPEN: ("raise_concerns", "raise_by_hand")},
            State.OPEN: {
                State.OPEN: ("raise_concerns",),
                State.TAKEN_BACK: ("take_back",),
                State.IMPACT_HELD: ("mark_concern", "sign_decision"),
                State.REFERRED: ("mark_concern", "sign_decision"),
                State.RESOLVED: ("mark_concern", "sign_decision"),
                State.MERGED: ("merge_concerns",),
            },
            State.TAKEN_BACK: {
                State.OPEN: ("raise_concerns",),
                State.IMPACT_HELD: ("mark_concern", "sign_decision"),
                State.REFERRED: ("mark_concern", "sign_decision"),
                State.RESOLVED: ("mark_concern", "sign_decision"),
                State.MERGED: ("merge_concerns",),
            },
            State.LOOK_AGAIN: {
                State.LOOK_AGAIN: ("raise_concerns",),
                State.IMPACT_HELD: ("mark_concern", "sign_decision"),
                State.REFERRED: ("mark_concern", "sign_decision"),
                State.RESOLVED: ("mark_concern", "sign_decision"),
                State.MERGED: ("merge_concerns",),
            },
            State.IMPACT_HELD: {
                State.LOOK_AGAIN: ("raise_concerns",),
                State.IMPACT_HELD: ("mark_concern", "sign_decision"),
                State.REFERRED: ("mark_concern", "sign_decision"),
                State.RESOLVED: ("mark_concern", "sign_decision", "undo_decision"),
                State.OPEN: ("undo_decision",),
                State.TAKEN_BACK: ("undo_decision",),
                State.MERGED: ("merge_concerns",),
            },
            State.REFERRED: {
                State.LOOK_AGAIN: ("raise_concerns",),
                State.IMPACT_HELD: ("mark_concern", "sign_decision", "undo_decision"),
                State.REFERRED: ("mark_concern", "sign_decision"),
                State.RESOLVED: ("mark_concern", "sign_decision", "undo_decision"),
                State.OPEN: ("undo_decision",),
                State.TAKEN_BACK: ("undo_decision",),
                State.MERGED: ("merge_concerns",),
            },
            # A mark is withdrawn with its decision, within the minute for undoing; a call opened
            # again opens what it had let be resolved. A later decision on the same form may hold.
            State.RESOLVED: {
                State.OPEN: ("undo_decision", "reopen_concern"),
                State.TAKEN_BACK: ("undo_decision",),
                State.LOOK_AGAIN: ("undo_decision",),
                State.IMPACT_HELD: ("mark_concern", "sign_decision", "undo_decision"),
                State.REFERRED: ("mark_concern", "sign_decision", "undo_decision"),
            },
        }
    )
    STATUS_FIELDS = frozenset({"state"})

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="concerns")
    rule = SealedJSONField()
    digest = KeyedDigestField(purpose="concern", of=("patient_id", "rule"))
    level = models.CharField(
        max_length=8, choices=[(one, one.label) for one in (Intake.Level.URGENT, Intake.Level.RED)]
    )
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN)
    raised_at = models.DateTimeField()
    # The latest form whose answers fired the rule, and when. A review of it answers all before it.
    last_fired_at = models.DateTimeField()
    last_form = models.ForeignKey(Intake, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged_rows"
    )

    objects = ConcernQuerySet.as_manager()

    class Meta:
        ordering = ["raised_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["digest"],
                condition=~Q(state__in=("resolved", "merged")),
                name="concern_one_open_per_rule",
            ),
            models.CheckConstraint(
                condition=Q(level__in=("urgent", "red")), name="concern_urgent_or_red"
            ),
            models.CheckConstraint(
                condition=Q(state="merged", merged_into__isnull=False)
                | (~Q(state="merged") & Q(merged_into__isnull=True)),
                name="concern_merged_together",
            ),
            # Only a person marks: what fires, and what a patient takes back, has no reviewer.
            models.CheckConstraint(
                condition=~Q(state__in=("impact_held", "referred", "resolved"))
                | Q(changed_by__isnull=False),
                name="concern_marked_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(last_fired_at__gte=F("raised_at")), name="concern_fired_since_raised"
            ),
        ]
        indexes = [
            models.Index(
                fields=["patient"],
                name="concern_open",
                condition=~Q(state__in=("resolved", "merged")),
            ),
        ]

    def __str__(self) -> str:
        return f"Concern {str(self.pk)[:8]}"

    @property
    def status(self) -> str:
        """Return the state, under the name that every state machine has."""
        return self.state

    @property
    def is_open(self) -> bool:
        """Return whether it still counts for booking and for impact."""
        return self.state not in (self.State.RESOLVED, self.State.MERGED)

    @property
    def counts_as(self) -> str:
        """Return the level with which it counts: what was taken back counts as red."""
        return Intake.Level.RED if self.state == self.State.TAKEN_BACK else self.level


class ConcernEvent(HistoryRow):
    """One entry of a concern's history: it fired, was taken back, marked, or merged.

    The words are {"form", "version", "answers"} of a firing and {"reason"} of a mark.
    """

    class Kind(models.TextChoices):
        FIRED = "fired", _("Answered")
        TAKEN_BACK = "taken_back", _("Taken back by the patient")
        MARKED = "marked", _("Marked")
        UNMARKED = "unmarked", _("Mark withdrawn")
        MERGED = "merged", _("Another row of the same person")

    concern = models.ForeignKey(Concern, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    state = models.CharField(max_length=12, choices=Concern.State.choices)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [AppendOnly(name="concern_event_append_only")]


class ConcernEventWords(HistoryWords):
    """The sealed words of one entry."""

    event = models.OneToOneField(ConcernEvent, on_delete=models.PROTECT, related_name="words")


class Decline(models.Model):
    """A clinician's decision that the clinic is not the right place. It lasts until taken back."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="declines")
    decision = models.OneToOneField(
        "intake.Decision", on_delete=models.PROTECT, related_name="decline"
    )
    declined_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="decline_ended_by_somebody",
            )
        ]
        indexes = [
            models.Index(
                fields=["patient"], name="decline_lasting", condition=Q(ended_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"Decline {str(self.pk)[:8]}"
