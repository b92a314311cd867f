"""The clinic's terms as numbers, and what they mean for late changes, credits and refunds."""

# mypy: disallow-any-explicit

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from clinic.practice.wall_time import hours_before

# The hours before a visit at which the clinic may choose to send a reminder.
REMINDER_LEADS = (72, 48, 24)


@dataclass(frozen=True, slots=True)
class PolicyTerms:
    """The terms a visit is booked or a package is bought under.

    The defaults are the sample clinic's. Names end with their unit: minutes, hours, days or cents.
    Hours of the day are clinic wall time.
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
    evaluation_counts_days: int = 42
    idle_package_days: int = 21
    reminder_lead_hours: tuple[int, ...] = (48, 24)
    reminder_skip_within_minutes: int = 120
    quiet_from_hour: int = 21
    quiet_until_hour: int = 8


def late_deadline(starts_at: datetime, zone: str, terms: PolicyTerms) -> datetime:
    """Return the last instant (UTC) at which a visit may be cancelled or moved free of charge.

    Full days count by the clinic's clock: 24 hours before is the same wall time the day before,
    also over a clock change.
    """
    return hours_before(starts_at, terms.late_change_hours, zone)


def is_late(starts_at: datetime, now: datetime, zone: str, terms: PolicyTerms) -> bool:
    """Return whether cancelling or moving at `now` is late; exactly at the deadline it is not."""
    return now > late_deadline(starts_at, zone, terms)


class CreditEffect(StrEnum):
    """What happens to the package credit of a visit that does not take place."""

    RETURN = "return"
    FORFEIT = "forfeit"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """The reasons why a visit may cost nothing, however late it is cancelled.

    `by_clinic`: the clinic cancelled it.
    `urgent_open`: an urgent flag is unresolved, or the visit has the attention "stop".
    `urgent_ended_at`: when the last urgent flag was resolved, None if there was none.
    `forgiven`: the desk waives the charge, with a reason.
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
    """Return whether a visit cancelled or missed at that instant never costs its credit.

    A patient who went to the emergency room instead must not pay for the visit, nor for one in the
    days after.
    """
    days_after = timedelta(days=terms.never_charged_days_after_urgent)
    soon_after = why.urgent_ended_at is not None and at <= why.urgent_ended_at + days_after
    return why.by_clinic or why.forgiven or why.urgent_open or soon_after


def package_expires_on(first_visit_on: date, validity_days: int, *, added_days: int = 0) -> date:
    """Return the last clinic date on which a visit of the package may start.

    It lasts `validity_days` from the date of visit 1: the booked date until it is completed, the
    completed one from then on. `added_days` is the sum of pauses, extensions and days spent waiting
    for a review.
    """
    return first_visit_on + timedelta(days=validity_days + added_days)


def owed_when_ended_early(*, price: int, left: int, each: int) -> int:
    """Return what a package costs, in cents, that ends early with `left` visits unused.

    Each unused visit takes `each` off the price.
    """
    # Never below zero: the visits together may be worth more than a price reduced by an evaluation.
    return max(0, price - left * each)


def refund_cents(*, paid: int, price: int, left: int, each: int) -> int:
    """Return the refund in cents when a package ends early with `left` visits unused.

    What was paid beyond what it costs then is refunded; the answer is never negative.
    """
    return max(0, paid - owed_when_ended_early(price=price, left=left, each=each))


# The states of a visit that is to take place or did; a cancelled or missed one costs nothing.
PAYABLE = ("booked", "arrived", "completed")


def owed_for_visit(status: str, price: int | None) -> int:
    """Return what a visit with a price of its own costs in this state, in cents."""
    return (price or 0) if status in PAYABLE else 0


def may_count_as_first_visit(
    evaluation_on: date, *, enrolled_on: date, first_visit_from: date, terms: PolicyTerms
) -> bool:
    """Return whether an evaluation completed on that clinic date may count as visit 1.

    It may from `evaluation_counts_days` before the day of enrolling up to that day, both included,
    and never before the first date on which visit 1 is allowed.
    """
    days_before = (enrolled_on - evaluation_on).days
    return 0 <= days_before <= terms.evaluation_counts_days and evaluation_on >= first_visit_from
