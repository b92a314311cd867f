"""What a decision would let the patient book, shown before it is signed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from django.utils.translation import gettext as _

from clinic.templatetags.look import day
from intake.concerns.actions import concerns_to_mark, may_be_resolved
from intake.concerns.states import REVIEWED, resolves
from intake.episodes.open_concerns import open_concerns
from intake.episodes.referral_terms import IntakeState, terms_for
from intake.episodes.referrals import intake_state_of, latest_sent
from intake.models import Decision, Intake
from intake.review.patient_message import Openings


@dataclass(frozen=True)
class Markable:
    """An open concern marked on this form: with which level it counts, and if it may end."""

    counts_as: str
    may_be_resolved: bool


@dataclass(frozen=True)
class Preview:
    """The latest form before the decision, and what the decision cannot change.

    `here` are the concerns that are marked on the form, by rule id. `elsewhere` are the levels of
    those that other forms keep open.
    """

    state: IntakeState
    here: Mapping[str, Markable]
    elsewhere: frozenset[str]

    def opens(self, marks: Mapping[str, str], *, next_act: str = "") -> Openings:
        """Return what the referral will open once these marks (by rule id) are signed.

        A concern is resolved by "reviewed" or "overridden" alone, and not before what the clinic
        owes the patient has an outcome. Source:
        docs/clinical.md, "What follows from the flags".
        """
        unresolved = {
            one.counts_as
            for rule, one in self.here.items()
            if not resolves(marks.get(rule, "")) or not one.may_be_resolved
        }
        is_declined = self.state.is_declined and next_act != Decision.NextAct.ACCEPT
        # The same function makes the real referral, so that the preview cannot differ from it.
        signed = replace(
            self.state,
            open_levels=self.elsewhere | unresolved,
            is_decided=True,
            is_declined=is_declined or next_act == Decision.NextAct.DECLINE,
        )
        return terms_for(signed)

    def opens_at_best(self) -> Openings:
        """Return what the referral will open if every flag is marked reviewed."""
        return self.opens(dict.fromkeys(self.here, REVIEWED))


def preview_of(intake: Intake) -> Preview | None:
    """Return the preview for an intake, or None where a decision opens nothing of its own.

    That is a form that was not sent, or that is not the patient's latest full one.
    """
    if latest_sent(intake.patient_id) != intake:
        return None
    concerns = open_concerns(intake.patient_id)
    here = concerns_to_mark(intake, intake.flags.to_mark())
    marked = {one.pk for one in here.values()}
    return Preview(
        state=intake_state_of(intake, concerns),
        here={rule: Markable(one.counts_as, may_be_resolved(one)) for rule, one in here.items()},
        elsewhere=frozenset(one.counts_as for one in concerns if one.pk not in marked),
    )


def opening_words(openings: Openings | None, today: date) -> str:
    """Return what may be booked in words: "Evaluation, Run Ready from Monday, March 1"."""
    if openings is None:
        return _("Nothing")
    words = []
    if openings.evaluation_opens_on:
        words.append(_("Evaluation"))
    if openings.run_ready_opens_on and openings.run_ready_opens_on <= today:
        words.append(_("Run Ready"))
    elif openings.run_ready_opens_on:
        words.append(_("Run Ready from %(day)s") % {"day": day(openings.run_ready_opens_on)})
    return ", ".join(words) or _("Nothing")
