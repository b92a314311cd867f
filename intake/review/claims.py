"""Who is reviewing a case: claimed by opening it, left by a button, taken over with a reason."""

from datetime import datetime, timedelta
from uuid import UUID

from clinic.audit.context import Context
from clinic.audit.record import Actor, record
from clinic.database.retrying import retried
from clinic.models.people import User
from intake.models import Intake, TakeOver

CLAIM_MINUTES = 15
_FIELDS = ["claimed_by", "claimed_until"]


class NotClaimed(Exception):
    """Nobody else is reviewing the case any more: there is nothing to take over."""


def is_claimed(intake: Intake, now: datetime) -> bool:
    """Tell whether somebody is reviewing the intake at this moment."""
    return intake.claimed_until is not None and intake.claimed_until > now


def claim(intake: Intake, clinician: User, now: datetime) -> None:
    """Give the case to this clinician for the next 15 minutes; the caller holds its lock."""
    intake.claimed_by = clinician
    intake.claimed_until = now + timedelta(minutes=CLAIM_MINUTES)
    intake.save(update_fields=_FIELDS)


@retried
def leave_case(*, intake_id: UUID, clinician: User, actor: Actor) -> None:
    """End this clinician's claim, if it is hers. Raises Intake.DoesNotExist."""
    intake = Intake.objects.select_for_update().get(pk=intake_id)
    if intake.claimed_by_id == clinician.pk:
        intake.claimed_by = intake.claimed_until = None
        intake.save(update_fields=_FIELDS)
        record(actor, "leave case", intake, patient=intake.patient_id)


@retried
def take_over(*, intake_id: UUID, reason: str, clinician: User, context: Context) -> TakeOver:
    """Take the case out of another clinician's hands, and keep why.

    Her page is stale from then on, so that she is told before she signs. Raises NotClaimed, and
    Intake.DoesNotExist.
    """
    intake = Intake.objects.select_for_update(of=("self",)).get(pk=intake_id)
    first = intake.claimed_by
    if first is None or first == clinician or not is_claimed(intake, context.now):
        raise NotClaimed
    row = TakeOver.objects.create(
        intake=intake, taken_from=first, taken_by=clinician, reason=reason, taken_at=context.now
    )
    intake.version += 1
    intake.save(update_fields=["version"])
    claim(intake, clinician, context.now)
    record(context.actor, "take over case", intake, patient=intake.patient_id)
    return row
