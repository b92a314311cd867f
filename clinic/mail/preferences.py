"""Whether a patient gets reminders. News of her appointments is mailed either way."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from clinic.audit.record import Actor, record
from clinic.people.models import Patient


@transaction.atomic
def set_reminders(*, patient_id: UUID, wanted: bool, now: datetime, actor: Actor) -> Patient:
    """Turn reminders on or off; asked for twice it stays as it is. Checked when one is sent."""
    patient = Patient.objects.select_for_update().get(pk=patient_id)
    if wanted == (patient.no_reminders_since is None):
        return patient
    patient.no_reminders_since = None if wanted else now
    patient.save(update_fields=["no_reminders_since"])
    record(actor, "reminders on" if wanted else "reminders off", patient=patient)
    return patient
