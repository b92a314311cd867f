"""The clinic itself: its weekly hours."""

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
