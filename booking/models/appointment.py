"""`Appointment`: whatever occupies a clinician with a patient, from a hold to a finished visit."""

import uuid
from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from booking.constraints import NoOverlap
from booking.models.offer import LONGEST_VISIT, Policy, Room, Service
from booking.models.package import Enrollment
from booking.models.referral import Referral
from clinic.database.sealed import SealedJSONField
from clinic.database.transitions import NEW, Guarded, Transitions
from clinic.database.triggers import RowRule
from clinic.models.people import Clinician, Patient, User
from clinic.practice.promised import StartPromised, promise_constraint

# Statuses that occupy time, also after the visit took place or was missed.
BLOCKING = ("held", "booked", "arrived", "completed", "no_show")
# Statuses of an appointment that is still ahead or under way.
LIVE = ("held", "booked", "arrived")


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def blocking(self) -> "AppointmentQuerySet":
        """Return the appointments whose time nobody else can have."""
        return self.filter(status__in=BLOCKING)

    def agreed(self) -> "AppointmentQuerySet":
        """Return the visits that were booked at some time, whatever happened to them; no holds."""
        return self.exclude(status__in=("held", "released"))

    def upcoming(self, now: datetime) -> "AppointmentQuerySet":
        """Return the booked visits that have not started at `now`."""
        return self.filter(status="booked", starts_at__gt=now)

    def touching(self, start: datetime, end: datetime) -> "AppointmentQuerySet":
        """Return the appointments whose occupied time, buffers included, overlaps [start, end)."""
        # No visit is longer than LONGEST_VISIT, so the bounds on the start exclude nothing. Without
        # them PostgreSQL takes the other two for independent, expects a seventh of all rows there
        # ever were, and reads the whole table.
        near = self.filter(starts_at__gt=start - LONGEST_VISIT, starts_at__lt=end + LONGEST_VISIT)
        return near.filter(busy_from__lt=end, busy_until__gt=start)

    def provisional(self) -> "AppointmentQuerySet":
        """Return the booked visits that wait for the patient to confirm them."""
        return self.filter(status="booked", confirm_by__isnull=False)

    def stale_holds(self, now: datetime) -> "AppointmentQuerySet":
        """Return the holds that have expired at `now` and have not been released yet."""
        return self.filter(status="held", hold_until__lte=now)

    def give_back(self) -> int:
        """Release the holds among these appointments and return how many there were."""
        return self.filter(status="held").update(status="released")


class Appointment(StartPromised, Guarded):
    """A visit, or the hold of one.

    `starts_at` and `ends_at` are what the patient is told; `busy_from` and `busy_until` include the
    buffers. The wall time that was promised is kept beside `starts_at`. A move or a cancellation
    raises `rev`, which pages send back to prove that they are up to date. `cycle` counts the
    bookings of this row in the ledger: an undo raises it.
    """

    class Status(models.TextChoices):
        HELD = "held", _("Held")
        BOOKED = "booked", _("Booked")
        ARRIVED = "arrived", _("Arrived")
        COMPLETED = "completed", _("Completed")
        NO_SHOW = "no_show", _("No-show")
        CANCELLED = "cancelled", _("Cancelled")
        RELEASED = "released", _("Released")

    # A move leaves the status as it is. A released hold can still be confirmed while its time is
    # free: a patient who comes back a minute late should not start again.
    TRANSITIONS = Transitions(
        {
            NEW: {
                Status.HELD: ("hold_slot", "hold_plan", "offer_free_times"),
                Status.BOOKED: ("book_by_staff", "book_plan_by_staff", "import_some"),
                # Took place in another system.
                Status.COMPLETED: ("import_some",),
            },
            Status.HELD: {
                Status.HELD: (
                    "renew_hold",
                    "renew_plan",
                    "decline_offer",
                    "undo_decline",
                    "restore_promised_time",
                ),
                Status.BOOKED: ("confirm_hold", "confirm_plan", "accept_offer"),
                Status.RELEASED: (
                    "release_holds",
                    "clear_stale_holds",
                    "accept_offer",
                    "decline_offer",
                    "withdraw_wish",
                    "offer_free_times",
                    "end",
                ),
            },
            Status.BOOKED: {
                Status.BOOKED: (
                    "move_appointment",
                    "move_visits",
                    "confirm_visit",
                    "confirm_by_staff",
                    "tell_desk",
                    "set_aside",
                    "put_back",
                    "allow_outside_hours",
                    "restore_promised_time",
                    "promise_shown_time",
                ),
                Status.ARRIVED: ("mark_arrived",),
                Status.NO_SHOW: ("mark_no_show",),
                Status.CANCELLED: (
                    "cancel_appointment",
                    "cancel_with_following",
                    "let_go_unconfirmed",
                    "let_go_all",
                    "undo_some",
                ),
            },
            Status.ARRIVED: {
                Status.BOOKED: ("undo_mark",),
                Status.COMPLETED: ("mark_completed",),
            },
            Status.COMPLETED: {Status.ARRIVED: ("undo_mark",)},
            Status.NO_SHOW: {Status.BOOKED: ("undo_mark",)},
            Status.CANCELLED: {Status.BOOKED: ("undo_cancel",)},
            Status.RELEASED: {Status.BOOKED: ("confirm_hold", "confirm_plan")},
        }
    )

    class Attention(models.TextChoices):
        NONE = "", _("None")
        RED = "red", _("No impact until reviewed")
        STOP = "stop", _("Call first")
        CHECK_IN_DUE = "check_in_due", _("Check-in due")
        # Something is open on another record that may be hers.
        COMPARE = "compare", _("Compare two records")

    class ExamWish(models.TextChoices):
        """What the patient wishes about an internal exam, for the clinician. Never a consent."""

        NOT_SAID = "", _("Not said")
        RATHER_NOT = "rather_not", _("I’d rather not have an internal exam")
        TALK = "talk", _("Let’s talk about it at the visit")

    class Word(models.TextChoices):
        """What a patient can tell the desk about a visit, without changing anything."""

        LATE = "late", _("I’m running late")
        BABY_SICK = "baby_sick", _("My baby is sick")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="appointments")
    clinician = models.ForeignKey(Clinician, on_delete=models.PROTECT, related_name="appointments")
    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="appointments")
    service = models.ForeignKey(Service, on_delete=models.PROTECT)
    enrollment = models.ForeignKey(
        Enrollment,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="appointments",
    )
    # Within a package which visit of its version it is, and which step of the protocol; null
    # for an evaluation and a follow-up.
    visit_number = models.PositiveSmallIntegerField(null=True, blank=True)
    step = models.PositiveSmallIntegerField(null=True, blank=True)
    referral = models.ForeignKey(Referral, null=True, blank=True, on_delete=models.PROTECT)
    # The policy and the price at the time of booking: later changes of either do not reach it.
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT)
    price_cents = models.PositiveIntegerField(null=True, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    busy_from = models.DateTimeField()
    busy_until = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status.choices)
    hold_until = models.DateTimeField(null=True, blank=True)
    # A keyed hash of the browser session, or "offer:" and the id of a waitlist offer.
    holder_key = models.CharField(max_length=64, blank=True)
    hold_renewals = models.PositiveSmallIntegerField(default=0)
    rev = models.PositiveIntegerField(default=0)
    cycle = models.PositiveSmallIntegerField(default=0)
    booked_at = models.DateTimeField(null=True, blank=True)
    booked_by_staff = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # Until when the patient must confirm that the mailbox is hers; null for a confirmed visit. It
    # stays on a visit that was let go because nobody did.
    confirm_by = models.DateTimeField(null=True, blank=True)
    # A keyed hash of the network from which somebody without a proven mailbox holds or booked it;
    # the address itself is not stored.
    network_key = models.CharField(max_length=64, blank=True)
    # What she told the desk from the visit's page, a `Word`; sealed, as it may be about the baby.
    told = SealedJSONField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by_clinic = models.BooleanField(default=False)
    cancelled_late = models.BooleanField(default=False)
    # Null, not empty, without a reason: the constraints below leave out rows that have one. It lets
    # the clinician and the room overlap, never the patient.
    overlap_reason = SealedJSONField(null=True, blank=True)
    early_reason = SealedJSONField(default="", blank=True)
    # Staff let it stay although the opening hours changed. No work list shows it until it moves.
    stays_outside_hours = models.BooleanField(default=False)
    # On the pinboard: staff look for another time, and this one stays taken meanwhile.
    set_aside_at = models.DateTimeField(null=True, blank=True)
    attention = models.CharField(max_length=12, choices=Attention.choices, blank=True)
    exam_wish = SealedJSONField(choices=ExamWish.choices, default=ExamWish.NOT_SAID, blank=True)
    is_sample = models.BooleanField(default=False)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        constraints = [
            NoOverlap(
                name="appointment_clinician_no_overlap",
                within=("clinician",),
                range=("busy_from", "busy_until"),
                condition=Q(status__in=BLOCKING) & Q(overlap_reason__isnull=True),
                violation_error_message=_("The clinician is taken at this time."),
            ),
            NoOverlap(
                name="appointment_room_no_overlap",
                within=("room",),
                range=("busy_from", "busy_until"),
                condition=Q(status__in=BLOCKING) & Q(overlap_reason__isnull=True),
                violation_error_message=_("The room is taken at this time."),
            ),
            # Buffers are for the clinician and the room; the patient is busy for the visit alone.
            NoOverlap(
                name="appointment_patient_no_overlap",
                within=("patient",),
                range=("starts_at", "ends_at"),
                condition=Q(status__in=LIVE),
                violation_error_message=_("The patient has another appointment at this time."),
            ),
            # A missed visit may be booked again, so "no_show" is left out.
            models.UniqueConstraint(
                fields=["enrollment", "visit_number"],
                condition=Q(status__in=("held", "booked", "arrived", "completed")),
                name="appointment_visit_once",
            ),
            promise_constraint(
                "appointment_promise", "starts_at", "promised_start", "start_offset"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="appointment_end_after_start",
            ),
            models.CheckConstraint(
                condition=Q(busy_from__lte=F("starts_at"), busy_until__gte=F("ends_at")),
                name="appointment_busy_covers_visit",
            ),
            models.CheckConstraint(
                condition=Q(enrollment__isnull=True, visit_number__isnull=True, step__isnull=True)
                | Q(enrollment__isnull=False, visit_number__isnull=False, step__isnull=False),
                name="appointment_visit_of_package",
            ),
            RowRule(
                name="appointment_visit_of_version",
                applies="NEW.enrollment_id IS NOT NULL",
                holds=(
                    "EXISTS (SELECT 1 FROM booking_enrollment enrollment"
                    " JOIN booking_packagevisit visit ON visit.version_id = enrollment.version_id"
                    " WHERE enrollment.id = NEW.enrollment_id"
                    " AND visit.number = NEW.visit_number AND visit.step = NEW.step)"
                ),
                columns=("enrollment_id", "visit_number", "step"),
            ),
            models.CheckConstraint(
                condition=~Q(status="held") | (Q(hold_until__isnull=False) & ~Q(holder_key="")),
                name="appointment_hold_has_end",
            ),
            models.CheckConstraint(
                condition=Q(status__in=("held", "released")) | Q(booked_at__isnull=False),
                name="appointment_booked_has_time",
            ),
            # Whoever sees her, or books for her, has confirmed the visit. "Released" is for the
            # moment in which several visits move at once.
            models.CheckConstraint(
                condition=Q(confirm_by__isnull=True)
                | Q(status__in=("cancelled", "released"), booked_by_staff__isnull=True)
                | Q(status="booked", booked_by_staff__isnull=True) & ~Q(network_key=""),
                name="appointment_provisional_is_booked_online",
            ),
            models.CheckConstraint(
                condition=Q(told__isnull=True, told_at__isnull=True)
                | Q(told__isnull=False, told_at__isnull=False),
                name="appointment_told_together",
            ),
            models.CheckConstraint(
                condition=~Q(status="cancelled") | Q(cancelled_at__isnull=False),
                name="appointment_cancelled_has_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["clinician", "busy_from", "busy_until"],
                name="appointment_busy",
                condition=Q(status__in=BLOCKING),
            ),
            models.Index(
                fields=["room", "busy_from", "busy_until"],
                name="appointment_room_busy",
                condition=Q(status__in=BLOCKING),
            ),
            models.Index(fields=["starts_at"], name="appointment_starts"),
            models.Index(fields=["patient", "starts_at"], name="appointment_patient_starts"),
            models.Index(
                fields=["holder_key"],
                name="appointment_held",
                condition=Q(status="held"),
            ),
            models.Index(
                fields=["confirm_by"],
                name="appointment_provisional",
                condition=Q(status="booked", confirm_by__isnull=False),
            ),
            models.Index(
                fields=["network_key"],
                name="appointment_network",
                condition=Q(status__in=("held", "booked")) & ~Q(network_key=""),
            ),
            models.Index(
                fields=["told_at"],
                name="appointment_told",
                condition=Q(status="booked", told_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Appointment {str(self.pk)[:8]}"

    @property
    def is_provisional(self) -> bool:
        """Whether it is booked and waits for the patient to confirm it."""
        return self.status == self.Status.BOOKED and self.confirm_by is not None

    @property
    def minutes(self) -> int:
        """How long the visit takes: as it was booked, whatever its service takes by now."""
        return (self.ends_at - self.starts_at) // timedelta(minutes=1)

    @property
    def is_let_go(self) -> bool:
        """Whether the clinic gave the time to others because nobody confirmed it."""
        return self.cancelled_by_clinic and self.confirm_by is not None

    @property
    def told_words(self) -> str:
        """What the patient told the desk about the visit, in words; empty if nothing."""
        if self.told_at is None:
            return ""
        return str(dict(self.Word.choices).get(self.told, ""))

    @property
    def visit_count(self) -> int | None:
        """How many visits its package has, None outside of one.

        Lists read it along with `select_related("enrollment__version")`.
        """
        return self.enrollment.version.visit_count if self.enrollment is not None else None

    def be_confirmed(self) -> None:
        """Forget, unsaved, that the visit waited to be confirmed, and from where it was booked."""
        self.confirm_by, self.network_key = None, ""
