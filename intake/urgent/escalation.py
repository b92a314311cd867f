"""Owe staff mails about what has waited too long. Running it twice owes nothing twice."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max

from clinic.database.retrying import retried
from clinic.messages.outbox import owe
from clinic.models.messages import Email
from clinic.models.people import User
from clinic.practice.wall_time import clinic_date
from intake.episodes.due_times import holidays
from intake.episodes.staff_counts import staff_counts_at
from intake.episodes.staff_messages import (
    OVERDUE_CALL,
    STAFF_MAIL_LIVES,
    WAITING_COUNTS,
    clinicians_and_managers,
    managers,
)
from intake.models import Task
from intake.urgent.escalation_times import counts_time, number_owed

DAY = timedelta(days=1)


@retried
def escalate(*, now: datetime) -> int:
    """Owe the mails about overdue urgent calls and the day's counts; return how many.

    The alarm on staff pages does not depend on this. It is read from the calls themselves and
    appears even when neither mail nor broker works.
    """
    return _about_overdue_calls(now) + _the_days_counts(now)


def _about_overdue_calls(now: datetime) -> int:
    overdue = list(Task.objects.open().urgent_calls().filter(due_at__lte=now))
    if not overdue:
        return 0
    people = clinicians_and_managers()
    # Once for all calls: from the earliest due time on.
    off = holidays(min(call.due_at for call in overdue), until=now)
    owed = 0
    for call in overdue:
        # What each mail is about: with kind and rev it is unique, so a second run adds no row.
        keys = {f"task:{call.pk} {user.pk}": user for user in people}
        number = number_owed(
            call.due_at,
            now,
            owed_so_far=_owed_so_far(keys),
            zone=settings.CLINIC_TIME_ZONE,
            holidays=off,
        )
        if number is not None:
            for about, user in keys.items():
                owe(
                    kind=OVERDUE_CALL,
                    about=about,
                    rev=number,
                    user=user,
                    due_at=now,
                    useless_after=now + STAFF_MAIL_LIVES,
                )
            owed += len(keys)
    return owed


def _owed_so_far(keys: dict[str, User]) -> int:
    owed = Email.objects.filter(kind=OVERDUE_CALL, about__in=keys)
    return owed.aggregate(last=Max("rev"))["last"] or 0


def _the_days_counts(now: datetime) -> int:
    """Owe the managers the counts of what waited at 8:00, if anything did; return how many."""
    eight = counts_time(now, zone=settings.CLINIC_TIME_ZONE)
    # The number of the day is the rev, so each manager gets one such mail a day.
    day = clinic_date(now, settings.CLINIC_TIME_ZONE).toordinal()
    keys = {f"counts {user.pk}": user for user in managers()}
    owed = Email.objects.filter(kind=WAITING_COUNTS, about__in=keys, rev=day)
    if now < eight or owed.exists():
        return 0
    # As it was at 8:00, however late this runs.
    if not staff_counts_at(eight, arrived_by=eight).has_any:
        return 0
    for about, user in keys.items():
        owe(
            kind=WAITING_COUNTS,
            about=about,
            rev=day,
            user=user,
            due_at=eight,
            useless_after=eight + DAY,
        )
    return len(keys)
