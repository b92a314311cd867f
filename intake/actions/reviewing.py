"""What a clinician does with an intake: open it, which claims it, and sign a decision."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from clinic.audit.record import Actor, record
from clinic.people.models import User
from clinic.retrying import retried
from intake.actions.referring import refer
from intake.case_queries import effective_answers
from intake.models import Decision, Flag, Intake

CLAIM_MINUTES = 15


@dataclass(frozen=True)
class Marking:
    """A mark of Flag.Mark on one flag, with its reason; "reviewed" needs none."""

    mark: str
    reason: str = ""


@dataclass(frozen=True)
class Verdict:
    """What a clinician decided: a marking for each urgent and red rule, one next act, a note."""

    marks: Mapping[str, Marking]
    next_act: str
    note: str = ""
    looked_at_change: bool = False


class StaleDecision(Exception):
    """The case is not as it was when the page was opened. Nothing was changed."""


@retried
def open_case(*, intake_id: UUID, clinician: User, now: datetime, actor: Actor) -> Intake:
    """Claim the intake for 15 minutes unless somebody else has it, and record the reading.

    The audit event names the questions seen. It is written before anything is shown; when it
    cannot be written, the exception leaves nothing to show. Raises Intake.DoesNotExist.
    """
    intake = Intake.objects.select_for_update().get(pk=intake_id)
    if intake.claimed_by_id == clinician.pk or not is_claimed(intake, now):
        intake.claimed_by = clinician
        intake.claimed_until = now + timedelta(minutes=CLAIM_MINUTES)
        intake.save(update_fields=["claimed_by", "claimed_until"])
    seen = effective_answers(intake, now=now).visible
    record(actor, "read answers", intake, patient=intake.patient_id, fields=seen)
    return intake


def is_claimed(intake: Intake, now: datetime) -> bool:
    """Tell whether somebody is reviewing the intake at this moment."""
    return intake.claimed_until is not None and intake.claimed_until > now


@retried
def sign_decision(
    *,
    intake_id: UUID,
    version: int,
    verdict: Verdict,
    clinician: User,
    now: datetime,
    actor: Actor,
) -> Decision:
    """Mark the flags, keep the signed decision, and let the referral follow from it.

    A later decision supersedes an earlier one; both are kept. Raises StaleDecision when the case
    has another version than the page had, or other flags to mark, and Intake.DoesNotExist.
    """
    intake = Intake.objects.select_for_update().get(pk=intake_id)
    flags = list(intake.flags.to_mark())
    if intake.version != version or {flag.rule for flag in flags} != set(verdict.marks):
        raise StaleDecision
    for flag in flags:
        _mark(flag, verdict.marks[flag.rule], clinician, now)
    decision = Decision.objects.create(
        intake=intake,
        next_act=verdict.next_act,
        content=_content(verdict),
        decided_at=now,
        decided_by=clinician,
    )
    _close(intake, verdict, now)
    refer(intake=intake, now=now, actor=actor)
    record(
        actor,
        "decide",
        intake,
        patient=intake.patient_id,
        fields=verdict.marks,
        reason=verdict.next_act,
    )
    return decision


def _mark(flag: Flag, marking: Marking, clinician: User, now: datetime) -> None:
    flag.mark = marking.mark
    flag.reason = marking.reason or None
    flag.marked_at, flag.marked_by = now, clinician
    flag.save(update_fields=["mark", "reason", "marked_at", "marked_by"])


def _content(verdict: Verdict) -> dict[str, object]:
    return {
        "marks": {rule: marking.mark for rule, marking in verdict.marks.items()},
        "reasons": {rule: m.reason for rule, m in verdict.marks.items() if m.reason},
        "note": verdict.note,
    }


def _close(intake: Intake, verdict: Verdict, now: datetime) -> None:
    intake.decided_at = now
    intake.claimed_by = intake.claimed_until = None
    intake.version += 1
    if verdict.looked_at_change:
        intake.has_unreviewed_change = False
    intake.save(
        update_fields=[
            "decided_at",
            "claimed_by",
            "claimed_until",
            "version",
            "has_unreviewed_change",
        ]
    )
