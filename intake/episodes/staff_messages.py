"""Mails that tell staff that something waits, and the patient that there is news.

None of them says what it is about. Staff learn how pressing it is: a call to make now, something to
read by a day and hour, and each morning the counts of everything that waits. Who is mailed, and how
many mails that makes: docs/decisions/0057-the-clinics-hours.md.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from booking.opening_hours.queries import duty_at
from clinic.messages.outbox import Lane, Message, owe, register
from clinic.messages.rendering import rendered
from clinic.models.messages import Email
from clinic.models.people import User
from clinic.practice.working_time import OpenTime, is_open, next_opening
from intake.episodes.due_times import near_due, open_times_ahead
from intake.episodes.staff_counts import (
    StaffCounts,
    calls_to_make,
    open_calls,
    staff_counts_at,
    to_read_at,
)
from intake.episodes.undo_window import UNDO
from intake.models import Decision, Task

# A mail that could not be sent for so long is dropped: the daily counts have said the same by then.
STAFF_MAIL_LIVES = timedelta(days=7)
READING_MAIL_LIVES = timedelta(days=1)
# Nobody gets two mails of one grade within this time, but those about calls to make at once.
GATHERED = timedelta(minutes=30)
# What is due so soon after the clinic opens is mailed before it opens.
SOON_AFTER_OPENING = timedelta(hours=1)
# A mail of these statuses was sent or will be.
GOES = (Email.Status.DUE, Email.Status.CLAIMED, Email.Status.SENT)
OVERDUE_CALL = "overdue_call"
WAITING_COUNTS = "waiting_counts"
DECISION = "decision"


class Grade(StrEnum):
    """How pressing a mail to staff is; the values are kinds of mail.

    What is neither stands in the counts of the next morning and needs no mail of its own.
    """

    CALL = "call_now"
    READ = "read_by"


def told_at(now: datetime) -> list[User]:
    """Return who is mailed at `now` about something new: those on duty who are not away that day.

    When nobody is left, all active clinicians and the managers.
    """
    duty = duty_at(now)
    return [one for one in duty.on_duty if one not in duty.away] or clinicians_and_managers()


def alarmed_at(now: datetime) -> list[User]:
    """Return who is mailed about what has waited too long: everybody who is not away that day.

    When every clinician is away, all of them and the managers.
    """
    duty, everybody = duty_at(now), clinicians_and_managers()
    if set(duty.clinicians) <= set(duty.away):
        return everybody
    return [one for one in everybody if one not in duty.away]


def counted_to(now: datetime, *, clinic_opens_today: bool) -> list[User]:
    """Return who gets the counts of the day: the clinicians who work on it, and the managers.

    On a day on which the clinic is closed it is those clinicians alone. When it opens and no
    clinician works, all of them and the managers.
    """
    duty = duty_at(now)
    if not clinic_opens_today:
        return list(duty.works_today)
    if not duty.works_today:
        return clinicians_and_managers()
    others = [one for one in managers() if one not in duty.works_today and one not in duty.away]
    return [*duty.works_today, *others]


def clinicians_and_managers() -> list[User]:
    """Return all active clinicians and managers: everybody who may record the outcome of a call."""
    staff = User.objects.filter(is_active=True)
    return list(staff.filter(Q(clinician__is_active=True) | Q(is_manager=True)).order_by("pk"))


def managers() -> list[User]:
    """Return the practice managers who can sign in."""
    return list(User.objects.filter(is_active=True, is_manager=True).order_by("pk"))


def owe_staff_look(
    *, about: str, rev: int, grade: Grade, now: datetime, due_at: datetime | None = None
) -> None:
    """Owe those on duty a mail about something new, in the caller's transaction.

    It says how pressing that is and how much of it waits, never what it is about. A call to make is
    mailed at once; `about` and `rev` tell one occasion from another, the same pair owes no second
    mail. What is to be read is gathered for half an hour, and waits until the clinic opens unless
    its own `due_at` would come too soon after.
    """
    if grade == Grade.CALL:
        _owe_call_mail(told_at(now), about=about, rev=rev, now=now)
        return
    mail_at = gathered_until(now, open_times_ahead(now), due_at=due_at)
    for user in told_at(mail_at):
        _gather(user, mail_at)


def owe_unreached(task: Task, *, rev: int, now: datetime) -> None:
    """Owe everybody who is not away a mail that a task has reached nobody so far."""
    _owe_call_mail(alarmed_at(now), about=f"unreached:{task.pk}", rev=rev, now=now)


def _owe_call_mail(people: Sequence[User], *, about: str, rev: int, now: datetime) -> None:
    for user in people:
        owe(
            kind=Grade.CALL,
            about=f"{about} {user.pk}",
            rev=rev,
            user=user,
            due_at=now,
            useless_after=now + STAFF_MAIL_LIVES,
        )


def gathered_until(
    now: datetime, open_times: Sequence[OpenTime], *, due_at: datetime | None
) -> datetime:
    """Return when what came at `now` is mailed (UTC): the next half hour within clinic hours.

    The next half hour at once when nothing opens, or when what came is due within an hour of the
    opening.
    """
    soon = _half_hour_after(now)
    if is_open(soon, open_times):
        return soon
    opens = next_opening(soon, open_times)
    if opens is None or (due_at is not None and due_at < opens + SOON_AFTER_OPENING):
        return soon
    # One microsecond before, since the mail may go in the very moment of opening.
    return _half_hour_after(opens - timedelta(microseconds=1))


def _half_hour_after(at: datetime) -> datetime:
    """Return the first instant later than `at` that is a whole number of half hours since 1970."""
    return datetime.fromtimestamp(0, UTC) + (_half_hours(at) + 1) * GATHERED


def _half_hours(at: datetime) -> int:
    return (at - datetime.fromtimestamp(0, UTC)) // GATHERED


def _gather(user: User, mail_at: datetime) -> None:
    """Owe this person the mail of that half hour, or of the next one whose mail has not gone yet.

    The row stays locked until the caller's transaction ends, and the sender passes over it: so the
    mail, which counts what waits when it is written, counts what the caller is writing too.
    """
    while True:
        email = owe(
            kind=Grade.READ,
            about=f"read {user.pk}",
            rev=_half_hours(mail_at),
            user=user,
            due_at=mail_at,
            useless_after=mail_at + READING_MAIL_LIVES,
        )
        waiting = Email.objects.filter(pk=email.pk, status=Email.Status.DUE)
        if waiting.select_for_update().first() is not None:
            return
        mail_at += GATHERED


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


def _why_not_to(user: User | None) -> str | None:
    """Return why this member of staff is mailed nothing, or None."""
    may_act = user is not None and user.is_active and (user.is_clinician or user.is_manager)
    return None if may_act else "no_access"


def _still_to_call(email: Email, now: datetime) -> str | None:
    """Return why staff need not be mailed, or None: all called, or a newer mail says the same."""
    if (reason := _why_not_to(email.user)) is not None:
        return reason
    if not calls_to_make().exists():
        return "recorded"
    # Each mail counts everything that waits, so after an outage only the newest is sent.
    newer = Email.objects.filter(
        user=email.user, kind=email.kind, due_at__gt=email.due_at, status__in=GOES
    )
    return "superseded" if newer.exists() else None


def _still_overdue(email: Email, now: datetime) -> str | None:
    if not open_calls().filter(due_at__lte=now).exists():
        return _why_not_to(email.user) or "recorded"
    return _still_to_call(email, now)


def _still_to_read(email: Email, now: datetime) -> str | None:
    if (reason := _why_not_to(email.user)) is not None:
        return reason
    return None if to_read_at(now).count else "nothing_waits"


def _still_waits(email: Email, now: datetime) -> str | None:
    if (reason := _why_not_to(email.user)) is not None:
        return reason
    return None if _counts(email).has_any else "nothing_waits"


def _counts(email: Email) -> StaffCounts:
    # As they were when the mail was due, so that a late mail says the same.
    return staff_counts_at(email.due_at, arrived_by=email.due_at)


def _sent_at(email: Email) -> datetime:
    """Return when the mail is sent; of one that was not sent yet, when it is due."""
    return email.handed_off_at or email.due_at


def _call_message(email: Email) -> Message:
    return _about_calls("call_now", {"count": calls_to_make().count()})


def _overdue_message(email: Email) -> Message:
    counts = staff_counts_at(_sent_at(email))
    return _about_calls("overdue_call", {"count": counts.calls_overdue})


def _about_calls(name: str, context: dict[str, object]) -> Message:
    calls_url = settings.SITE_URL + reverse("task_list") + "?tab=calls"
    return rendered(f"intake/episodes/email/{name}", {"calls_url": calls_url, **context})


def _read_message(email: Email) -> Message:
    now = _sent_at(email)
    waiting = to_read_at(now)
    first = waiting.first_due_at
    context = {
        "count": waiting.count,
        "by": near_due(first, now) if first is not None else "",
        "sign_in_url": settings.SITE_URL + reverse("after_sign_in"),
    }
    return rendered("intake/episodes/email/read_by", context)


def _counts_message(email: Email) -> Message:
    sign_in_url = settings.SITE_URL + reverse("after_sign_in")
    context = {"counts": _counts(email), "sign_in_url": sign_in_url}
    return rendered("intake/episodes/email/waiting_counts", context)


def register_kinds() -> None:
    """Register these kinds of mail."""
    register(
        Grade.CALL,
        name=_("Please call now (staff)"),
        render=_call_message,
        still_due=_still_to_call,
        lane=Lane.URGENT,
    )
    register(
        Grade.READ,
        name=_("Please read (staff)"),
        render=_read_message,
        still_due=_still_to_read,
        lane=Lane.URGENT,
    )
    register(
        OVERDUE_CALL,
        name=_("Call is late (staff)"),
        render=_overdue_message,
        still_due=_still_overdue,
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
