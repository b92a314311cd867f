"""The offer to undo a decision just signed, kept in the session until its minute is over."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest

from intake.episodes.undo_window import UNDO, can_be_undone
from intake.flags.labels import initials
from intake.models import Decision

_KEY = "decision to undo"


@dataclass(frozen=True)
class UndoOffer:
    """A decision by its id, whose it is in two letters, whether mail waits, and until when."""

    decision: str
    name: str
    has_mail: bool
    until: datetime


def offer_undo(request: HttpRequest, decision: Decision) -> None:
    """Remember the decision that was just signed, in place of an earlier one."""
    request.session[_KEY] = {
        "decision": str(decision.pk),
        "name": initials(decision.intake.patient.name),
        "has_mail": bool(decision.content["told"]),
        "decided_at": decision.decided_at.isoformat(),
    }


def undo_offer(request: HttpRequest, now: datetime) -> UndoOffer | None:
    """Return what can still be undone at `now`, or None."""
    kept = request.session.get(_KEY)
    if kept is None:
        return None
    decided_at = datetime.fromisoformat(kept["decided_at"])
    if not can_be_undone(decided_at, now):
        return None
    return UndoOffer(kept["decision"], kept["name"], kept["has_mail"], decided_at + UNDO)


def withdraw_offer(request: HttpRequest) -> None:
    """Forget it: it was undone."""
    request.session.pop(_KEY, None)
