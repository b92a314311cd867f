"""The waitlist: wishes for an earlier time, and a log of every offer that explains the order."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.models.appointment import Appointment
from booking.models.offer import Service
from clinic.models.people import Clinician, Patient
from clinic.practice.promised import StartPromised, promise_constraint


class EarlierWish(models.Model):
    """One patient's wish to be offered an earlier time for a service.

    Without a clinician, anyone will do. A patient has one open wish at most for each service.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="earlier_wishes")
    service = models.ForeignKey(Service, on_delete=models.PROTECT)
    clinician = models.ForeignKey(Clinician, null=True, blank=True, on_delete=models.PROTECT)
    # Weekdays from 0 (Monday), and values of booking.scheduling.parts_of_day.Part; empty means any.
    weekdays = models.JSONField(default=list)
    parts = models.JSONField(default=list)
    made_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["made_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "service"],
                condition=Q(closed_at__isnull=True),
                name="earlier_wish_one_open",
            )
        ]

    def __str__(self) -> str:
        return f"Earlier wish {str(self.pk)[:8]}"


class SlotOffer(StartPromised):
    """One time offered to one patient.

    Its hold takes the time in the calendar, so it is never offered to two patients at once.
    """

    class Outcome(models.TextChoices):
        OPEN = "", _("Waiting for an answer")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")
        EXPIRED = "expired", _("No answer in time")
        # Accepted, and taken back within the minutes after.
        UNDONE = "undone", _("Taken back")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    wish = models.ForeignKey(EarlierWish, on_delete=models.PROTECT, related_name="offers")
    hold = models.OneToOneField(Appointment, on_delete=models.PROTECT, related_name="offer")
    # Why it was this patient's turn: a booking.waitlist.priority.Priority, and how many waited.
    priority = models.PositiveSmallIntegerField()
    waiting_then = models.PositiveIntegerField()
    starts_at = models.DateTimeField()
    clinician = models.ForeignKey(Clinician, on_delete=models.PROTECT)
    offered_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    outcome = models.CharField(max_length=8, choices=Outcome.choices, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    # The visit that an accepted offer booked or moved, and where it was before it moved, so that
    # she can take it back.
    visit = models.ForeignKey(
        Appointment, null=True, blank=True, on_delete=models.PROTECT, related_name="offers_taken"
    )
    moved_from = models.DateTimeField(null=True, blank=True)
    moved_from_clinician = models.ForeignKey(
        Clinician, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-offered_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["wish"], condition=Q(outcome=""), name="slot_offer_one_open"
            ),
            models.CheckConstraint(
                condition=Q(outcome="", closed_at__isnull=True)
                | (~Q(outcome="") & Q(closed_at__isnull=False)),
                name="slot_offer_closed_together",
            ),
            promise_constraint("slot_offer_promise", "starts_at", "promised_start", "start_offset"),
        ]

    def __str__(self) -> str:
        return f"Offer {str(self.pk)[:8]}"
