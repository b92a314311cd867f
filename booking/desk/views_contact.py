"""Pages on which the desk changes how a patient is reached: contact, reminders, mail again."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from booking.appointments.access import visit_of
from booking.desk.forms import PatientContactForm
from booking.reminders.again import send_confirmation, unmailed_visits
from booking.scheduling.queries import upcoming_of
from clinic.audit.context import context_of
from clinic.audit.shown import record_shown
from clinic.known_patients.warning import record_known
from clinic.messages.preferences import set_reminders
from clinic.models.people import Patient
from clinic.people.contact import (
    ChangedMeanwhile,
    EmailTaken,
    MustAskFirst,
    change_contact,
    fingerprint,
)
from clinic.security.access import desk_only
from clinic.security.requests import StaffRequest


@desk_only
@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """Change a patient's contact data. Mail that is still owed goes to the new address."""
    patient = get_object_or_404(Patient.objects.current(), pk=patient_id)
    form = PatientContactForm(request.POST or None, patient=patient)
    if request.method != "POST" or not form.is_valid():
        record_known(request, form)
        return _contact_page(request, patient, form, status=422 if form.errors else 200)
    try:
        change_contact(
            patient_id=patient.pk,
            seen=request.POST.get("seen", ""),
            wanted=form.contact(),
            context=context_of(request),
            has_asked=form.cleaned_data.get("has_asked", False),
        )
    except EmailTaken:
        form.add_error("email", _("Somebody already signs in with this e-mail."))
        return _contact_page(request, patient, form, status=422)
    except MustAskFirst:
        # She has shown meanwhile that the mailbox is hers: the form is made anew, with the box.
        patient.refresh_from_db()
        form = PatientContactForm(request.POST, patient=patient)
        return _contact_page(request, patient, form, status=422)
    except ChangedMeanwhile:
        form.add_error(None, _("This was changed since you opened the page. Compare and send."))
        # The page shows what is stored now beside what was typed.
        patient.refresh_from_db()
        return _contact_page(request, patient, form, status=409)
    messages.success(request, _("The contact data is changed."))
    return redirect("desk_patient", patient.pk)


@desk_only
@require_POST
def choose_reminders(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """Turn a patient's reminders off, or on again, as she asks on the telephone."""
    patient = get_object_or_404(Patient.objects.current(), pk=patient_id)
    choice = request.POST.get("reminders")
    if choice in ("on", "off"):
        set_reminders(
            patient_id=patient.pk,
            wanted=choice == "on",
            context=context_of(request),
            # She is on the telephone.
            tell_patient=False,
        )
    return redirect("desk_patient", patient.pk)


@desk_only
@require_POST
def send_visit_confirmation(request: StaffRequest, appointment_id: UUID) -> HttpResponse:
    """Send the confirmation of one visit again, or for the first time."""
    visit = visit_of(appointment_id)
    _say_sent(request, send_confirmation(visit=visit, context=context_of(request)))
    return redirect("desk_appointment", visit.pk)


@desk_only
@require_POST
def send_confirmations(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """Send the confirmations that could not be mailed while there was no address."""
    patient = get_object_or_404(Patient.objects.current(), pk=patient_id)
    context = context_of(request)
    visits = unmailed_visits(patient, list(upcoming_of(patient, context.now)))
    sent = [send_confirmation(visit=visit, context=context) for visit in visits]
    _say_sent(request, any(sent))
    return redirect("desk_patient", patient.pk)


def _say_sent(request: HttpRequest, is_owed: bool) -> None:
    if is_owed:
        messages.success(request, _("It goes with the next run, within seconds."))
    else:
        messages.info(request, _("Nothing was sent: no visit is ahead, or she takes no mail."))


def _contact_page(
    request: HttpRequest, patient: Patient, form: PatientContactForm, *, status: int
) -> HttpResponse:
    """Render the form. `seen` is the version of the contact data that the page shows."""
    record_shown(request, "see patient", [patient], reason="contact")
    context = {
        "patient": patient,
        "form": form,
        "seen": fingerprint(patient),
        "has_errors": bool(form.errors),
    }
    return render(request, "booking/desk/contact.html", context, status=status)
