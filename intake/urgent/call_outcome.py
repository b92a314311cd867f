"""Record the outcome of an urgent call, once."""

from uuid import UUID

from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried
from clinic.models.people import User
from intake.episodes.referrals import refer
from intake.models import Intake, UrgentCall


class AlreadyRecorded(Exception):
    """Raised when somebody else recorded the outcome first; `call` is the call with it."""

    def __init__(self, call: UrgentCall) -> None:
        super().__init__()
        self.call = call


@retried
def record_outcome(
    *, call_id: UUID, outcome: str, note: str, caller: User, context: Context
) -> UrgentCall:
    """Close the call with its outcome, renew the referral, and return the call.

    `outcome` is a value of UrgentCall.Outcome. The intake stays urgent until a clinician has also
    reviewed its flags. Raises AlreadyRecorded and UrgentCall.DoesNotExist.
    """
    call = UrgentCall.objects.get(pk=call_id)
    # The intake is the lock that calls share with decisions: each must see what the other wrote.
    intake = Intake.objects.select_for_update().get(pk=call.intake_id)
    # Read again: it may have been recorded while this waited for the lock.
    call.refresh_from_db()
    if call.outcome_at is not None:
        raise AlreadyRecorded(call)
    call.outcome, call.outcome_note = outcome, note or None
    call.outcome_at, call.outcome_by = context.now, caller
    call.save(update_fields=["outcome", "outcome_note", "outcome_at", "outcome_by"])
    refer(intake=intake, context=context)
    record(context.actor, "record call", call, patient=call.patient_id, reason=outcome)
    return call
