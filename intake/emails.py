"""Who at the clinic is told that something waits, without a word of what."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q

from booking.models import OpeningHours
from clinic.mail.outbox import owe
from clinic.people.models import User
from clinic.working_time import CLOSES, OPENS
from intake.models import Intake


def on_duty(now: datetime) -> list[User]:
    """Return the clinicians with hours today; outside clinic hours all of them and the managers."""
    local = now.astimezone(ZoneInfo(settings.CLINIC_TIME_ZONE))
    today = OpeningHours.objects.filter(
        Q(valid_from__isnull=True) | Q(valid_from__lte=local.date()),
        Q(valid_until__isnull=True) | Q(valid_until__gte=local.date()),
        weekday=local.weekday(),
    )
    staff = User.objects.filter(is_active=True)
    clinicians = staff.filter(clinician__is_active=True)
    working = clinicians.filter(clinician__in=today.values("clinician")).distinct()
    if OPENS <= local.time() < CLOSES and (found := list(working.order_by("pk"))):
        return found
    return list(staff.filter(Q(clinician__is_active=True) | Q(is_manager=True)).order_by("pk"))


def owe_staff_look(intake: Intake, *, about: str, rev: int, now: datetime) -> None:
    """Owe everybody on duty a mail that says only: please look. In the caller's transaction."""
    for user in on_duty(now):
        owe(kind="staff_look", about=f"{about} {user.pk}", rev=rev, user=user, due_at=now)
