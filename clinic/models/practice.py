"""The clinic itself: its facts, its weekly hours, and tests of its mail server."""

import uuid
from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class WeeklyHoursQuerySet(models.QuerySet["WeeklyHours"]):
    def in_force(self, day: date) -> "WeeklyHoursQuerySet":
        """Return the rows that are valid on this clinic date, whatever their weekday."""
        return self.filter(
            Q(valid_from__isnull=True) | Q(valid_from__lte=day),
            Q(valid_until__isnull=True) | Q(valid_until__gte=day),
        )


class WeeklyHours(models.Model):
    """One range of the clinic's own hours on one weekday, in clinic wall time.

    These are the hours in which somebody answers the telephone: due times are counted in them, and
    public pages print them. The hours of clinicians and rooms are rows of `booking.OpeningHours`,
    and closures of the whole clinic rows of `booking.Closure`. In force from `valid_from` to
    `valid_until`, both included; null leaves that side open.
    """

    weekday = models.PositiveSmallIntegerField(help_text="0 Monday to 6 Sunday")
    starts = models.TimeField()
    ends = models.TimeField()
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)

    objects = WeeklyHoursQuerySet.as_manager()

    class Meta:
        ordering = ["weekday", "starts"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts")),
                name="weekly_hours_end_after_start",
                violation_error_message=_("The clinic closes after it opens."),
            ),
            models.CheckConstraint(condition=Q(weekday__range=(0, 6)), name="weekly_hours_weekday"),
        ]

    def __str__(self) -> str:
        return f"Weekly hours #{self.pk}"


class ClinicFacts(models.Model):
    """What pages and mails say about the clinic; one row. What is empty, nobody has entered yet.

    Every process reads it by clinic.practice.facts, never from here.
    """

    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY)
    name = models.CharField(max_length=80, blank=True)
    mail_name = models.CharField(max_length=60, blank=True)
    address = models.CharField(max_length=160, blank=True)
    door = models.CharField(max_length=160, blank=True)
    parking = models.CharField(max_length=160, blank=True)
    # As the field for telephone numbers stores it: +17815550142.
    phone = models.CharField(max_length=40, blank=True)
    crisis_line = models.CharField(max_length=160, blank=True)
    zone = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=2, blank=True)
    # When the public pages were opened; once set it stays.
    opened_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="clinic_facts_one_row"),
        ]

    def __str__(self) -> str:
        return f"Facts of the clinic #{self.pk}"


class MailTest(models.Model):
    """A mail with a code that a member of staff sent herself; the code typed says it arrived.

    `server` and `sender` are those of that day: with other ones it says nothing any more.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    asked_at = models.DateTimeField()
    digest = models.CharField(max_length=64)
    server = models.CharField(max_length=260, blank=True)
    sender = models.CharField(max_length=400)
    arrived_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Test of the mail server {str(self.pk)[:8]}"
