"""The page that opens one record in an emergency, and the list for whoever gives access."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from clinic.audit.context import context_of
from clinic.audit.record import actor_of, record
from clinic.models.people import Patient
from clinic.security.access import access_admin_only, staff_of, staff_only
from clinic.security.fail_closed import fail_closed
from clinic.security.requests import StaffRequest
from clinic.web.paging import form_page
from intake.emergency_access.actions import (
    LASTS,
    begin_emergency_access,
    current_access,
    end_emergency_access,
)
from intake.emergency_access.forms import EmergencyAccessForm
from intake.emergency_access.queries import accesses_page, opened, rows_of
from intake.models import EmergencyAccess

# The button that ends it.
END = "end"


@staff_only
@fail_closed
@require_http_methods(["GET", "HEAD", "POST"])
def emergency_access(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """Ask why the record has to be opened; once that is given, show what helps for half an hour."""
    patient = get_object_or_404(Patient, pk=patient_id).home
    user, context = staff_of(request), context_of(request)
    if END in request.POST:
        end_emergency_access(by=user, context=context)
        messages.success(request, _("The record is closed again."))
        return redirect("after_sign_in")
    access = current_access(user, context.now)
    if access is not None and access.patient_id == patient.pk:
        return _opened(request, access)
    form = EmergencyAccessForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        begin_emergency_access(patient_id=patient.pk, reason=reason, by=user, context=context)
        return redirect("emergency_access", patient.pk)
    record(actor_of(request), "see patient", patient, patient=patient, fields=("name",))
    minutes = int(LASTS.total_seconds() // 60)
    template = "intake/emergency_access/ask.html"
    return form_page(request, template, form, patient=patient, minutes=minutes)


def _opened(request: StaffRequest, access: EmergencyAccess) -> HttpResponse:
    if request.method == "POST":
        # A second click, or a page that was left open: it is open already.
        return redirect("emergency_access", access.patient_id)
    shown = opened(access, context=context_of(request))
    return render(
        request, "intake/emergency_access/opened.html", {"access": access, "opened": shown}
    )


@access_admin_only
@fail_closed
@require_safe
def emergency_accesses(request: StaffRequest) -> HttpResponse:
    """List who opened a record in an emergency, when and why. It shows no name of a patient."""
    record(actor_of(request), "see emergency accesses")
    page = accesses_page(request.GET.get("page"))
    context = {"page": page, "rows": rows_of(page), "now": timezone.now()}
    return render(request, "intake/emergency_access/list.html", context)
