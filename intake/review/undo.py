"""Undo a signed decision within its first minute, as if it had not been signed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried
from clinic.messages.outbox import withdraw
from clinic.models.people import Patient, User
from intake.concerns.actions import may_be_resolved
from intake.concerns.rows import unmark
from intake.concerns.tasks import withdraw_task
from intake.episodes.referrals import refer_patient
from intake.episodes.staff_messages import about_decision
from intake.episodes.undo_window import UNDO, can_be_undone
from intake.flags.labels import initials
from intake.models import Concern, Decision, Decline, Flag, Intake
from intake.review.claims import claim


class CannotUndo(Exception):
    """The minute is over, or the case has changed since. The decision stands as it was signed."""


@retried
def undo_decision(*, decision_id: UUID, clinician: User, context: Context) -> Intake:
    """Withdraw a clinician's own decision and return its intake, claimed by her again.

    Marks, referral and queue are as they were before it; nothing is mailed. An earlier decision
    counts again. Raises CannotUndo, and Decision.DoesNotExist for somebody else's decision.
    """
    found = Decision.objects.get(pk=decision_id, decided_by=clinician)
    intake = Intake.objects.select_for_update().get(pk=found.intake_id)
    # Read again under the lock: a second click may have withdrawn it meanwhile.
    decision = intake.decisions.standing().filter(pk=decision_id).first()
    if decision is None or not can_be_undone(decision.decided_at, context.now):
        raise CannotUndo
    before: dict[str, Any] = decision.before or {}
    # A flag, an answer or a decision that came since raised the version: undoing would lose it.
    if intake.version != before.get("version"):
        raise CannotUndo
    decision.withdrawn_at = context.now
    decision.save(update_fields=["withdrawn_at"])
    withdraw(about=about_decision(decision), reason="undone")
    intake.decisions.filter(pk=before["previous"]).update(superseded_at=None)
    for flag in intake.flags.all():
        if flag.rule in before["flags"]:
            _put_back(flag, before["flags"][flag.rule])
    _put_concerns_back(decision, before, clinician, context.now)
    withdraw_task(about=f"decision:{decision.pk}", by=clinician, context=context)
    _reopen(intake, before)
    claim(intake, clinician, context.now)
    # After the marks are back: the referral is made from what is stored.
    refer_patient(patient_id=intake.patient_id, context=context)
    record(
        context.actor, "undo decision", intake, patient=intake.patient_id, fields=before["flags"]
    )
    return intake


def _put_back(flag: Flag, was: dict[str, Any]) -> None:
    """Save the mark that the flag had before the decision."""
    flag.mark, flag.reason, flag.marked_by_id = was["mark"], was["reason"], was["marked_by"]
    flag.marked_at = _moment(was["marked_at"])
    flag.overridden_at = _moment(was["overridden_at"])
    flag.save(update_fields=["mark", "reason", "marked_at", "marked_by", "overridden_at"])


def _put_concerns_back(
    decision: Decision, before: dict[str, Any], clinician: User, now: datetime
) -> None:
    """Put back the states and the declines from before the decision.

    A concern that has changed since, because the rule fired on another form, stays as it is.
    """
    patient_id = decision.intake.patient_id
    Patient.objects.select_for_update().get(pk=patient_id)
    # Of a row that was merged since, another one stands for it.
    rows = Concern.objects.exclude(state=Concern.State.MERGED).filter(pk__in=before["concerns"])
    for concern in rows.order_by("pk"):
        is_as_signed = concern.changed_at == decision.decided_at
        is_replaced = Concern.objects.open().exclude(pk=concern.pk).filter(digest=concern.digest)
        if is_as_signed and not is_replaced.exists():
            state = before["concerns"][str(concern.pk)]
            if state == Concern.State.RESOLVED and not may_be_resolved(concern):
                # The outcome on which it had been resolved was taken back meanwhile.
                state = Concern.State.OPEN
            unmark(concern, state=state, by=clinician, now=now)
    # Exactly those that lasted before are lasting again.
    Decline.objects.filter(decision=decision).update(ended_at=now, ended_by=clinician)
    Decline.objects.filter(pk__in=before["declines"]).update(ended_at=None, ended_by=None)


def _reopen(intake: Intake, before: dict[str, Any]) -> None:
    intake.decided_at = _moment(before["decided_at"])
    intake.has_unreviewed_change = before["has_unreviewed_change"]
    # Not back to the old number: a page from before the decision must not be signed now.
    intake.version += 1
    intake.save(update_fields=["decided_at", "has_unreviewed_change", "version"])


# The snapshot is JSON, which holds times as text.
def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


SESSION_KEY = "decision to undo"


@dataclass(frozen=True)
class UndoOffer:
    """A decision that can be undone: its id, the patient's initials, if mail waits, until when."""

    decision: str
    name: str
    has_mail: bool
    until: datetime


def offer_undo(request: HttpRequest, decision: Decision) -> None:
    """Remember in the session the decision that was just signed; an earlier one is forgotten."""
    request.session[SESSION_KEY] = {
        "decision": str(decision.pk),
        "name": initials(decision.intake.patient.name),
        "has_mail": bool(decision.content["told"]),
        "decided_at": decision.decided_at.isoformat(),
    }


def undo_offer(request: HttpRequest, now: datetime) -> UndoOffer | None:
    """Return the decision of this session that can still be undone at `now`, or None."""
    signed = request.session.get(SESSION_KEY)
    if signed is None:
        return None
    decided_at = datetime.fromisoformat(signed["decided_at"])
    if not can_be_undone(decided_at, now):
        return None
    return UndoOffer(signed["decision"], signed["name"], signed["has_mail"], decided_at + UNDO)


def withdraw_offer(request: HttpRequest) -> None:
    """Forget the decision of this session: it was undone."""
    request.session.pop(SESSION_KEY, None)
