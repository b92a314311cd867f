"""The pages on which a patient, or the desk for her, gives an emergency contact.

They take it and never show it. A clinician opens it on the task in which nobody reached her, and
staff by an emergency access (intake/emergency_access/).
"""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clinic.audit.context import context_of
from clinic.audit.record import actor_of, record
from clinic.models.people import Patient, User
from clinic.security.access import desk_only, patient_only, staff_of
from clinic.security.requests import PatientRequest, StaffRequest
from clinic.web.paging import form_page
from intake.emergency_contact.actions import (
    remove_emergency_contact,
    save_emergency_contact,
    saved_at,
)
from intake.emergency_contact.forms import EmergencyContactForm

# The button that takes away what is stored.
REMOVE = "remove"


@patient_only
@require_http_methods(["GET", "HEAD", "POST"])
def emergency_contact(request: PatientRequest) -> HttpResponse:
    """Ask the patient whom to call and where she lives; store it on POST, or take it away."""
    patient = request.patient
    form = EmergencyContactForm(request.POST or None)
    if request.method == "POST" and _is_done(request, patient, form):
        return redirect("emergency_contact")
    context = {"saved_at": saved_at(patient.pk)}
    return form_page(request, "intake/emergency_contact/own.html", form, **context)


@desk_only
@require_http_methods(["GET", "HEAD", "POST"])
def emergency_contact_for_patient(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """Store what the patient says on the telephone. The desk never sees what is stored."""
    patient = get_object_or_404(Patient, pk=patient_id).home
    record(actor_of(request), "see patient", patient, patient=patient)
    form = EmergencyContactForm(request.POST or None)
    if request.method == "POST" and _is_done(request, patient, form, by=staff_of(request)):
        return redirect("desk_patient", patient.pk)
    context = {"patient": patient, "saved_at": saved_at(patient.pk)}
    return form_page(request, "intake/emergency_contact/desk.html", form, **context)


def _is_done(
    request: HttpRequest, patient: Patient, form: EmergencyContactForm, by: User | None = None
) -> bool:
    """Do what was posted, and tell so; return False if the form has errors."""
    if REMOVE in request.POST:
        remove_emergency_contact(patient_id=patient.pk, context=context_of(request))
        messages.success(request, _("The emergency contact and the address are removed."))
        return True
    if not form.is_valid():
        return False
    context = context_of(request)
    save_emergency_contact(patient_id=patient.pk, details=form.details(), context=context, by=by)
    messages.success(
        request, _("Saved. It is opened only if need be, and it is written down by whom.")
    )
    return True
