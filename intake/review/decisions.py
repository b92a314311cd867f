"""What a clinician does with an intake: open it, which claims it, and sign a decision."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from booking.models import Referral
from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried
from clinic.models.people import User
from intake.episodes.due_times import today
from intake.episodes.referrals import latest_sent, refer
from intake.episodes.staff_messages import owe_decision
from intake.flags.queries import told_by_hand
from intake.models import Decision, Flag, Intake
from intake.review.case import effective_answers
from intake.review.claims import claim, is_claimed
from intake.review.patient_message import message_after_decision


@dataclass(frozen=True)
class Marking:
    """A mark of Flag.Mark on one flag, or "overridden"; only "reviewed" needs no reason."""

    mark: str
    reason: str = ""


@dataclass(frozen=True)
class Verdict:
    """What a clinician decided: a marking for each urgent and red rule, one next act, a note.

    `overrides` are the caution rules she finds wrong, with the reason; the others stand.
    """

    marks: Mapping[str, Marking]
    next_act: str
    note: str = ""
    looked_at_change: bool = False
    overrides: Mapping[str, str] = field(default_factory=dict)


class StaleDecision(Exception):
    """The case is not as it was when the page was opened. Nothing was changed."""


@retried
def open_case(*, intake_id: UUID, clinician: User, context: Context) -> Intake:
    """Claim the intake for 15 minutes unless somebody else has it, and record the reading.

    The audit event names the questions seen. It is written before anything is shown; when it
    cannot be written, the exception leaves nothing to show. Raises Intake.DoesNotExist.
    """
    intake = Intake.objects.select_for_update().get(pk=intake_id)
    if intake.claimed_by_id == clinician.pk or not is_claimed(intake, context.now):
        claim(intake, clinician, context.now)
    seen = effective_answers(intake, now=context.now).visible
    record(context.actor, "read answers", intake, patient=intake.patient_id, fields=seen)
    return intake


@retried
def sign_decision(
    *,
    intake_id: UUID,
    version: int,
    verdict: Verdict,
    clinician: User,
    context: Context,
) -> Decision:
    """Mark the flags, keep the signed decision, and let the referral follow from it.

    A later decision supersedes an earlier one; both are kept. What the patient reads, and the mail
    that says there is news, wait until the minute for undoing is over. Raises StaleDecision when
    the case has another version than the page had, or other flags to mark, and
    Intake.DoesNotExist.
    """
    intake = Intake.objects.select_for_update().get(pk=intake_id)
    flags = {flag.rule: flag for flag in intake.flags.all()}
    to_mark = {rule for rule, flag in flags.items() if flag.level in Flag.MUST_BE_MARKED}
    is_as_seen = intake.version == version and to_mark == set(verdict.marks)
    if not is_as_seen or not intake.may("sign_decision"):
        raise StaleDecision
    before = _as_it_stands(intake, flags)
    for rule, flag in flags.items():
        _mark(flag, _marking_of(rule, verdict), clinician, context.now)
    intake.decisions.standing().update(superseded_at=context.now)
    decision = Decision.objects.create(
        intake=intake,
        next_act=verdict.next_act,
        content=_content(verdict),
        before={**before, "version": version + 1},
        decided_at=context.now,
        decided_by=clinician,
    )
    _close(intake, verdict, context.now)
    referral = refer(intake=intake, context=context)
    _tell(decision, referral, context.now)
    record(
        context.actor,
        "decide",
        intake,
        patient=intake.patient_id,
        fields=verdict.marks,
        reason=verdict.next_act,
    )
    return decision


def _as_it_stands(intake: Intake, flags: Mapping[str, Flag]) -> dict[str, object]:
    """Return what undoing has to put back (intake.review.undo)."""
    previous = intake.decisions.standing().first()
    return {
        "flags": {
            rule: {
                "mark": flag.mark,
                "reason": flag.reason,
                "marked_at": flag.marked_at and flag.marked_at.isoformat(),
                "marked_by": flag.marked_by_id,
                "overridden_at": flag.overridden_at and flag.overridden_at.isoformat(),
            }
            for rule, flag in flags.items()
        },
        "decided_at": intake.decided_at and intake.decided_at.isoformat(),
        "has_unreviewed_change": intake.has_unreviewed_change,
        "previous": previous and str(previous.pk),
    }


def _marking_of(rule: str, verdict: Verdict) -> Marking | None:
    if rule in verdict.marks:
        return verdict.marks[rule]
    reason = verdict.overrides.get(rule)
    return Marking(Flag.OVERRIDDEN, reason) if reason else None


def _mark(flag: Flag, marking: Marking | None, clinician: User, now: datetime) -> None:
    """Write the marking, or take back an override that is no longer claimed."""
    if marking is None and not flag.overridden_at:
        return
    is_override = marking is not None and marking.mark == Flag.OVERRIDDEN
    flag.mark = Flag.Mark.REVIEWED if is_override else marking.mark if marking else ""
    flag.reason = (marking.reason or None) if marking else None
    flag.marked_at, flag.marked_by = (now, clinician) if marking else (None, None)
    flag.overridden_at = now if is_override else None
    flag.save(update_fields=["mark", "reason", "marked_at", "marked_by", "overridden_at"])


def _content(verdict: Verdict) -> dict[str, object]:
    markings = {
        **verdict.marks,
        **{rule: Marking(Flag.OVERRIDDEN, why) for rule, why in verdict.overrides.items()},
    }
    return {
        "marks": {rule: marking.mark for rule, marking in markings.items()},
        "reasons": {rule: m.reason for rule, m in markings.items() if m.reason},
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


def _tell(decision: Decision, referral: Referral | None, now: datetime) -> None:
    """Keep the words the patient will read, and owe the mail that says there are some."""
    intake = decision.intake
    told = message_after_decision(
        kind=intake.kind,
        opens=referral if latest_sent(intake) == intake else None,
        next_act=decision.next_act,
        today=today(now),
        added=told_by_hand(intake),
    )
    decision.content = {**decision.content, "told": told}
    decision.save(update_fields=["content"])
    if told:
        owe_decision(decision, now=now)
