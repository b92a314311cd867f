"""When an appointment's reminders are due. PURE."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from booking.policy import PolicyTerms
from booking.wall_time import hours_before, instant


@dataclass(frozen=True, slots=True)
class Reminder:
    """One mail to be owed: due from `due_at`, not sent any more from `useless_after` on (UTC)."""

    kind: str
    due_at: datetime
    useless_after: datetime


def reminders(
    starts_at: datetime, *, agreed_at: datetime, zone: str, terms: PolicyTerms
) -> list[Reminder]:
    """Return the reminders of an appointment, earliest first.

    `agreed_at` is when it was booked or moved to this time. A lead of 24, 48 … hours means the same
    wall time one, two … days before. Left out is a lead whose moment is not well after
    `agreed_at`: the confirmation stands for it. A reminder is useless once the next one is due or
    the visit begins, so a late sender never mails two at once.
    """
    moments = [
        (due_at, f"reminder_{lead}h")
        for lead in sorted(terms.reminder_lead_hours, reverse=True)
        if (due_at := _due_at(starts_at, lead, agreed_at, zone, terms)) is not None
    ]
    return [
        Reminder(kind, due_at, following)
        for (due_at, kind), (following, _) in pairwise([*moments, (starts_at.astimezone(UTC), "")])
    ]


def _due_at(
    starts_at: datetime, lead: int, agreed_at: datetime, zone: str, terms: PolicyTerms
) -> datetime | None:
    near = timedelta(minutes=terms.reminder_skip_within_minutes)
    moment = hours_before(starts_at, lead, zone)
    if moment - agreed_at <= near:
        return None
    awake = _after_quiet_hours(moment, zone, terms)
    # A lead shorter than the night: mailing at night is a nuisance, in the morning of no use.
    return awake if awake == moment or starts_at - awake >= near else None


def _after_quiet_hours(moment: datetime, zone: str, terms: PolicyTerms) -> datetime:
    wall = moment.astimezone(ZoneInfo(zone))
    if terms.quiet_until_hour <= wall.hour < terms.quiet_from_hour:
        return moment
    morning = wall.date() + timedelta(days=wall.hour >= terms.quiet_from_hour)
    return instant(morning, time(terms.quiet_until_hour), zone)
