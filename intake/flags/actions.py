"""Add flags by hand where the rules are silent, and carry them over to a corrected form."""

from datetime import datetime
from uuid import UUID

from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried
from clinic.models.people import User
from intake.concerns.actions import raise_by_hand, rule_of
from intake.concerns.rows import open_concern
from intake.episodes.due_times import review_due
from intake.episodes.referrals import refer_patient
from intake.models import Flag, Intake
from intake.triage.rules import RED


@retried
def add_flag(
    *,
    intake_id: UUID,
    level: str,
    domain: str,
    text: str,
    told: str,
    reason: str,
    clinician: User,
    context: Context,
) -> Flag:
    """Add a red or caution flag to a sent form. For booking it counts like a rule's flag.

    A red flag reopens the review and closes the package until it is marked reviewed. Raises
    Intake.DoesNotExist, also for a form that was not sent.
    """
    # The lock makes the number in the rule id unique and holds off a decision that is being signed.
    intake = Intake.objects.sent().select_for_update().get(pk=intake_id)
    flag = Flag.objects.create(
        intake=intake,
        rule=_next_rule_id(intake),
        level=level,
        domain=domain,
        evidence=[],  # no rule read an answer: the words stand in its place
        words={"text": text, "told": told, "reason": reason},
        added_at=context.now,
        added_by=clinician,
    )
    if level == RED:
        raise_by_hand(flag, context=context)
        _reopen(intake, context.now)
    # A case page that is open has no field for the new flag, so it must not be signed as it is.
    intake.version += 1
    intake.save(update_fields=["queue", "review_due_at", "decided_at", "version"])
    refer_patient(patient_id=intake.patient_id, context=context)
    record(
        context.actor,
        "add flag",
        intake,
        patient=intake.patient_id,
        fields=[flag.rule],
        reason=level,
    )
    return flag


def carry_over(intake: Intake, *, now: datetime) -> None:
    """Copy the flags added by hand from the form that `intake` corrects, without their marks.

    A red one that is not resolved puts `intake` into the review queue. The caller saves `intake`
    afterwards.
    """
    if intake.replaces is None:
        return
    earlier = intake.replaces.flags.filter(added_at__isnull=False).in_order()
    for flag in earlier:
        concern = open_concern(intake.patient_id, rule_of(flag)) if flag.level == RED else None
        if flag.level == RED and concern is None:
            continue  # a clinician resolved it: nothing is left to look at
        copy = Flag.objects.create(
            intake=intake,
            rule=flag.rule,
            level=flag.level,
            domain=flag.domain,
            evidence=[],
            words=flag.words,
            added_at=flag.added_at,
            added_by=flag.added_by,
            copied_from=flag.copied_from or flag,
        )
        if concern is not None:
            concern.last_form = copy.intake
            concern.save(update_fields=["last_form"])
            _reopen(intake, now)


def _next_rule_id(intake: Intake) -> str:
    """Return HAND-1, HAND-2 and so on. The caller holds the lock of the intake."""
    return f"{Flag.BY_HAND}{intake.flags.filter(added_at__isnull=False).count() + 1}"


def _reopen(intake: Intake, now: datetime) -> None:
    """Put the form into the red queue unless it is in the urgent one; it is never due later.

    The caller saves the intake afterwards.
    """
    # The due time of a form that was decided already has been met, and may lie in the past.
    waits = intake.review_due_at is not None and intake.decided_at is None
    dues = [review_due(RED, now), *([intake.review_due_at] if waits else [])]
    intake.review_due_at = min(due for due in dues if due is not None)
    if intake.queue != Intake.Queue.URGENT:
        intake.queue = Intake.Queue.RED
    intake.decided_at = None
