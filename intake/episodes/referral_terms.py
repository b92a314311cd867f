"""From what an intake raised, and what clinicians made of it, to what may be booked."""

from dataclasses import dataclass
from datetime import date, timedelta

from booking.models import Referral
from booking.referrals.actions import ReferralTerms
from intake.triage.evaluate import FIRST_VISIT_DAYS, IMPACT_DAYS, LEVELS

_CLOSED = Referral.Closed


@dataclass(frozen=True)
class IntakeState:
    """How an intake stands. `open_levels` are the levels of its unresolved urgent and red flags,
    `lower_level` what remains when all of them are resolved (caution or clear)."""

    open_levels: frozenset[str]
    lower_level: str
    birth_date: date | None
    sent_on: date
    is_decided: bool
    has_unreviewed_change: bool = False
    is_declined: bool = False
    needs_pessary_fitting: bool = False
    because_of: str = ""
    link: str = ""

    @property
    def level(self) -> str:
        """The most serious level that is still open."""
        return min(self.open_levels, key=LEVELS.index, default=self.lower_level)


def terms_for(standing: IntakeState) -> ReferralTerms:
    """Return the referral this standing gives.

    Urgent opens nothing, red the evaluation only; a changed urgent answer nobody has looked at
    holds the evaluation only; otherwise Run Ready opens 42 days after the birth. Source:
    docs/clinical.md, "What follows from the flags".
    """
    birth = standing.birth_date
    closed = _why_package_closed(standing)
    first_visit_from = birth and birth + timedelta(days=FIRST_VISIT_DAYS)
    opens_nothing = standing.level == "urgent" or standing.is_declined
    return ReferralTerms(
        level=standing.level,
        source=Referral.Source.DECISION if standing.is_decided else Referral.Source.INTAKE,
        because_of=standing.because_of,
        link=standing.link,
        evaluation_opens_on=None if opens_nothing else standing.sent_on,
        evaluation_closed=closed if opens_nothing else _CLOSED.NOT_CLOSED,
        run_ready_opens_on=(
            None if closed or first_visit_from is None else max(first_visit_from, standing.sent_on)
        ),
        run_ready_closed=closed,
        first_visit_from=first_visit_from,
        impact_from=birth and birth + timedelta(days=IMPACT_DAYS),
        stops_self_booking=standing.level == "urgent",
        needs_pessary_fitting=standing.needs_pessary_fitting,
        intake_sent_on=standing.sent_on,
    )


def _why_package_closed(standing: IntakeState) -> str:
    if standing.level == "urgent":
        return _CLOSED.URGENT
    if standing.is_declined:
        return _CLOSED.DECLINED
    if standing.level == "red":
        return _CLOSED.REVIEW
    if standing.has_unreviewed_change:
        return _CLOSED.CHANGED_ANSWER
    return _CLOSED.NO_BIRTH_DATE if standing.birth_date is None else _CLOSED.NOT_CLOSED
