"""The page on which the desk begins an intake for a patient on the telephone."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from crispy_forms.helper import FormHelper
from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from clinic.audit.context import Context
from clinic.audit.record import actor_of, record
from clinic.identity.birth_dates import ADULT_AGE, age_on, check_birth
from clinic.identity.date_field import ThreePartDateField
from clinic.identity.fields import EmailAddressField, PhoneField
from clinic.identity.same_person import ComparedContact
from clinic.known_patients.queries import likely_matches
from clinic.known_patients.warning import KnownPatientForm, record_known
from clinic.models.people import Patient
from clinic.security.access import desk_only, staff_of
from clinic.security.requests import StaffRequest
from clinic.web.form_layout import TextLine, Tick, laid_out
from clinic.web.paging import form_page
from intake.episodes.due_times import today
from intake.online_intake.routing import next_page
from intake.online_intake.session import open_intake
from intake.telephone_intake.actions import MissingContact, desk_draft, lacking, start_for_patient

AGREED = {"required": gettext_lazy("Ask the patient. Without it, do not go on")}


class TelephoneForm(KnownPatientForm):
    """Missing contact data, and the patient's consent, which the desk asks for aloud."""

    phone = PhoneField(
        label=gettext_lazy("Phone"),
        error_messages={"required": gettext_lazy("Enter a phone number")},
    )
    email = EmailAddressField(label=gettext_lazy("E-mail (optional)"), required=False)
    born_on = ThreePartDateField(
        label=gettext_lazy("Date of birth"),
        limits=check_birth,
        help_text=gettext_lazy("Month, day and year, for example 5 24 1992."),
        error_messages={"required": gettext_lazy("Enter the date of birth")},
    )
    adult = forms.BooleanField(
        label=gettext_lazy("The patient is 18 or older and has given birth"), error_messages=AGREED
    )
    record = forms.BooleanField(
        label=gettext_lazy("The patient agrees that the clinic keeps and uses the answers"),
        error_messages=AGREED,
    )
    contact = forms.BooleanField(
        label=gettext_lazy("The patient agrees that the clinic calls and e-mails about them"),
        error_messages=AGREED,
    )

    def __init__(
        self, data: Mapping[str, object] | None = None, *, patient: Patient, day: date
    ) -> None:
        super().__init__(data)
        self.patient, self.day = patient, day
        for name in {"phone", "email", "born_on"} - set(lacking(patient)):
            del self.fields[name]

    @property
    def helper(self) -> FormHelper:
        """The layout: what is missing, the consent, and a tick if somebody like her is known."""
        asked = [name for name in ("phone", "email", "born_on") if name in self.fields]
        ticks = (Tick("adult"), Tick("record"), Tick("contact"))
        return laid_out(*map(TextLine, asked), *ticks, *self.known_tick)

    def clean(self) -> dict[str, Any]:
        """Refuse a patient under 18.

        With what was missing she may turn out to be somebody who is known.
        """
        cleaned = super().clean() or {}
        # A date the clinic already has counts as well: it may contradict what was ticked.
        born_on = self.patient.born_on or cleaned.get("born_on")
        if born_on is not None and born_on <= self.day and age_on(born_on, self.day) < ADULT_AGE:
            self.add_error(
                None, _("These questions are for people 18 or older. Ask a clinician what to do")
            )
        contact = ComparedContact(
            name=self.patient.name,
            born_on=born_on,
            # A number that nobody can dial is asked for anew.
            phone=cleaned.get("phone") or self.patient.phone,
            email=self.patient.email or cleaned.get("email", ""),
        )
        self.look_for_known(contact, self.patient)
        return cleaned

    def missing(self) -> MissingContact:
        """Return the contact data that was asked for because the clinic did not have it."""
        names = ("phone", "email", "born_on")
        return MissingContact(
            **{name: self.cleaned_data[name] for name in names if name in self.fields}
        )


@desk_only
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    """Ask for consent and missing contact data, then open the questions; or go on with a draft."""
    patient = get_object_or_404(Patient, pk=patient_id, erased_at__isnull=True).home
    now, actor = timezone.now(), actor_of(request)
    record(actor, "see patient", patient, patient=patient)
    form = TelephoneForm(request.POST or None, patient=patient, day=today(now))
    draft = desk_draft(patient, staff_of(request))
    # With a draft nothing is asked again: consent was given when it began.
    if request.method != "POST" or (draft is None and not form.is_valid()):
        record_known(request, form)
        return form_page(
            request,
            "intake/telephone_intake/start.html",
            form,
            patient=patient,
            draft=draft,
            alike=likely_matches([patient])[patient.pk],
        )
    missing = form.missing() if draft is None else MissingContact()
    try:
        intake = start_for_patient(
            patient_id=patient.pk,
            missing=missing,
            by=staff_of(request),
            context=Context(actor, now),
        )
    except Patient.DoesNotExist as error:  # erased a moment ago
        raise Http404 from error
    open_intake(request, intake)
    return redirect(next_page(intake))
