"""What may be booked, from an intake's flags and what clinicians decided about them."""

from dataclasses import dataclass
from datetime import date, timedelta

from booking.models import Referral
from booking.referrals.actions import ReferralTerms
from intake.triage.evaluate import FIRST_VISIT_DAYS, IMPACT_DAYS, LEVELS

_CLOSED = Referral.Closed


@dataclass(frozen=True)
class IntakeState:
    """The facts about an intake from which its referral follows.

    `open_levels` are the levels with which the patient's open concerns count, `lower_level` is the
    level that remains when all of them are resolved (caution or clear). `is_taken_back` says that
    nothing but answers she took back is open. `because_of` and `link` tell booking where the
    referral comes from. `sent_on` is a clinic date, None for a form that is not sent, of which only
    an urgent answer counts.
    """

    open_levels: frozenset[str]
    lower_level: str
    birth_date: date | None
    sent_on: date | None
    is_decided: bool
    is_taken_back: bool = False
    is_declined: bool = False
    needs_pessary_fitting: bool = False
    because_of: str = ""
    link: str = ""

    @property
    def level(self) -> str:
        """Return the most serious level that is still open."""
        return min(self.open_levels, key=LEVELS.index, default=self.lower_level)


def terms_for(state: IntakeState) -> ReferralTerms:
    """Return the referral that this state gives.

    Urgent or declined opens nothing, red the evaluation only; an urgent answer that was taken back
    counts as red. Otherwise Run Ready opens 42 days after the birth as well, or on the day the form
    was sent if that is later. Source:
    docs/clinical.md, "What follows from the flags".
    """
    birth = state.birth_date
    closed = _why_package_closed(state)
    first_visit_from = birth and birth + timedelta(days=FIRST_VISIT_DAYS)
    opens_nothing = state.level == "urgent" or state.is_declined or state.sent_on is None
    return ReferralTerms(
        level=state.level,
        source=Referral.Source.DECISION if state.is_decided else Referral.Source.INTAKE,
        because_of=state.because_of,
        link=state.link,
        evaluation_opens_on=None if opens_nothing else state.sent_on,
        evaluation_closed=closed if opens_nothing else _CLOSED.NOT_CLOSED,
        run_ready_opens_on=(
            None
            if closed or first_visit_from is None or state.sent_on is None
            else max(first_visit_from, state.sent_on)
        ),
        run_ready_closed=closed,
        first_visit_from=first_visit_from,
        impact_from=birth and birth + timedelta(days=IMPACT_DAYS),
        stops_self_booking=opens_nothing,
        needs_pessary_fitting=state.needs_pessary_fitting,
        intake_sent_on=state.sent_on,
    )


def _why_package_closed(state: IntakeState) -> str:
    # The order decides which reason staff and patient read when several apply.
    if state.level == "urgent":
        return _CLOSED.URGENT
    if state.is_declined:
        return _CLOSED.DECLINED
    if state.level == "red":
        return _CLOSED.CHANGED_ANSWER if state.is_taken_back else _CLOSED.REVIEW
    return _CLOSED.NO_BIRTH_DATE if state.birth_date is None else _CLOSED.NOT_CLOSED
