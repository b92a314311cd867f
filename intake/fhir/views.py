"""A patient's record as a FHIR file: for clinicians, for herself, and to hand over to her."""

from uuid import UUID

from django.http import Http404, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from clinic.audit.context import Context, context_of
from clinic.models.people import Patient
from clinic.security.access import after_reauthentication, clinician_only, signed_in_patient_only
from clinic.security.birth_date_gate import after_fresh_birth_date
from clinic.security.fail_closed import fail_closed
from clinic.security.requests import ClinicianRequest, PatientRequest
from intake.fhir.exports import export_record
from intake.fhir.parts import Resource
from intake.models import Intake


@clinician_only
@after_reauthentication
@fail_closed
@require_safe
def case_fhir(request: ClinicianRequest, intake_id: UUID) -> HttpResponse:
    """Return the record of the case's patient as a FHIR bundle. The export is recorded first."""
    intake = Intake.objects.select_related("patient").filter(pk=intake_id).first()
    if intake is None:
        raise Http404
    bundle = export_record(patient=intake.patient, context=context_of(request))
    return as_file(bundle)


def as_file(bundle: Resource) -> HttpResponse:
    """Return the bundle as a download. Its name says nothing about the patient."""
    response = JsonResponse(bundle, content_type="application/fhir+json")
    response["Content-Disposition"] = 'attachment; filename="record.fhir.json"'
    return response


@signed_in_patient_only
@fail_closed
@after_fresh_birth_date
@require_safe
def own_record_file(request: PatientRequest) -> HttpResponse:
    """Return the patient's own record as a FHIR bundle, without what staff wrote for each other.

    The export is recorded first.
    """
    patient = request.patient
    bundle = export_record(patient=patient, context=context_of(request), with_team_notes=False)
    return as_file(bundle)


def file_to_hand_over(
    *, patient: Patient, context: Context, with_team_notes: bool, reason: str
) -> HttpResponse:
    """Return the record as a file that a clinician hands over; why is recorded with the export."""
    bundle = export_record(
        patient=patient, context=context, with_team_notes=with_team_notes, reason=reason
    )
    return as_file(bundle)
