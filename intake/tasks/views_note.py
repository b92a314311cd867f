"""The desk's note for a day about a patient. It becomes a task that is due on that day."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from crispy_forms.helper import FormHelper
from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from clinic.audit.context import Context
from clinic.audit.record import actor_of, record
from clinic.models.people import Patient
from clinic.security.access import desk_only
from clinic.security.requests import StaffRequest
from clinic.security.submission_keys import SentWithOtherContent, once
from clinic.web.form_fields import AT_MOST, day_field
from clinic.web.form_layout import TextLine, laid_out
from clinic.web.paging import form_page
from intake.concerns.task_kinds import DESK_NOTE
from intake.concerns.tasks import owe_task
from intake.episodes.due_times import day_end, today

MOST_LETTERS = 500
FURTHEST = timedelta(days=365)


class NoteForm(forms.Form):
    """What is to be done, and on which day."""

    text = forms.CharField(
        label=gettext_lazy("What is to be done"),
        max_length=MOST_LETTERS,
        error_messages={
            "required": gettext_lazy("Write what is to be done"),
            "max_length": AT_MOST,
        },
        widget=forms.Textarea({"rows": 2}),
    )
    day = day_field(gettext_lazy("On"))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    @property
    def helper(self) -> FormHelper:
        """The layout: the text, then the day."""
        return laid_out(TextLine("text"), TextLine("day"))

    def clean_day(self) -> date:
        """Refuse a day that is over, and one more than a year away."""
        day: date = self.cleaned_data["day"]
        if day < self.today:
            raise forms.ValidationError(_("This day is over. Choose today or a day ahead"))
        if day > self.today + FURTHEST:
            raise forms.ValidationError(_("Choose a day within the next year"))
        return day


@desk_only
@require_http_methods(["GET", "HEAD", "POST"])
def note(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """Write a note for a day. Every clinician and manager finds it among the tasks."""
    patient = get_object_or_404(Patient, pk=patient_id).home
    now = timezone.now()
    record(actor_of(request), "see patient", patient, patient=patient)
    form = NoteForm(request.POST or None, today=today(now))
    if request.method == "POST" and form.is_valid():
        try:
            following = _write(request, patient, form, Context(actor_of(request), now))
        except SentWithOtherContent:
            words = _("A note from this page is stored already. Press again to store this one too")
            form.add_error(None, words)
        else:
            messages.success(request, _("The note is among the tasks of that day."))
            return redirect(following)
    return form_page(request, "intake/tasks/note.html", form, patient=patient)


def _write(request: StaffRequest, patient: Patient, form: NoteForm, context: Context) -> str:
    """Owe the note once for each page shown; return where it leads."""

    def action() -> str:
        owe_task(
            patient=Patient.objects.select_for_update().get(pk=patient.pk),
            kind=DESK_NOTE,
            question=form.cleaned_data["text"],
            due_at=day_end(form.cleaned_data["day"], settings.CLINIC_TIME_ZONE),
            context=context,
        )
        return reverse("desk_patient", args=[patient.pk])

    return once(request, "desk note", f"{context.actor.id} {patient.pk}", action)
