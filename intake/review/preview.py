"""What a decision would let the patient book, shown before it is signed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from django.utils.translation import gettext as _

from clinic.templatetags.look import day
from intake.episodes.referral_terms import IntakeState, terms_for
from intake.episodes.referrals import intake_state_of, latest_sent, levels_elsewhere
from intake.models import Flag, Intake
from intake.review.patient_message import Openings
from intake.triage.rules import URGENT

REVIEWED = "reviewed"
# The form offers "overridden" beside the marks; it is stored as "reviewed".
_RESOLVING = (REVIEWED, Flag.OVERRIDDEN)


@dataclass(frozen=True)
class Preview:
    """An intake before the decision, and what the decision cannot change: calls, other forms.

    `levels` are the levels of the flags that must be marked, by rule id. `levels_elsewhere` are
    those that other forms of the patient keep open.
    """

    state: IntakeState
    levels: Mapping[str, str]
    levels_elsewhere: frozenset[str]
    has_open_call: bool
    has_change_elsewhere: bool

    def opens(self, marks: Mapping[str, str], *, declines: bool = False) -> Openings:
        """Return what the referral will open once these marks (by rule id) are signed.

        A red flag is resolved by "reviewed" alone; an urgent one also needs its call's outcome.
        Signing counts as having looked at a changed answer. Source:
        docs/clinical.md, "What follows from the flags".
        """
        unresolved = {
            level
            for rule, level in self.levels.items()
            if marks.get(rule) not in _RESOLVING or (level == URGENT and self.has_open_call)
        }
        # The same function makes the real referral, so that the preview cannot differ from it.
        signed = replace(
            self.state,
            open_levels=self.levels_elsewhere | unresolved,
            is_decided=True,
            has_unreviewed_change=self.has_change_elsewhere,
            is_declined=declines,
        )
        return terms_for(signed)

    def opens_at_best(self) -> Openings:
        """Return what the referral will open if every flag is marked reviewed."""
        return self.opens(dict.fromkeys(self.levels, REVIEWED))


def preview_of(intake: Intake, levels: Mapping[str, str], *, has_open_call: bool) -> Preview | None:
    """Return the preview for an intake, or None where a decision opens nothing of its own.

    That is a form that was not sent, or that is not the patient's latest full one.
    `levels` are those of its flags to mark, by rule id.
    """
    if latest_sent(intake) != intake:
        return None
    others = intake.patient.intakes.exclude(pk=intake.pk)
    return Preview(
        state=intake_state_of(intake),
        levels=levels,
        levels_elsewhere=levels_elsewhere(intake),
        has_open_call=has_open_call,
        has_change_elsewhere=others.filter(has_unreviewed_change=True).exists(),
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
