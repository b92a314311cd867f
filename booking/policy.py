"""The clinic's terms in numbers, and what follows from them for changes and credits."""

# mypy: disallow-any-explicit

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from clinic.practice.wall_time import hours_before

# The hours before a visit at which a reminder can go, as the clinic chooses.
REMINDER_LEADS = (72, 48, 24)


@dataclass(frozen=True, slots=True)
class PolicyTerms:
    """The terms that something is booked or bought under; the defaults are the sample clinic's.

    Minutes, hours, days and cents, as each name says; hours of the day are clinic wall time.
    """

    slot_grid_minutes: int = 15
    notice_patient_hours: int = 12
    notice_desk_hours: int = 0
    horizon_patient_days: int = 182
    horizon_desk_days: int = 365
    hold_minutes: int = 10
    hold_renewals: int = 1
    late_change_hours: int = 24
    cancel_undo_minutes: int = 15
    never_charged_days_after_urgent: int = 7
    referral_days: int = 90
    offer_hours: int = 2
    package_price_cents: int = 114_000
    package_validity_days: int = 180
    unused_visit_refund_cents: int = 19_000
    evaluation_counts_days: int = 42
    idle_package_days: int = 21
    reminder_lead_hours: tuple[int, ...] = (48, 24)
    reminder_skip_within_minutes: int = 120
    quiet_from_hour: int = 21
    quiet_until_hour: int = 8


def late_deadline(starts_at: datetime, zone: str, terms: PolicyTerms) -> datetime:
    """Return the last instant at which a cancellation or move is in time, in UTC.

    Full days count by the clinic's clock: 24 hours before is the same wall time the day before.
    """
    return hours_before(starts_at, terms.late_change_hours, zone)


def is_late(starts_at: datetime, now: datetime, zone: str, terms: PolicyTerms) -> bool:
    """Tell whether a cancellation or move at `now` is late; exactly at the deadline it is not."""
    return now > late_deadline(starts_at, zone, terms)


class CreditEffect(StrEnum):
    """What becomes of the package credit of a visit that does not take place."""

    RETURN = "return"
    FORFEIT = "forfeit"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Why a visit may cost nothing, however late.

    `urgent_open`: an urgent flag is unresolved, or the visit carries the attention "stop".
    `urgent_ended_at`: when the last such time ended, None if there was none.
    `forgiven`: the desk says so, with a reason.
    """

    by_clinic: bool = False
    urgent_open: bool = False
    urgent_ended_at: datetime | None = None
    forgiven: bool = False


def credit_effect_of_cancel(
    starts_at: datetime, now: datetime, zone: str, terms: PolicyTerms, why: Circumstances
) -> CreditEffect:
    """Return whether cancelling a package visit at `now` gives its credit back or uses it."""
    if is_late(starts_at, now, zone, terms) and not is_never_charged(now, terms, why):
        return CreditEffect.FORFEIT
    return CreditEffect.RETURN


def credit_effect_of_no_show(
    starts_at: datetime, terms: PolicyTerms, why: Circumstances
) -> CreditEffect:
    """Return whether missing a package visit gives its credit back or uses it."""
    if is_never_charged(starts_at, terms, why):
        return CreditEffect.RETURN
    return CreditEffect.FORFEIT


def is_never_charged(at: datetime, terms: PolicyTerms, why: Circumstances) -> bool:
    """Tell whether a visit cancelled or missed at that instant always returns its credit.

    Somebody who went to the emergency room instead of the visit must not pay for it, nor in the
    days after.
    """
    days_after = timedelta(days=terms.never_charged_days_after_urgent)
    soon_after = why.urgent_ended_at is not None and at <= why.urgent_ended_at + days_after
    return why.by_clinic or why.forgiven or why.urgent_open or soon_after


def package_expires_on(first_visit_on: date, terms: PolicyTerms, *, added_days: int = 0) -> date:
    """Return the last clinic date on which a visit of the package may start.

    Counts from visit 1: its booked date, and for good the one on which it was completed.
    `added_days` are those of pauses, extensions and answers that waited for a review.
    """
    return first_visit_on + timedelta(days=terms.package_validity_days + added_days)


def refund_cents(*, paid: int, price: int, left: int, terms: PolicyTerms) -> int:
    """Return what is given back in cents when a package ends early with `left` visits unused.

    Each unused visit is worth `unused_visit_refund_cents`; what is left of the price is owed, and
    what was paid beyond that comes back.
    """
    owed = max(0, price - left * terms.unused_visit_refund_cents)
    return max(0, paid - owed)


def may_count_as_first_visit(
    evaluation_on: date, *, enrolled_on: date, first_visit_from: date, terms: PolicyTerms
) -> bool:
    """Tell whether a clinician may count a completed evaluation as visit 1 of the package.

    It lies within the days before enrolling (both ends included) and not before the date from
    which a first visit may be.
    """
    days_before = (enrolled_on - evaluation_on).days
    return 0 <= days_before <= terms.evaluation_counts_days and evaluation_on >= first_visit_from
