"""The sentences a patient reads once a clinician has decided."""

# mypy: disallow-any-explicit

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from intake.questionnaire.definition import msg
from intake.triage.rules import RED

_READ = msg("A clinician has been through your answers.")
_CHECKIN = msg("A clinician has been through your check-in. You will talk about it at your visit.")
_BOTH = msg("You can book Run Ready, or a single evaluation, at a time that suits you.")
_LATER = msg("You can book an evaluation now. Run Ready opens six weeks after the birth.")
_EVALUATION = msg("You can book an evaluation at a time that suits you.")
_EVALUATION_FIRST = msg(
    "Please book an evaluation at a time that suits you, and hold off on running and jumping "
    "until we have seen you. Easy walking is fine if it feels good."
)
_CLOSED = msg("Online booking stays closed until we have spoken with you.")
_NEXT = {
    "call": msg("We will call you."),
    "ask": msg("We have a question for you, and will call or write."),
    "decline": msg(
        "We are not the right place for you at the moment. We will call you to say who can help."
    ),
}


class Openings(Protocol):
    """What may be booked: a stored referral, or the terms of one that is not written yet.

    Dates are clinic dates; None means that it cannot be booked online.
    """

    @property
    def level(self) -> str: ...
    @property
    def evaluation_opens_on(self) -> date | None: ...
    @property
    def run_ready_opens_on(self) -> date | None: ...


def message_after_decision(
    *, kind: str, opens: Openings | None, next_act: str, today: date, added: Sequence[str] = ()
) -> list[str]:
    """Return the sentences for the patient, in English, to be translated; none if nothing changes.

    `opens` is what she may book after the decision, None for a form that was not sent or is not
    her latest. `next_act` is a value of Decision.NextAct. `added` are the texts for the patient of
    flags that were added by hand.
    """
    if kind == "checkin":
        return [_CHECKIN, *added, *_next(next_act)]
    if opens is None:
        return []
    # After declining there is nothing to book and no flag to prepare for: only who calls.
    if next_act == "decline":
        return [_READ, *_next(next_act)]
    return [_READ, *added, _booking(opens, today), *_next(next_act)]


def _next(next_act: str) -> list[str]:
    """Return the sentence about the next act; "none" has no sentence."""
    return [_NEXT[next_act]] if next_act in _NEXT else []


def _booking(opens: Openings, today: date) -> str:
    """Return the sentence about what can be booked now and later."""
    if opens.evaluation_opens_on is None:
        return _CLOSED
    if opens.run_ready_opens_on is None:
        return _EVALUATION_FIRST if opens.level == RED else _EVALUATION
    return _BOTH if opens.run_ready_opens_on <= today else _LATER
