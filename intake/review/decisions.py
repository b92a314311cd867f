"""Sign a decision on a case."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from booking.models import Referral
from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried
from clinic.models.people import Patient, User
from intake.concerns.actions import (
    concerns_to_mark,
    decline,
    may_be_resolved,
    take_back_decline,
    unflagged_concerns,
)
from intake.concerns.rows import mark as mark_row
from intake.concerns.states import resolves
from intake.concerns.tasks import owe_task
from intake.episodes.due_times import today
from intake.episodes.referrals import latest_sent, refer_patient
from intake.episodes.staff_messages import owe_decision
from intake.flags.queries import told_by_hand
from intake.models import Concern, Decision, Decline, Flag, Intake, Task
from intake.review.patient_message import message_after_decision


@dataclass(frozen=True)
class Marking:
    """A mark of Flag.Mark on one flag, or "overridden". All but "reviewed" need a reason."""

    mark: str
    reason: str = ""


@dataclass(frozen=True)
class Verdict:
    """What a clinician decided: a marking for each urgent and red rule, one next act, a note.

    `marks` and `overrides` are by rule id. `overrides` holds the caution flags that she finds
    wrong, with her reasons; other caution flags stand.
    """

    marks: Mapping[str, Marking]
    next_act: str
    note: str = ""
    looked_at_change: bool = False
    overrides: Mapping[str, str] = field(default_factory=dict)


class StaleDecision(Exception):
    """The case has changed since the page was opened. Nothing was signed."""


class TooEarly(Exception):
    """Concerns were marked as resolved before what the clinic owes the patient had an outcome.

    `rules` are the ids of their rules. Nothing was signed.
    """

    def __init__(self, rules: Collection[str]) -> None:
        super().__init__()
        self.rules = sorted(rules)


@retried
def sign_decision(
    *,
    intake_id: UUID,
    version: int,
    verdict: Verdict,
    clinician: User,
    context: Context,
) -> Decision:
    """Sign a decision: mark the flags, store the decision, write the referral that follows.

    A later decision supersedes an earlier one; both are stored. What the patient reads, and the
    mail that there is news, wait until the minute for undoing is over. Raises StaleDecision if
    the version of the case or its flags to mark are not those of the page, TooEarly if a mark
    would resolve what waits for a call, and Intake.DoesNotExist.
    """
    # The form is locked before refer() locks the patient, as every action does that changes a
    # referral: of two decisions at once the second sees what the first wrote.
    intake = Intake.objects.select_for_update().get(pk=intake_id)
    flags = {flag.rule: flag for flag in intake.flags.all()}
    to_mark = {rule for rule, flag in flags.items() if flag.level in Flag.MUST_BE_MARKED}
    to_mark |= set(unflagged_concerns(intake, flags.values()))
    is_as_seen = intake.version == version and to_mark == set(verdict.marks)
    if not is_as_seen or not intake.may("sign_decision"):
        raise StaleDecision
    Patient.objects.select_for_update().get(pk=intake.patient_id)
    concerns = concerns_to_mark(intake, flags.values())
    early = {
        rule
        for rule, marking in verdict.marks.items()
        if rule in concerns and resolves(marking.mark) and not may_be_resolved(concerns[rule])
    }
    if early:
        raise TooEarly(early)
    # Taken before anything is marked: undoing puts exactly this back.
    before = _state_before(intake, flags, concerns)
    for rule, flag in flags.items():
        _mark(flag, _marking_of(rule, verdict), clinician, context.now)
    # First, because a constraint lets one decision of an intake stand.
    intake.decisions.standing().update(superseded_at=context.now)
    decision = Decision.objects.create(
        intake=intake,
        next_act=verdict.next_act,
        content=_content(verdict),
        # The version once this is signed: any other one later means that something came since.
        before={**before, "version": version + 1},
        decided_at=context.now,
        decided_by=clinician,
    )
    for rule, concern in concerns.items():
        marking = verdict.marks[rule]
        mark_row(
            concern,
            mark=marking.mark,
            reason=marking.reason,
            by=clinician,
            now=context.now,
            decision=str(decision.pk),
        )
    _act(decision, verdict, context=context)
    _close(intake, verdict, context.now)
    # After the marks are saved: the referral is made from what is stored. What the patient reads
    # says what that referral opens.
    referral = refer_patient(patient_id=intake.patient_id, context=context)
    _store_message(decision, referral, context.now)
    record(
        context.actor,
        "decide",
        intake,
        patient=intake.patient_id,
        fields=verdict.marks,
        reason=verdict.next_act,
    )
    return decision


def _act(decision: Decision, verdict: Verdict, *, context: Context) -> None:
    """Owe what the next act promises the patient; begin or end a decline."""
    patient = decision.intake.patient
    kind = _OWED_BY_ACT.get(verdict.next_act)
    if verdict.next_act == Decision.NextAct.DECLINE:
        decline(decision, context=context)
    if verdict.next_act == Decision.NextAct.ACCEPT:
        take_back_decline(patient.pk, by=decision.decided_by, context=context)
    if kind is not None:
        owe_task(
            patient=patient,
            kind=kind,
            question=verdict.note,
            about=f"decision:{decision.pk}",
            context=context,
        )


_OWED_BY_ACT: dict[str, str] = {
    Decision.NextAct.CALL: Task.Kind.CALL_PATIENT,
    Decision.NextAct.ASK: Task.Kind.ASK_PATIENT,
    Decision.NextAct.DECLINE: Task.Kind.CALL_PATIENT,
}


def _state_before(
    intake: Intake, flags: Mapping[str, Flag], concerns: Mapping[str, Concern]
) -> dict[str, object]:
    """Return as JSON what undoing has to put back (see intake.review.undo)."""
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
        "concerns": {str(one.pk): one.state for one in concerns.values()},
        "declines": [str(key) for key in _lasting_declines(intake)],
        "decided_at": intake.decided_at and intake.decided_at.isoformat(),
        "has_unreviewed_change": intake.has_unreviewed_change,
        "previous": previous and str(previous.pk),
    }


def _lasting_declines(intake: Intake) -> list[UUID]:
    rows = Decline.objects.filter(patient=intake.patient_id, ended_at__isnull=True)
    return list(rows.values_list("pk", flat=True))


def _marking_of(rule: str, verdict: Verdict) -> Marking | None:
    """Return the marking for a rule, None for a caution flag that is not overridden."""
    if rule in verdict.marks:
        return verdict.marks[rule]
    reason = verdict.overrides.get(rule)
    return Marking(Flag.OVERRIDDEN, reason) if reason else None


def _mark(flag: Flag, marking: Marking | None, clinician: User, now: datetime) -> None:
    """Save the marking, or take back an earlier override that is no longer in the form."""
    if marking is None and not flag.overridden_at:
        return
    # An override is stored as "reviewed" with its own time, so that it counts as resolved.
    is_override = marking is not None and marking.mark == Flag.OVERRIDDEN
    flag.mark = Flag.Mark.REVIEWED if is_override else marking.mark if marking else ""
    flag.reason = (marking.reason or None) if marking else None
    flag.marked_at, flag.marked_by = (now, clinician) if marking else (None, None)
    flag.overridden_at = now if is_override else None
    flag.save(update_fields=["mark", "reason", "marked_at", "marked_by", "overridden_at"])


def _content(verdict: Verdict) -> dict[str, object]:
    """Return what is sealed with the decision; _store_message adds what the patient is told."""
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
    """Take the intake out of the queue and end its claim."""
    intake.decided_at = now
    intake.claimed_by = intake.claimed_until = None
    # Every page that was opened before is stale now, those of other clinicians too.
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


def _store_message(decision: Decision, referral: Referral | None, now: datetime) -> None:
    """Store what the patient will read, and owe the mail that says there is news."""
    intake = decision.intake
    told = message_after_decision(
        kind=intake.kind,
        # A decision on an older form, or a check-in, opens nothing of its own.
        opens=referral if latest_sent(intake.patient_id) == intake else None,
        next_act=decision.next_act,
        today=today(now),
        added=told_by_hand(intake),
    )
    decision.content = {**decision.content, "told": told}
    decision.save(update_fields=["content"])
    if told:
        owe_decision(decision, now=now)
