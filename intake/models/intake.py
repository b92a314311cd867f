"""The model of one patient's answers to one version of the questionnaire."""

import uuid
from enum import StrEnum

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.models import Appointment
from clinic.database.sealed import SealedJSONField
from clinic.database.transitions import GONE, NEW, Guarded, Transitions
from clinic.models.people import Patient, User
from clinic.models.practice import HeardFrom

# Once a form has been corrected, only the newer version is read. A changed urgent answer waits all
# the same until a clinician has looked at it, whatever was sent later. Nothing waits of a patient
# who was erased.
NOT_ERASED = ~Q(patient__in=Patient.objects.erased())
AWAITS_REVIEW = NOT_ERASED & (
    Q(has_unreviewed_change=True)
    | Q(review_due_at__isnull=False, decided_at__isnull=True, replaced_by__sent_at__isnull=True)
)


class IntakeQuerySet(models.QuerySet["Intake"]):
    def full(self) -> "IntakeQuerySet":
        """Return full intakes, without the short check-ins before visits."""
        return self.filter(kind="intake")

    def checkins(self) -> "IntakeQuerySet":
        """Return check-ins only."""
        return self.filter(kind="checkin")

    def drafts(self) -> "IntakeQuerySet":
        """Return intakes that are not sent yet."""
        return self.filter(sent_at__isnull=True)

    def sent(self) -> "IntakeQuerySet":
        """Return intakes that were sent to the clinic."""
        return self.filter(sent_at__isnull=False)

    def awaiting_review(self) -> "IntakeQuerySet":
        """Return intakes that a clinician still has to decide on."""
        return self.filter(AWAITS_REVIEW)


class Intake(Guarded):
    """A form that is being filled in or was sent. Once sent, its answers and result never change.

    It is a full intake, or the check-in before one visit: both are judged, queued and decided in
    the same way. `raw` is what was posted; `answers` are the effective answers the rules read
    (visible and cleaned). `level`, `next_step` (for a check-in its outcome) and the rest of the
    result are those of `as_of`, a date in the clinic's zone. A correction after sending is a new
    row that `replaces` this one.
    """

    class Kind(models.TextChoices):
        INTAKE = "intake", _("Intake")
        CHECKIN = "checkin", _("Check-in")

    class Level(models.TextChoices):
        URGENT = "urgent", _("Urgent")
        RED = "red", _("Red")
        CAUTION = "caution", _("Caution")
        CLEAR = "clear", _("Clear")

    class Queue(models.TextChoices):
        """Why an intake waits for a clinician. The queue is sorted by this, then by due time."""

        URGENT = "urgent", _("Urgent")
        RED = "red", _("Red")
        MOOD = "mood", _("Mood")
        READING = "reading", _("To read")

    class Status(StrEnum):
        """How far an intake has come between patient and clinician. Follows from its dates."""

        DRAFT = "draft"
        DRAFT_WAITING = "draft_waiting"
        DRAFT_DECIDED = "draft_decided"
        SENT = "sent"
        WAITING = "waiting"
        DECIDED = "decided"

    # An urgent answer waits for a clinician from its own page on, sent or not.
    TRANSITIONS = Transitions(
        {
            NEW: {Status.DRAFT: ("start_intake", "start_correction", "save_checkin")},
            Status.DRAFT: {
                Status.DRAFT: ("save_section", "save_checkin"),
                Status.DRAFT_WAITING: ("save_section", "save_checkin"),
                Status.SENT: ("send_intake", "send_checkin"),
                Status.WAITING: ("send_intake", "send_checkin"),
                GONE: ("erase_old_drafts",),
            },
            Status.DRAFT_WAITING: {
                Status.DRAFT_WAITING: ("save_section", "save_checkin", "sign_decision"),
                Status.DRAFT_DECIDED: ("sign_decision",),
                Status.WAITING: ("send_intake", "send_checkin"),
            },
            Status.DRAFT_DECIDED: {
                Status.DRAFT_WAITING: ("save_section", "save_checkin", "undo_decision"),
                Status.DRAFT_DECIDED: (
                    "save_section",
                    "save_checkin",
                    "sign_decision",
                    "undo_decision",
                ),
                Status.WAITING: ("send_intake", "send_checkin"),
                Status.DECIDED: ("send_intake", "send_checkin"),
            },
            Status.SENT: {
                Status.SENT: ("add_flag", "start_correction"),
                Status.WAITING: ("add_flag",),
                Status.DECIDED: ("sign_decision",),
            },
            Status.WAITING: {
                Status.WAITING: ("add_flag", "start_correction", "sign_decision"),
                Status.DECIDED: ("sign_decision",),
            },
            Status.DECIDED: {
                Status.SENT: ("undo_decision",),
                Status.WAITING: ("add_flag", "undo_decision"),
                Status.DECIDED: (
                    "add_flag",
                    "start_correction",
                    "sign_decision",
                    "undo_decision",
                ),
            },
        }
    )
    STATUS_FIELDS = frozenset({"sent_at", "review_due_at", "decided_at", "has_unreviewed_change"})

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="intakes")
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.INTAKE)
    appointment = models.ForeignKey(
        Appointment, null=True, blank=True, on_delete=models.PROTECT, related_name="checkins"
    )
    # The start of that visit at the time the check-in was sent: it may be moved afterwards.
    sent_for = models.DateTimeField(null=True, blank=True)
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    questionnaire_version = models.CharField(max_length=20)
    rules_version = models.CharField(max_length=20, blank=True)
    raw = SealedJSONField(default=dict)
    answers = SealedJSONField(null=True)
    scores = SealedJSONField(null=True)
    # When an imported form says it was written. For readers only: nothing is decided by it.
    authored = models.CharField(max_length=40, blank=True)
    started_at = models.DateTimeField()
    saved_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    as_of = models.DateField(null=True, blank=True)
    level = models.CharField(max_length=8, choices=Level.choices, blank=True)
    # Null until it is sent.
    next_step = SealedJSONField(null=True)
    weeks_since_birth = SealedJSONField(null=True)
    # Slugs of the sections saved so far, so that a draft opens at the first gap.
    saved_sections = models.JSONField(default=list)
    has_note = models.BooleanField(default=False)
    # The patient took an urgent or red answer back, and no clinician has looked at that yet.
    has_unreviewed_change = models.BooleanField(default=False)
    # Sent as machines send: with the hidden field filled in, or too fast. Staff see these apart.
    set_aside = models.BooleanField(default=False)
    entered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT)
    # What she chose when she was asked where she heard of the clinic, and whose link led her to the
    # form. No rule reads them.
    heard_from = models.ForeignKey(
        HeardFrom, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    came_by = models.ForeignKey(
        HeardFrom, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    queue = models.CharField(max_length=8, choices=Queue.choices, blank=True)
    review_due_at = models.DateTimeField(null=True, blank=True)
    claimed_by = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="claimed_intakes",
    )
    claimed_until = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    # Goes up with every decision, with sending and with every change of an urgent answer, so that a
    # decision made on an older page is refused.
    version = models.PositiveIntegerField(default=0)

    objects = IntakeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="intake", appointment__isnull=True, sent_for__isnull=True)
                | Q(kind="checkin", appointment__isnull=False)
                & (
                    Q(sent_at__isnull=True, sent_for__isnull=True)
                    | Q(sent_at__isnull=False, sent_for__isnull=False)
                ),
                name="intake_checkin_has_visit",
            ),
            models.UniqueConstraint(
                fields=["appointment"],
                condition=Q(kind="checkin", sent_at__isnull=True),
                name="intake_one_checkin_draft",
            ),
            models.CheckConstraint(
                condition=Q(
                    sent_at__isnull=True, as_of__isnull=True, level="", next_step__isnull=True
                )
                | (
                    Q(sent_at__isnull=False, as_of__isnull=False, next_step__isnull=False)
                    & ~Q(level="")
                    & ~Q(rules_version="")
                ),
                name="intake_sent_has_result",
            ),
            models.CheckConstraint(
                condition=Q(claimed_by__isnull=True, claimed_until__isnull=True)
                | Q(claimed_by__isnull=False, claimed_until__isnull=False),
                name="intake_claim_together",
            ),
            models.CheckConstraint(
                condition=Q(queue="", review_due_at__isnull=True)
                | (~Q(queue="") & Q(review_due_at__isnull=False)),
                name="intake_queue_has_due",
            ),
            # No dangerous answer goes unseen: urgent and red always stand in a queue.
            models.CheckConstraint(
                condition=~Q(level__in=("urgent", "red")) | ~Q(queue=""),
                name="intake_danger_is_queued",
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "sent_at"], name="intake_patient_sent"),
            models.Index(
                fields=["review_due_at"],
                name="intake_awaiting",
                condition=Q(decided_at__isnull=True, review_due_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Intake {str(self.pk)[:8]}"

    @property
    def status(self) -> Status:
        """Return the status, read from this row alone: a correction leaves that of the old row."""
        asks = self.review_due_at is not None and self.decided_at is None
        if asks or self.has_unreviewed_change:
            return self.Status.WAITING if self.sent_at else self.Status.DRAFT_WAITING
        if self.decided_at is not None:
            return self.Status.DECIDED if self.sent_at else self.Status.DRAFT_DECIDED
        return self.Status.SENT if self.sent_at else self.Status.DRAFT
