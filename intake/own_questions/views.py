"""The pages on which a patient who was booked by the desk begins the questions as herself.

The key is the mailed link or her own session, and her date of birth beside it. Nothing is shown of
what she has answered before both are given, and nothing is begun before she presses a button.
"""

from contextlib import suppress
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from booking.appointments.access import VisitRequest, with_own_visit
from booking.models import Appointment
from booking.questions.links import QUESTIONS, about
from clinic.audit.context import context_of
from clinic.identity.birth_dates import ADULT_AGE, age_on
from clinic.models.links import AccessLink
from clinic.models.people import Patient
from clinic.security.access import public
from clinic.security.birth_date_gate import ask_birth_date
from clinic.security.link_pages import opened, register
from clinic.security.requests import PublicRequest
from clinic.web.paging import form_page
from intake.episodes.due_times import today
from intake.intakes.consent_form import ConsentForm
from intake.models import Intake
from intake.online_intake.routing import next_page
from intake.online_intake.session import open_intake
from intake.own_questions.actions import begin, own_draft

METHODS = ["GET", "HEAD", "POST"]


@public(reason="the mailed link and the date of birth are the key")
@require_http_methods(METHODS)
def own_questions(request: PublicRequest, patient_id: UUID) -> HttpResponse:
    """Open the questions by the link that was mailed for them."""
    patient = Patient.objects.select_related("merged_into").filter(pk=patient_id).first()
    if patient is None or not opened(request, QUESTIONS, about(patient.pk)):
        return render(request, "clinic/security/link_closed.html", status=404)
    return _open(request, patient.home)


@with_own_visit
@require_http_methods(METHODS)
def questions_of_visit(request: VisitRequest, visit: Appointment) -> HttpResponse:
    """Open the questions from the page of a visit."""
    return _open(request, visit.patient.home)


def _open(request: HttpRequest, patient: Patient) -> HttpResponse:
    """Ask for the date of birth, then for consent, and open her form on POST."""
    if patient.born_on is None:
        # No date would be right: she is told to call.
        return render(request, "clinic/security/link_closed.html", status=404)
    gate = ask_birth_date(request, patient, template="intake/own_questions/birth_date.html")
    if gate is not None:
        return gate
    sent = Intake.objects.full().sent().filter(patient=patient).order_by("sent_at").last()
    if sent is not None:
        return render(request, "intake/drafts/resume_sent.html", {"intake": sent})
    now = timezone.now()
    if age_on(patient.born_on, today(now)) < ADULT_AGE:
        return redirect("intake_under_18")
    draft = own_draft(patient)
    form = ConsentForm(request.POST or None)
    # With a draft nothing is asked again: consent was given when it began.
    if request.method == "POST" and (draft is not None or form.is_valid()):
        # She may have been erased a moment ago.
        with suppress(Patient.DoesNotExist):
            return _begun(request, patient)
        return redirect("intake_closed")
    return form_page(request, "intake/own_questions/begin.html", form, draft=draft)


def _begun(request: HttpRequest, patient: Patient) -> HttpResponse:
    intake = begin(patient_id=patient.pk, context=context_of(request))
    # A new key, so that a session id somebody planted before opens nothing now.
    request.session.cycle_key()
    open_intake(request, intake)
    return redirect(next_page(intake))


def _page(link: AccessLink) -> str:
    """Return the address of the questions of the patient whom the link names."""
    return reverse("own_questions", args=[link.about.partition(":")[2]])


def register_links() -> None:
    """Register where these links lead. Called once, when the app is ready."""
    register(QUESTIONS, _page)
