"""Mails that tell staff that something waits, and the patient that there is news.

None of them says what it is about.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from booking.models import OpeningHours
from clinic.messages.outbox import Lane, Message, owe, register
from clinic.messages.rendering import rendered
from clinic.models.messages import Email
from clinic.models.people import User
from clinic.practice.working_time import CLOSES, OPENS
from intake.episodes.staff_counts import StaffCounts, staff_counts_at
from intake.episodes.undo_window import UNDO
from intake.models import Decision, Intake, Task

# A mail that could not be sent for so long is dropped: the daily counts have said the same by then.
STAFF_MAIL_LIVES = timedelta(days=7)
OVERDUE_CALL = "overdue_call"
WAITING_COUNTS = "waiting_counts"
DECISION = "decision"


def on_duty(now: datetime) -> list[User]:
    """Return who is told about something urgent at `now`.

    In clinic hours these are the clinicians with opening hours today. Outside, or when nobody has
    any, all clinicians and managers.
    """
    local = now.astimezone(ZoneInfo(settings.CLINIC_TIME_ZONE))
    today = OpeningHours.objects.filter(
        Q(valid_from__isnull=True) | Q(valid_from__lte=local.date()),
        Q(valid_until__isnull=True) | Q(valid_until__gte=local.date()),
        weekday=local.weekday(),
    )
    clinicians = User.objects.filter(is_active=True, clinician__is_active=True)
    working = clinicians.filter(clinician__opening_hours__in=today).distinct()
    if OPENS <= local.time() < CLOSES and (found := list(working.order_by("pk"))):
        return found
    return clinicians_and_managers()


def clinicians_and_managers() -> list[User]:
    """Return all active clinicians and managers: everybody who may record the outcome of a call."""
    staff = User.objects.filter(is_active=True)
    return list(staff.filter(Q(clinician__is_active=True) | Q(is_manager=True)).order_by("pk"))


def managers() -> list[User]:
    """Return the practice managers who can sign in."""
    return list(User.objects.filter(is_active=True, is_manager=True).order_by("pk"))


def owe_staff_look(intake: Intake, *, about: str, rev: int, now: datetime) -> None:
    """Owe everybody on duty a mail that says only "please look", in the caller's transaction.

    `about` and `rev` tell one occasion from another: the same pair owes no second mail.
    """
    for user in on_duty(now):
        owe(
            kind="staff_look",
            about=f"{about} {user.pk}",
            rev=rev,
            user=user,
            due_at=now,
            useless_after=now + STAFF_MAIL_LIVES,
        )


def owe_unreached(task: Task, *, rev: int, now: datetime) -> None:
    """Owe all clinicians and managers a mail that an urgent call has reached nobody so far.

    Only for urgent calls and private check-ins; for other tasks the list is enough.
    """
    if task.kind not in (Task.Kind.URGENT_CALL, Task.Kind.PRIVATE_CHECK_IN):
        return
    for user in clinicians_and_managers():
        owe(
            kind="staff_look",
            about=f"unreached:{task.pk} {user.pk}",
            rev=rev,
            user=user,
            due_at=now,
            useless_after=now + STAFF_MAIL_LIVES,
        )


def about_decision(decision: Decision) -> str:
    """Return the key by which the mail refers to a decision."""
    return f"decision:{decision.pk}"


def owe_decision(decision: Decision, *, now: datetime) -> None:
    """Owe the patient the mail that there is news, due at the end of the minute for undoing."""
    owe(
        kind=DECISION,
        about=about_decision(decision),
        patient=decision.intake.patient,
        due_at=now + UNDO,
    )


def _still_stands(email: Email, now: datetime) -> str | None:
    key = email.about.partition(":")[2]
    return None if Decision.objects.standing().filter(pk=key).exists() else "superseded"


def _decision_message(email: Email) -> Message:
    visits_url = settings.SITE_URL + reverse("visits_home")
    return rendered("intake/episodes/email/decision", {"visits_url": visits_url})


def _still_not_called(email: Email, now: datetime) -> str | None:
    """Return why staff need not be mailed, or None: recorded, or a newer mail says the same."""
    if email.user is None or not email.user.is_active:
        return "no_access"
    task_id = email.about.partition(":")[2].partition(" ")[0]  # about is "task:<id> <user>"
    if not Task.objects.open().filter(pk=task_id).exists():
        return "recorded"
    # After an outage several are owed: only the newest is sent.
    newer = Email.objects.filter(about=email.about, kind=email.kind, rev__gt=email.rev)
    return "superseded" if newer.exists() else None


def _still_waits(email: Email, now: datetime) -> str | None:
    if email.user is None or not (email.user.is_active and email.user.is_manager):
        return "no_access"
    return None if _counts(email).has_any else "nothing_waits"


def _counts(email: Email) -> StaffCounts:
    # As they were when the mail was due, so that a late mail says the same.
    return staff_counts_at(email.due_at, arrived_by=email.due_at)


def _overdue_message(email: Email) -> Message:
    calls_url = settings.SITE_URL + reverse("task_list")
    return rendered("intake/episodes/email/overdue_call", {"calls_url": calls_url})


def _counts_message(email: Email) -> Message:
    sign_in_url = settings.SITE_URL + reverse("after_sign_in")
    context = {"counts": _counts(email), "sign_in_url": sign_in_url}
    return rendered("intake/episodes/email/waiting_counts", context)


def register_kinds() -> None:
    """Register these kinds of mail."""
    register(
        OVERDUE_CALL,
        name=_("Call is late (staff)"),
        render=_overdue_message,
        still_due=_still_not_called,
        lane=Lane.URGENT,
    )
    register(
        DECISION,
        name=_("A decision was made"),
        render=_decision_message,
        still_due=_still_stands,
    )
    register(
        WAITING_COUNTS, name=_("What waits (staff)"), render=_counts_message, still_due=_still_waits
    )
