"""Opening hours of clinicians and rooms, and the exceptions: extra openings and closures."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from booking.models.offer import Room
from clinic.models.people import Clinician, User
from clinic.practice.promised import BothPromised, promise_constraint


def _as_entered(name: str) -> list[models.CheckConstraint]:
    """Return the constraints that a row begins and ends as its promised wall times say."""
    return [
        promise_constraint(f"{name}_start_promise", "starts_at", "promised_start", "start_offset"),
        promise_constraint(f"{name}_end_promise", "ends_at", "promised_end", "end_offset"),
    ]


def _owned_by_one(name: str) -> models.CheckConstraint:
    """Return the constraint that a row belongs to a clinician or to a room, not to both."""
    return models.CheckConstraint(
        condition=Q(clinician__isnull=False, room__isnull=True)
        | Q(clinician__isnull=True, room__isnull=False),
        name=name,
    )


class OpeningHours(models.Model):
    """One range of hours on one weekday, of a clinician or of a room, in clinic wall time.

    In force from `valid_from` to `valid_until`, both included; null leaves that side open. A
    clinician sees patients only within her hours. A room may be used at any time on a date on which
    none of its own hours are in force.
    """

    # One table for both owners, because it is one rule (docs/decisions/0036-hours-of-rooms.md).
    clinician = models.ForeignKey(
        Clinician, null=True, blank=True, on_delete=models.CASCADE, related_name="opening_hours"
    )
    room = models.ForeignKey(
        Room, null=True, blank=True, on_delete=models.CASCADE, related_name="opening_hours"
    )
    weekday = models.PositiveSmallIntegerField(help_text="0 Monday to 6 Sunday")
    starts = models.TimeField()
    ends = models.TimeField()
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["clinician_id", "room_id", "weekday", "starts"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts")),
                name="hours_end_after_start",
                violation_error_message=_("Opening hours end after they start."),
            ),
            models.CheckConstraint(condition=Q(weekday__range=(0, 6)), name="hours_weekday"),
            _owned_by_one("hours_of_clinician_or_room"),
        ]

    def __str__(self) -> str:
        return f"Opening hours #{self.pk}"


class ExtraOpening(BothPromised):
    """One time at which a clinician or a room is open in addition to the weekly hours.

    A half-open interval in UTC, with the wall times that were entered. Where a closure overlaps it,
    the closure wins.
    """

    clinician = models.ForeignKey(
        Clinician, null=True, blank=True, on_delete=models.CASCADE, related_name="extra_openings"
    )
    room = models.ForeignKey(
        Room, null=True, blank=True, on_delete=models.CASCADE, related_name="extra_openings"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    label = models.CharField(_("label"), max_length=60, blank=True)
    made_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT)

    class Meta:
        ordering = ["starts_at"]
        indexes = [models.Index(fields=["clinician", "ends_at"], name="extra_opening_ends")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="extra_opening_end_after_start",
                violation_error_message=_("An opening ends after it starts."),
            ),
            _owned_by_one("extra_opening_of_clinician_or_room"),
            *_as_entered("extra_opening"),
        ]

    def __str__(self) -> str:
        return f"Extra opening #{self.pk}"


class Closure(BothPromised):
    """Time off of one clinician, of one room, or of the whole clinic when neither is set.

    A half-open interval in UTC, with the wall times that were entered. No constraint forbids it
    over a booked visit: booking checks for closures under the clinician's lock, and staff get a
    list of the visits that a new one meets.
    """

    clinician = models.ForeignKey(
        Clinician,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="closures",
    )
    room = models.ForeignKey(
        Room, null=True, blank=True, on_delete=models.CASCADE, related_name="closures"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    label = models.CharField(_("label"), max_length=60, blank=True)
    made_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT)

    class Meta:
        ordering = ["starts_at"]
        indexes = [models.Index(fields=["ends_at"], name="closure_ends")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="closure_end_after_start",
                violation_error_message=_("Time off ends after it starts."),
            ),
            *_as_entered("closure"),
        ]

    def __str__(self) -> str:
        return f"Closure #{self.pk}"
