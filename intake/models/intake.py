"""One patient's answers to one version of the questionnaire."""

import uuid
from enum import StrEnum

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.models import Appointment
from clinic.database.sealed import SealedJSONField
from clinic.database.transitions import GONE, NEW, Guarded, Transitions
from clinic.models.people import Patient, User

# A form the patient has corrected since is read in its newer version. An urgent answer she changed
# keeps its own place until somebody has looked at it, whatever she sent later.
AWAITS_REVIEW = Q(has_unreviewed_change=True) | Q(
    review_due_at__isnull=False, decided_at__isnull=True, replaced_by__sent_at__isnull=True
)


class IntakeQuerySet(models.QuerySet["Intake"]):
    def full(self) -> "IntakeQuerySet":
        """Full intakes; the short check-ins before visits left out."""
        return self.filter(kind="intake")

    def checkins(self) -> "IntakeQuerySet":
        """Check-ins only."""
        return self.filter(kind="checkin")

    def drafts(self) -> "IntakeQuerySet":
        """Intakes not sent yet."""
        return self.filter(sent_at__isnull=True)

    def sent(self) -> "IntakeQuerySet":
        """Intakes sent to the clinic."""
        return self.filter(sent_at__isnull=False)

    def awaiting_review(self) -> "IntakeQuerySet":
        """Intakes a clinician still has to decide."""
        return self.filter(AWAITS_REVIEW)


class Intake(Guarded):
    """A questionnaire under way or sent. Once sent, its answers and its result never change.

    The full intake, or the check-in before one visit: both are judged, queued, called for and
    decided alike. `raw` is what was posted, `answers` the effective answers the rules read (visible
    and cleaned); level, next step (of a check-in its outcome) and the rest are those of `as_of`, a
    date in the clinic's zone. A correction after sending is a new row that `replaces` this one.
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
        """Why it waits for a clinician; the order of the queue follows this and the due time."""

        URGENT = "urgent", _("Urgent")
        RED = "red", _("Red")
        MOOD = "mood", _("Mood")
        READING = "reading", _("To read")

    class Status(StrEnum):
        """Where it stands between the patient and the clinician; read off its dates, not stored."""

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
    # When that visit was to start when the check-in was sent: it may be moved afterwards.
    sent_for = models.DateTimeField(null=True, blank=True)
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    questionnaire_version = models.CharField(max_length=20)
    rules_version = models.CharField(max_length=20, blank=True)
    raw = SealedJSONField(default=dict)
    answers = SealedJSONField(null=True)
    scores = SealedJSONField(null=True)
    # When a form that came as a file says it was written; kept for the reader, used by nothing.
    authored = models.CharField(max_length=40, blank=True)
    started_at = models.DateTimeField()
    saved_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    as_of = models.DateField(null=True, blank=True)
    level = models.CharField(max_length=8, choices=Level.choices, blank=True)
    next_step = models.CharField(max_length=12, blank=True)
    weeks_since_birth = models.PositiveSmallIntegerField(null=True, blank=True)
    # Pages saved so far (section slugs), so that resuming opens the first gap.
    saved_sections = models.JSONField(default=list)
    has_note = models.BooleanField(default=False)
    # The patient changed an urgent answer before sending; a clinician has not looked at it yet.
    has_unreviewed_change = models.BooleanField(default=False)
    # Sent as machines send (honeypot, or seconds after loading): kept for staff, counted apart.
    set_aside = models.BooleanField(default=False)
    entered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT)
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
    # Raised by every decision, by sending and by every change of an urgent answer: a decision made
    # on an older page is refused, never merged.
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
                condition=Q(sent_at__isnull=True, as_of__isnull=True, level="", next_step="")
                | (
                    Q(sent_at__isnull=False, as_of__isnull=False)
                    & ~Q(level="")
                    & ~Q(next_step="")
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
        """Return where it stands, by its own columns; what a correction replaced stays as it is."""
        asks = self.review_due_at is not None and self.decided_at is None
        if asks or self.has_unreviewed_change:
            return self.Status.WAITING if self.sent_at else self.Status.DRAFT_WAITING
        if self.decided_at is not None:
            return self.Status.DECIDED if self.sent_at else self.Status.DRAFT_DECIDED
        return self.Status.SENT if self.sent_at else self.Status.DRAFT
