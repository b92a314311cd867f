"""E-mails, owed or sent, and the heartbeats of the periodic jobs."""

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from clinic.database.sealed import SealedJSONField
from clinic.database.transitions import NEW, Guarded, Transitions
from clinic.models.people import Patient, User


class EmailQuerySet(models.QuerySet["Email"]):
    def for_action(self, action: str) -> "EmailQuerySet":
        """Return the rows whose status allows this action (Email.TRANSITIONS)."""
        return self.filter(status__in=Email.TRANSITIONS.sources(action))


class Email(Guarded):
    """An e-mail to one person. Its text is rendered and its address read when it is sent.

    `about` names what it is about ("appointment:<uuid>") and `rev` the revision of that: moving a
    visit makes a new revision, and mail for an older one is skipped.
    """

    class Status(models.TextChoices):
        DUE = "due", _("Waiting")
        CLAIMED = "claimed", _("Being sent")
        SENT = "sent", _("Sent")
        SKIPPED = "skipped", _("Not sent")
        FAILED = "failed", _("Failed")
        NEEDS_HUMAN = "needs_human", _("Needs a person")

    # A mail that was handed off is sent, even if its row was withdrawn or recovered meanwhile: so
    # SENT follows every status but a new one.
    TRANSITIONS = Transitions(
        {
            NEW: {Status.DUE: ("owe", "owe_all", "owe_again")},
            Status.DUE: {
                Status.DUE: ("retry_now", "remind_by"),
                Status.CLAIMED: ("claim",),
                Status.SENT: ("send_due",),
                Status.SKIPPED: ("withdraw", "remind_by", "leave_to_a_person"),
                Status.NEEDS_HUMAN: ("hold_back", "leave_to_a_person"),
            },
            Status.CLAIMED: {
                Status.DUE: ("send_due", "give_back", "recover"),
                Status.SENT: ("send_due",),
                Status.SKIPPED: ("send_due", "leave_to_a_person"),
                Status.FAILED: ("send_due",),
                Status.NEEDS_HUMAN: ("send_due", "recover", "leave_to_a_person"),
            },
            Status.SENT: {Status.SENT: ("send_due",)},
            Status.SKIPPED: {Status.DUE: ("remind_by",), Status.SENT: ("send_due",)},
            Status.FAILED: {Status.DUE: ("retry_now",), Status.SENT: ("send_due",)},
            Status.NEEDS_HUMAN: {
                Status.DUE: ("retry_now", "let_go"),
                Status.SENT: ("send_due",),
                Status.SKIPPED: ("leave_unsent",),
                Status.NEEDS_HUMAN: ("leave_to_a_person",),
            },
        }
    )

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    about = models.CharField(max_length=80)
    rev = models.PositiveIntegerField(default=0)
    # 0 for the first mail; what is sent again is a row of its own, with the next number.
    copy = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=40)
    patient = models.ForeignKey(
        Patient, null=True, blank=True, on_delete=models.PROTECT, related_name="emails"
    )
    user = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="emails"
    )
    # What is stored nowhere else, such as a sign-in code; emptied once the mail is sent.
    payload = SealedJSONField(null=True)
    due_at = models.DateTimeField()
    # `due_at` at first; later after each failed try.
    next_try_at = models.DateTimeField()
    # From then on it is not sent any more; null if it never becomes useless.
    useless_after = models.DateTimeField(null=True, blank=True)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.DUE)
    attempts = models.PositiveSmallIntegerField(default=0)
    # When the claim of the present sender ends, and which claim it is.
    lease_until = models.DateTimeField(null=True, blank=True)
    handed_off_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    message_id = models.CharField(max_length=120, blank=True)
    reason = models.CharField(max_length=60, blank=True)
    # It was handed off before, and nobody knows whether it arrived.
    maybe_twice = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = EmailQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["about", "rev", "kind", "copy"], name="email_owed_once"
            ),
            models.CheckConstraint(
                condition=Q(patient__isnull=False) ^ Q(user__isnull=False),
                name="email_to_one_person",
            ),
            models.CheckConstraint(
                condition=~Q(status="sent") | Q(sent_at__isnull=False),
                name="email_sent_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(status="claimed") | Q(lease_until__isnull=False),
                name="email_claimed_has_lease",
            ),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], name="email_waiting", condition=Q(status="due")),
            models.Index(
                fields=["lease_until"],
                name="email_claimed",
                condition=Q(status="claimed"),
            ),
            models.Index(
                fields=["due_at"],
                name="email_needs_person",
                condition=Q(status="needs_human"),
            ),
            models.Index(fields=["patient", "due_at"], name="email_patient_due"),
            # What happened last comes first: it was sent, or else it was made.
            models.Index(Coalesce("sent_at", "created_at").desc(), "id", name="email_latest"),
        ]

    def __str__(self) -> str:
        return f"Email {str(self.pk)[:8]} ({self.kind})"


class Asked(models.Model):
    """Something that anybody can ask for: a code, a link. The sender decides who gets what.

    One row is written whatever the address is, so that neither the answer nor its time tells
    whether the clinic knows the address. The row is deleted once the sender has dealt with it;
    `failed_at` says when that went wrong.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=20)
    content = SealedJSONField()
    asked_at = models.DateTimeField()
    failed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["asked_at"], name="asked_asked_at")]

    def __str__(self) -> str:
        return f"Asked {str(self.pk)[:8]} ({self.kind})"


class Heartbeat(models.Model):
    """When a periodic job last ran to its end, or a pause of the mail sender began.

    Staff are told if the mail sender's is old.
    """

    job = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Heartbeat of {self.job}"
