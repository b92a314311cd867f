"""Owe staff mails about what has waited too long. Running it twice owes nothing twice."""

from datetime import datetime, time, timedelta

from django.conf import settings
from django.db.models import Max

from booking.opening_hours.queries import clinic_open_times
from clinic.database.retrying import retried
from clinic.messages.outbox import owe
from clinic.models.messages import Email
from clinic.practice.wall_time import clinic_date, instant
from intake.episodes.staff_counts import open_calls, staff_counts_at
from intake.episodes.staff_messages import (
    GATHERED,
    OVERDUE_CALL,
    STAFF_MAIL_LIVES,
    WAITING_COUNTS,
    alarmed_at,
    counted_to,
)
from intake.urgent.escalation_times import counts_time, is_mail_owed

DAY = timedelta(days=1)


@retried
def escalate(*, now: datetime) -> int:
    """Owe the mails about overdue urgent calls and the day's counts; return how many.

    The alarm on staff pages does not depend on this. It is read from the calls themselves and
    appears even when neither mail nor broker works.
    """
    return _about_overdue_calls(now) + _the_days_counts(now)


def _about_overdue_calls(now: datetime) -> int:
    """Owe everybody one mail about all calls that are overdue, if it is time; return how many."""
    calls = open_calls().filter(due_at__lte=now).order_by("due_at", "pk")
    overdue = list(calls.values_list("pk", "due_at"))
    if not overdue:
        return 0
    oldest, first_due_at = overdue[0]
    last_at = Email.objects.filter(kind=OVERDUE_CALL).aggregate(last=Max("due_at"))["last"]
    if not is_mail_owed(
        [due_at for _, due_at in overdue],
        now,
        last_at=last_at,
        gap=GATHERED,
        open_times=clinic_open_times(first_due_at, now),
    ):
        return 0
    people = alarmed_at(now)
    for user in people:
        owe(
            kind=OVERDUE_CALL,
            about=f"task:{oldest} {user.pk}",
            # The number of the half hour: two runs at once owe one mail.
            rev=int(now.timestamp() // GATHERED.total_seconds()),
            user=user,
            due_at=now,
            useless_after=now + STAFF_MAIL_LIVES,
        )
    return len(people)


def _the_days_counts(now: datetime) -> int:
    """Owe the counts of what waited at 8:00 to who works today, if anything did; return how many.

    On a day on which the clinic is closed and nobody works there are none.
    """
    zone = settings.CLINIC_TIME_ZONE
    eight = counts_time(now, zone=zone)
    # The number of the day is the rev, so each person gets one such mail a day.
    today = clinic_date(now, zone)
    rev = today.toordinal()
    if now < eight or Email.objects.filter(kind=WAITING_COUNTS, rev=rev).exists():
        return 0
    # As it was at 8:00, however late this runs.
    if not staff_counts_at(eight, arrived_by=eight).has_any:
        return 0
    begins, ends = (instant(day, time(0), zone) for day in (today, today + DAY))
    people = counted_to(eight, clinic_opens_today=bool(clinic_open_times(begins, ends)))
    for user in people:
        owe(
            kind=WAITING_COUNTS,
            about=f"counts {user.pk}",
            rev=rev,
            user=user,
            due_at=eight,
            useless_after=eight + DAY,
        )
    return len(people)
