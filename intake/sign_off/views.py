"""The page on which a clinician signs off the clinical rules."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clinic.audit.context import context_of
from clinic.practice.wall_time import clinic_date
from clinic.security.access import after_reauthentication, clinician_only
from clinic.security.requests import ClinicianRequest
from intake.models import RulesSignOff
from intake.sign_off.actions import sign_off_rules
from intake.sign_off.forms import SignOffForm
from intake.triage.rules import RULES_VERSION

# How many signatures the page lists.
SHOWN = 20


@clinician_only
@after_reauthentication
@require_http_methods(["GET", "HEAD", "POST"])
def rules_sign_off(request: ClinicianRequest) -> HttpResponse:
    """Show who signed off which version of the rules; POST signs the one in force."""
    clinician = request.clinician
    form = SignOffForm(request.POST or None, version=RULES_VERSION, name=clinician.name)
    if request.method == "POST" and form.is_valid():
        context = context_of(request)
        sign_off_rules(
            version=form.cleaned_data["version"],
            clinician=clinician,
            name=form.cleaned_data["name"],
            license_number=form.cleaned_data["license_number"],
            signed_on=clinic_date(context.now, settings.CLINIC_TIME_ZONE),
            context=context,
        )
        messages.success(request, _("The rules are signed off."))
        return redirect("rules_sign_off")
    shown = {
        "form": form,
        "version": RULES_VERSION,
        "signed": RulesSignOff.objects.all()[:SHOWN],
        "has_errors": bool(form.errors),
    }
    status = 422 if form.errors else 200
    return render(request, "intake/sign_off/sign_off.html", shown, status=status)
