"""The page on which the desk erases a patient: a reason, then a second press."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from booking.erasure.forms import EraseForm
from clinic.audit.context import context_of
from clinic.audit.record import actor_of, record
from clinic.models.people import Patient
from clinic.retention.erasing import Scope, StillOpen, erase_patient, open_things, scope_for
from clinic.retention.erasure_list import ListUnwritable
from clinic.retention.schedule import RECORD_YEARS
from clinic.security.access import after_reauthentication, desk_only
from clinic.security.requests import StaffRequest


@desk_only
@after_reauthentication
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """Erase a patient. The first press shows what goes and what stays, the second one does it."""
    patient = get_object_or_404(Patient.objects.current(), pk=patient_id)
    form = EraseForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, patient, form, status=422 if form.errors else 200)
    if "sure" not in request.POST:
        return _page(request, patient, form, asks=True)
    try:
        erase_patient(
            patient_id=patient.pk,
            reason=form.cleaned_data["reason"],
            context=context_of(request),
        )
    except StillOpen:
        # The page says what is open.
        return _page(request, patient, form, status=409)
    except ListUnwritable:
        form.add_error(
            None,
            _(
                "Nothing was erased: the list of erasures cannot be written. Ask whoever runs the "
                "computer."
            ),
        )
        return _page(request, patient, form, status=503)
    messages.success(request, _("She is erased."))
    return redirect("desk_patients")


def _page(
    request: StaffRequest,
    patient: Patient,
    form: EraseForm,
    *,
    asks: bool = False,
    status: int = 200,
) -> HttpResponse:
    now = context_of(request).now
    record(actor_of(request), "see patient", patient, patient=patient)
    still_open = open_things(patient, now)
    context = {
        "patient": patient,
        "form": form,
        "has_errors": bool(form.errors),
        "open": still_open,
        "keeps_record": scope_for(patient, now) == Scope.BUT_RECORD,
        "years": RECORD_YEARS,
        "asks": asks and not still_open,
    }
    return render(request, "booking/erasure/erase.html", context, status=status)
