"""Lock a patient's row before something of hers is written."""

from uuid import UUID

from clinic.models.people import Patient


def lock_patient(patient_id: UUID) -> Patient:
    """Lock the row she is on now, which is another one after a merge, and return it.

    So nothing of hers is begun on a row that is just being merged or erased. Rows that only refer
    to the patient can be written meanwhile. Raises Patient.DoesNotExist for one who was erased.
    """
    while True:
        rows = Patient.objects.select_for_update(no_key=True).filter(erased_at__isnull=True)
        patient = rows.get(pk=patient_id)
        if patient.merged_into_id is None:
            return patient
        patient_id = patient.merged_into_id
