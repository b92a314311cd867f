"""Record what a patient replies on the emergency screen."""

from uuid import UUID

from clinic.audit.context import Context
from clinic.audit.record import Actor, record
from clinic.database.retrying import retried
from intake.models import UrgentCall


@retried
def note_help_on_the_way(*, call_id: UUID, context: Context) -> None:
    """Record that the patient says she is getting help. The call is still owed."""
    call = UrgentCall.objects.select_for_update().get(pk=call_id)
    if call.help_on_the_way_at is None:
        call.help_on_the_way_at = context.now
        call.save(update_fields=["help_on_the_way_at"])
        record(context.actor, "says help is on the way", call, patient=call.patient_id)


@retried
def note_mistake(*, call_id: UUID, actor: Actor) -> None:
    """Record that the patient says it was a mistake. The answer counts until she changes it."""
    call = UrgentCall.objects.get(pk=call_id)
    record(actor, "says it was ticked by mistake", call, patient=call.patient_id)
