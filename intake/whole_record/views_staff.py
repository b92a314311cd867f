"""Hand a record over: the desk asks for it, and only a clinician opens it."""

from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from clinic.audit.context import context_of
from clinic.audit.record import actor_of, record
from clinic.models.people import Patient
from clinic.security.access import after_reauthentication, clinician_only, desk_only
from clinic.security.fail_closed import fail_closed
from clinic.security.requests import ClinicianRequest, StaffRequest
from clinic.security.submission_keys import SentWithOtherContent, once
from clinic.web.paging import form_page
from intake.concerns.task_kinds import HAND_OVER
from intake.models import Task
from intake.whole_record.actions import (
    CannotBeMailed,
    ask_clinician,
    file_maker,
    hand_over_record,
    mail_own_pages,
    may_be_mailed,
)
from intake.whole_record.forms import AskForRecordForm, HandOverForm, Way

# The button of the clinician's page that wants the file and not the page.
FILE = "file"
_TOLD = {
    Way.MAIL: gettext_lazy("A mail leads her to her own pages, where she can print her record."),
    Way.PAPER: gettext_lazy("A clinician finds it among the tasks and prints it for her."),
}


@desk_only
@after_reauthentication
@fail_closed
@require_http_methods(["GET", "HEAD", "POST"])
def ask_for_record(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """Ask why the record is wanted and how it gets to her. The page shows nothing of it."""
    patient = get_object_or_404(with_records(), pk=patient_id)
    form = AskForRecordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            following = _asked(request, patient, form)
        except CannotBeMailed:
            form.add_error("way", _("No mail reaches her, or her date of birth is missing"))
        except SentWithOtherContent:
            form.add_error(None, _("Something was asked for from this page already. Press again"))
        else:
            messages.success(request, _TOLD[Way(form.cleaned_data["way"])])
            return redirect(following)
    record(actor_of(request), "see patient", patient, patient=patient)
    context = {"patient": patient, "may_be_mailed": may_be_mailed(patient)}
    return form_page(request, "intake/whole_record/ask.html", form, **context)


def _asked(request: StaffRequest, patient: Patient, form: AskForRecordForm) -> str:
    """Do what was asked for once for each page shown; return where it leads."""
    way, context = Way(form.cleaned_data["way"]), context_of(request)

    def action() -> str:
        do = mail_own_pages if way == Way.MAIL else ask_clinician
        do(patient=patient, reason=form.reason, context=context)
        return reverse("desk_patient", args=[patient.pk])

    return once(request, "ask for record", f"{context.actor.id} {patient.pk}", action)


def with_records() -> QuerySet[Patient]:
    """Return the patients of whom there is a record: none that was erased or merged."""
    return Patient.objects.current().filter(erased_at__isnull=True)


@clinician_only
@after_reauthentication
@fail_closed
@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: ClinicianRequest, patient_id: UUID) -> HttpResponse:
    """Ask why; then show the record to be printed for her, or return it as a file.

    Reading and reason are recorded.
    """
    patient = get_object_or_404(with_records(), pk=patient_id)
    form = HandOverForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return hand_over_page(request, patient, form)
    context, make = context_of(request), file_maker()
    notes = form.cleaned_data["with_team_notes"]
    if FILE in request.POST and make is not None:
        return make(patient=patient, context=context, with_team_notes=notes, reason=form.reason)
    found = hand_over_record(
        patient=patient, reason=form.reason, with_team_notes=notes, context=context
    )
    page = {
        "record": found,
        "patient": patient,
        "now": context.now,
        "task": Task.objects.open().filter(patient=patient, kind=HAND_OVER).first(),
    }
    return render(request, "intake/whole_record/printed.html", page)


def hand_over_page(request: ClinicianRequest, patient: Patient, form: HandOverForm) -> HttpResponse:
    """Return the page that asks a clinician why. It shows nothing of the record."""
    record(actor_of(request), "see patient", patient, patient=patient, fields=("name",))
    context = {"patient": patient, "has_file": file_maker() is not None}
    return form_page(request, "intake/whole_record/hand_over.html", form, **context)
