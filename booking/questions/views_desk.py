"""The desk's button that mails a patient her link to the questions."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from booking.appointments.access import visit_of
from booking.questions.actions import send_questions
from clinic.audit.context import context_of
from clinic.models.people import Patient
from clinic.security.access import desk_only
from clinic.security.requests import StaffRequest
from clinic.security.submission_keys import SentWithOtherContent, once


@desk_only
@require_POST
def send_from_patient(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """Mail her the link, from her own page."""
    patient = get_object_or_404(Patient.objects.current(), pk=patient_id)
    return _sent(request, patient, reverse("desk_patient", args=[patient.pk]))


@desk_only
@require_POST
def send_from_visit(request: StaffRequest, appointment_id: UUID) -> HttpResponse:
    """Mail her the link, from the page of a visit."""
    visit = visit_of(appointment_id)
    return _sent(request, visit.patient.home, reverse("desk_appointment", args=[visit.pk]))


def _sent(request: StaffRequest, patient: Patient, page: str) -> HttpResponse:
    """Owe the mail once for each page that was shown, and say so on that page."""
    context = context_of(request)

    def action() -> str:
        if send_questions(patient=patient, context=context):
            messages.success(request, _("The link goes with the next run, within seconds."))
        else:
            messages.info(request, _("Nothing was sent. What stands below says why."))
        return page

    try:
        return redirect(once(request, "send questions", f"{context.actor.id} {patient.pk}", action))
    except Patient.DoesNotExist as error:  # erased a moment ago
        raise Http404 from error
    except SentWithOtherContent:  # the form has no content that could differ
        return redirect(page)
