"""Claims: which clinician is reviewing a case, leaving it, and taking it over.

Opening a case claims it. A claim tells others who reads; it stops nobody from signing.
"""

from datetime import datetime, timedelta
from uuid import UUID

from clinic.audit.context import Context
from clinic.audit.record import Actor, record
from clinic.database.retrying import retried
from clinic.models.people import User
from intake.models import Intake, TakeOver

# A claim that is forgotten ends by itself; opening the case again renews it.
CLAIM_MINUTES = 15
_FIELDS = ["claimed_by", "claimed_until"]


class NotClaimed(Exception):
    """Nobody else is reviewing the case, so there is nothing to take over."""


def is_claimed(intake: Intake, now: datetime) -> bool:
    """Tell whether somebody has claimed the intake at `now`."""
    return intake.claimed_until is not None and intake.claimed_until > now


def claim(intake: Intake, clinician: User, now: datetime) -> None:
    """Claim the case for this clinician for 15 minutes. The caller holds the intake's lock."""
    intake.claimed_by = clinician
    intake.claimed_until = now + timedelta(minutes=CLAIM_MINUTES)
    intake.save(update_fields=_FIELDS)


@retried
def leave_case(*, intake_id: UUID, clinician: User, actor: Actor) -> None:
    """End the claim if it is this clinician's, else change nothing. Raises Intake.DoesNotExist."""
    intake = Intake.objects.select_for_update().get(pk=intake_id)
    # A colleague may have taken the case over since the page was shown.
    if intake.claimed_by_id == clinician.pk:
        intake.claimed_by = intake.claimed_until = None
        intake.save(update_fields=_FIELDS)
        record(actor, "leave case", intake, patient=intake.patient_id)


@retried
def take_over(*, intake_id: UUID, reason: str, clinician: User, context: Context) -> TakeOver:
    """Take over a case that another clinician has claimed, and store the reason.

    Her page is stale from then on, so that she reads the reason before she signs. Raises
    NotClaimed, and Intake.DoesNotExist.
    """
    intake = Intake.objects.select_for_update(of=("self",)).get(pk=intake_id)
    first = intake.claimed_by
    if first is None or first == clinician or not is_claimed(intake, context.now):
        raise NotClaimed
    row = TakeOver.objects.create(
        intake=intake, taken_from=first, taken_by=clinician, reason=reason, taken_at=context.now
    )
    # This is what makes the page of the first clinician stale.
    intake.version += 1
    intake.save(update_fields=["version"])
    claim(intake, clinician, context.now)
    record(context.actor, "take over case", intake, patient=intake.patient_id)
    return row
