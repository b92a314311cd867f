"""Export a patient's record as FHIR, with an audit event."""

from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried
from clinic.models.people import Patient
from intake.fhir.parts import Resource
from intake.fhir.record import record_bundle


@retried
def export_record(
    *, patient: Patient, context: Context, with_team_notes: bool = True, reason: str = ""
) -> Resource:
    """Return the patient's record as a FHIR bundle and record what is in it, and why.

    `with_team_notes` is false for the patient herself. If the audit event cannot be written, the
    exception leaves nothing to hand out.
    """
    bundle, seen = record_bundle(patient, now=context.now, with_team_notes=with_team_notes)
    # After the bundle is made, because the event names the questions whose answers are in it.
    record(context.actor, "export record", patient, patient=patient, fields=seen, words=reason)
    return bundle
