"""A patient's record as a FHIR file: for clinicians, for herself, and to hand over to her."""

from uuid import UUID

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST, require_safe

from clinic.audit.context import context_of
from clinic.security.access import after_reauthentication, clinician_only, signed_in_patient_only
from clinic.security.birth_date_gate import after_fresh_birth_date
from clinic.security.fail_closed import fail_closed
from clinic.security.requests import ClinicianRequest, PatientRequest
from intake.fhir.exports import export_record
from intake.fhir.parts import Resource
from intake.models import Intake
from intake.whole_record.forms import HandOverForm
from intake.whole_record.views_staff import hand_over_page, with_records


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


@clinician_only
@after_reauthentication
@fail_closed
@require_POST
def hand_over_file(request: ClinicianRequest, patient_id: UUID) -> HttpResponse:
    """Return the record as a file that a clinician hands over; why is recorded with the export."""
    patient = get_object_or_404(with_records(), pk=patient_id)
    form = HandOverForm(request.POST)
    if not form.is_valid():
        return hand_over_page(request, patient, form)
    bundle = export_record(
        patient=patient,
        context=context_of(request),
        with_team_notes=form.cleaned_data["with_team_notes"],
        reason=form.reason,
    )
    return as_file(bundle)
