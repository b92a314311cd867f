"""The page on which a browser mends the e-mail it typed, until somebody has proved the mailbox."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from clinic.audit.context import context_of
from clinic.identity.fields import EmailAddressField
from clinic.people.contact import NotHersToChange, change_own_email, may_change_own_email
from clinic.security.access import patient_only, speak_for
from clinic.security.requests import PatientRequest
from clinic.web.form_layout import lines
from clinic.web.paging import form_page
from intake.online_intake.session import intake_of, open_intake


class OwnEmailForm(forms.Form):
    """The address she reads."""

    email = EmailAddressField(
        label=gettext_lazy("Your e-mail"),
        own=True,
        error_messages={"required": gettext_lazy("Enter your e-mail")},
    )
    helper = lines(["email"])


@patient_only
@require_http_methods(["GET", "HEAD", "POST"])
def own_email(request: PatientRequest) -> HttpResponse:
    """Show the e-mail her mail goes to; change it on POST while nobody has proved the mailbox."""
    patient = request.patient
    is_open = not request.user.is_authenticated and may_change_own_email(patient)
    form = OwnEmailForm(request.POST or None, initial={"email": patient.email})
    if is_open and request.method == "POST" and form.is_valid():
        intake = intake_of(request)
        try:
            changed = change_own_email(
                patient_id=patient.pk,
                epoch=patient.epoch,
                email=form.cleaned_data["email"],
                context=context_of(request),
            )
        except NotHersToChange:
            return redirect("own_email")
        # This browser goes on; every other one, and every link, is at its end.
        speak_for(request, changed)
        if intake is not None and intake.patient_id == changed.pk:
            intake.patient = changed
            open_intake(request, intake)
        messages.success(
            request, _("Our mail goes to %(email)s from now on.") % {"email": changed.email}
        )
        return redirect("own_email")
    if not is_open:
        return render(request, "intake/patient_pages/email_closed.html", {"patient": patient})
    return form_page(request, "intake/patient_pages/own_email.html", form, patient=patient)
