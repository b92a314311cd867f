"""A patient's own whole record, on one page to print."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from clinic.audit.context import context_of
from clinic.security.access import signed_in_patient_only
from clinic.security.birth_date_gate import after_fresh_birth_date
from clinic.security.fail_closed import fail_closed
from clinic.security.requests import PatientRequest
from intake.whole_record.actions import open_own_record


@signed_in_patient_only
@fail_closed
@after_fresh_birth_date
@require_safe
def own_record(request: PatientRequest) -> HttpResponse:
    """Show everything kept about the patient that is hers to have. The reading is recorded."""
    context = context_of(request)
    found = open_own_record(patient=request.patient, context=context)
    page = {"record": found, "now": context.now}
    return render(request, "intake/whole_record/own.html", page)
