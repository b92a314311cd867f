"""The page on which a patient sees who read her record."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from clinic.audit.readers import readings_of
from clinic.audit.record import actor_of, record
from clinic.security.access import signed_in_patient_only
from clinic.security.birth_date_gate import after_birth_date
from clinic.security.fail_closed import fail_closed
from clinic.security.requests import PatientRequest


@signed_in_patient_only
@fail_closed
@after_birth_date
@require_safe
def readers(request: PatientRequest) -> HttpResponse:
    """Show who at the clinic read the patient's record, the newest first.

    Asks for her date of birth first, once a session.
    """
    patient = request.patient
    record(actor_of(request), "see readers", patient, patient=patient)
    page = readings_of(patient, request.GET.get("page"))
    return render(request, "intake/patient_pages/readers.html", {"page": page})
