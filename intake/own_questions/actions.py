"""Begin the form of a patient who came by her own link."""

from uuid import UUID

from clinic.audit.context import Context
from clinic.database.retrying import retried
from clinic.models.people import Patient
from clinic.people.locking import lock_patient
from intake.intakes.answering import start_intake
from intake.models import Intake


@retried
def begin(*, patient_id: UUID, context: Context) -> Intake:
    """Return the form that the patient fills in: the draft she began herself, or a new one.

    It is on her own row. Raises Patient.DoesNotExist for a patient who was erased.
    """
    # Locked, so that a double click begins one form.
    patient = lock_patient(patient_id)
    return own_draft(patient) or start_intake(contact=None, patient=patient, context=context)


def own_draft(patient: Patient) -> Intake | None:
    """Return the newest draft that the patient began herself, not the desk for her, or None."""
    drafts = Intake.objects.full().drafts().filter(patient=patient, entered_by=None)
    return drafts.order_by("-saved_at").first()
