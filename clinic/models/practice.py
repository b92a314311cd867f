"""The clinic itself: its facts, weekly hours, mail tests, and where patients hear of it."""

import uuid
from datetime import date

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
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
    # They stand on receipts once they are entered.
    tax_number = models.CharField(max_length=40, blank=True)
    provider_number = models.CharField(max_length=40, blank=True)
    # A page of the clinic's own payment provider. No card data ever reaches this site.
    payment_link = models.CharField(max_length=200, blank=True)
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


class HeardFromQuerySet(models.QuerySet["HeardFrom"]):
    def asked(self) -> "HeardFromQuerySet":
        """Return what stands among the answers of the question."""
        return self.filter(is_asked=True)


class HeardFrom(models.Model):
    """One place where patients hear of the clinic: an answer to choose, and a link of its own.

    `code` stands in the link, `?from=k7m4p`. It is random and says nothing, since it stays in
    addresses. A row is never deleted: flyers hang for years, and a form may refer to it.
    """

    name = models.CharField(
        max_length=60,
        unique=True,
        error_messages={"unique": _("This one is on the list already.")},
    )
    code = models.CharField(max_length=5, unique=True)
    is_asked = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=50)

    objects = HeardFromQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                Lower("name"),
                name="heard_from_name_once",
                violation_error_message=_("This one is on the list already."),
            ),
            models.CheckConstraint(
                condition=Q(position__range=(1, 99)), name="heard_from_position"
            ),
        ]

    def __str__(self) -> str:
        return f"Heard from #{self.pk}"


class LinkCount(models.Model):
    """How often the links of one place were opened in a month of the clinic.

    A number without a person: who opened them is stored nowhere. `month` is its first day.
    """

    heard_from = models.ForeignKey(HeardFrom, on_delete=models.PROTECT, related_name="counts")
    month = models.DateField()
    opened = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["heard_from", "month"], name="link_count_once"),
        ]

    def __str__(self) -> str:
        return f"Link count #{self.pk}"
