"""The desk's forms about patients and visits."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from crispy_forms.helper import FormHelper
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from booking.models import Appointment, Service
from booking.reminders.notify_choice import notify_field, notify_tiles
from booking.scheduling.slot_choices import TimeChoice
from clinic.identity.asking import keep
from clinic.identity.birth_dates import check_adult_birth
from clinic.identity.date_field import DateLineField
from clinic.identity.fields import EmailAddressField, NameField, PhoneField
from clinic.identity.phones import dialed
from clinic.identity.same_person import ComparedContact
from clinic.known_patients.warning import KnownPatientForm
from clinic.models.people import Clinician, Patient
from clinic.people.contact import Contact, has_shown_mailbox, must_ask_first
from clinic.practice.wall_time import instant
from clinic.web.form_fields import AT_MOST
from clinic.web.form_layout import TextLine as TextLine
from clinic.web.form_layout import Tick, Tiles, laid_out, lines

# The fields of `Contact`, in the order in which the forms show them.
WANTED = ("name", "phone", "email", "born_on", "interpreter")


class CancelForm(forms.Form):
    """Ask who cancels, which visits, why, and whether a late cancellation is forgiven.

    `following` is how many booked visits of the package come after this one. `used` is how many
    visits of the package would count as used if they were cancelled now.
    """

    who = forms.ChoiceField(
        label=_("Who cancels?"),
        choices=[("patient", _("The patient")), ("clinic", _("The clinic"))],
        widget=forms.RadioSelect,
        initial="patient",
        error_messages={"required": _("Say who cancels")},
    )
    which = forms.ChoiceField(
        label=_("Which visits?"),
        choices=[("this", _("Only this one")), ("following", _("This and all after it"))],
        widget=forms.RadioSelect,
        initial="this",
        required=False,
    )
    excused = forms.BooleanField(label=_("Give it back although it is late"), required=False)
    reason = forms.CharField(label=_("Reason"), required=False, max_length=200)

    def __init__(
        self, data: Mapping[str, object] | None = None, *, following: int = 0, used: int = 0
    ) -> None:
        super().__init__(data)
        if not following:
            del self.fields["which"]
        asked: list[Any] = [Tiles("who")]
        asked += [Tiles("which")] if following else []
        # What was ticked stays on the page, even if no visit would count as used any more.
        asked += [Tick("excused")] if used or self["excused"].value() else []
        self.helper = laid_out(*asked, TextLine("reason"))

    def clean(self) -> dict[str, Any]:
        """Ask for a reason when a late cancellation is forgiven."""
        cleaned = super().clean() or {}
        if cleaned.get("excused") and not cleaned.get("reason"):
            self.add_error("reason", _("Write down why it is given back"))
        return cleaned


class PatientContactForm(KnownPatientForm):
    """A patient's name, date of birth, phone, e-mail and interpreter. The e-mail is optional.

    With `patient` it is the contact of this row, without it that of a new one.
    """

    name = NameField(label=_("Name"), error_messages={"required": _("Enter a name")})
    phone = PhoneField(label=_("Phone"), error_messages={"required": _("Enter a phone number")})
    email = EmailAddressField(label=_("E-mail (optional)"), required=False)
    born_on = DateLineField(
        label=_("Date of birth"),
        limits=check_adult_birth,
        help_text=_("Month, day and year, for example 5 24 1992."),
        error_messages={"required": _("Enter the date of birth")},
    )
    interpreter = forms.CharField(
        label=_("Interpreter (optional)"),
        required=False,
        max_length=40,
        error_messages={"max_length": AT_MOST},
        help_text=_("The language, for example Portuguese or ASL. Empty if none is needed."),
    )
    # Only where somebody has shown that the stored e-mail is hers.
    has_asked = forms.BooleanField(label=_("I asked her name and date of birth"), required=False)

    def __init__(
        self,
        data: Mapping[str, object] | None = None,
        *,
        patient: Patient | None = None,
        searched: dict[str, Any] | None = None,
    ) -> None:
        """Fill the form with what is stored of `patient`, which may stay as it is.

        A form for a new patient is filled with `searched`: what a search for her knew already.
        """
        super().__init__(data, initial=_stored(patient) if patient else searched)
        self.patient = patient
        if patient is None or not has_shown_mailbox(patient):
            del self.fields["has_asked"]
        if patient is not None:
            keep(self, "phone", patient.phone)
            keep(self, "born_on", patient.born_on)

    @property
    def helper(self) -> FormHelper:
        """The layout: the contact, and ticks that she said who she is and that she is another."""
        asked = [Tick("has_asked")] if "has_asked" in self.fields else []
        return laid_out(*map(TextLine, WANTED), *asked, *self.known_tick)

    def clean(self) -> dict[str, Any]:
        """Ask whether she said who she is, and look for patients who may be the same."""
        cleaned = super().clean() or {}
        if (
            self.patient is not None
            and "email" in cleaned
            and must_ask_first(self.patient, cleaned["email"])
            and not cleaned.get("has_asked")
        ):
            self.add_error("has_asked", _("Ask for her name and date of birth, then tick this"))
        contact = ComparedContact(
            # An invalid value is missing here.
            name=cleaned.get("name", ""),
            born_on=cleaned.get("born_on"),
            phone=cleaned.get("phone", ""),
            email=cleaned.get("email", ""),
        )
        self.look_for_known(contact, self.patient)
        return cleaned

    def contact(self) -> Contact:
        """Return what was typed as a `Contact`; call it on a valid form only."""
        return Contact(**{name: self.cleaned_data[name] for name in WANTED})

    def create_patient(self, *, is_sample: bool) -> Patient:
        """Create and return a new patient; call it on a valid form only."""
        return Patient.objects.create(**asdict(self.contact()), is_sample=is_sample)


def _stored(patient: Patient) -> dict[str, Any]:
    # The phone as people dial it; the form reads it back into the stored form.
    return {
        **{name: getattr(patient, name) for name in WANTED},
        "phone": dialed(patient.phone),
    }


# Type checkers want to know the model, but Django's class takes no parameter at run time.
if TYPE_CHECKING:
    _ClinicianChoiceField = forms.ModelChoiceField[Clinician]
else:
    _ClinicianChoiceField = forms.ModelChoiceField


class ClinicianField(_ClinicianChoiceField):
    """A choice of clinicians that shows their names."""

    def label_from_instance(self, obj: Clinician) -> str:
        """Return the clinician's name."""
        return obj.name


class TimeForm(forms.Form):
    """A clinician, a day and a time.

    `early_reason` lifts the spacing of the package's visits and a stop of self-booking,
    `overlap_reason` allows a visit over another one.
    """

    clinician = ClinicianField(
        Clinician.objects.filter(is_active=True).order_by("pk"),
        label=_("Clinician"),
        required=False,
        empty_label=_("Anyone"),
    )
    day = forms.DateField(
        label=_("Day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Choose a day"), "invalid": _("Enter a date")},
    )
    at = forms.TimeField(
        label=_("Time"),
        widget=forms.TimeInput(attrs={"type": "time", "step": 900}),
        error_messages={"required": _("Choose a time"), "invalid": _("Enter a time like 9:30")},
    )
    early_reason = forms.CharField(
        label=_("Reason, if it is earlier than planned or an urgent answer is open"),
        required=False,
        max_length=200,
    )
    overlap_reason = forms.CharField(
        label=_("Reason, if it goes over another visit"), required=False, max_length=200
    )
    helper = lines(("clinician", "day", "at", "early_reason", "overlap_reason"))

    def clean(self) -> dict[str, Any]:
        """Ask for the clinician when the visit may overlap another one."""
        cleaned = super().clean() or {}
        if cleaned.get("overlap_reason") and not cleaned.get("clinician"):
            self.add_error("clinician", _("Choose the clinician whose visits may overlap"))
        return cleaned

    def wanted(self) -> dict[str, Any]:
        """Return the chosen time and reasons as `BookingRequest` names them.

        Call it on a valid form only. `starts_at` is aware; `clinician_id` is None for anyone.
        """
        cleaned = self.cleaned_data
        return {
            "starts_at": instant(cleaned["day"], cleaned["at"], settings.CLINIC_TIME_ZONE),
            "clinician_id": cleaned["clinician"].pk if cleaned["clinician"] else None,
            "early_reason": cleaned["early_reason"],
            "overlap_reason": cleaned["overlap_reason"],
        }


class MoveForm(TimeForm):
    """Another time for a visit, and whether the patient is told by mail."""

    notify = notify_field()

    def __init__(
        self,
        data: Mapping[str, object] | None = None,
        *,
        patient: Patient | None = None,
        **options: Any,
    ) -> None:
        """Leave the question about mail out when no mail reaches `patient`: the desk calls her."""
        super().__init__(data, **options)
        asked = notify_tiles(patient)
        names = ("clinician", "day", "at", "early_reason", "overlap_reason")
        self.helper = laid_out(*map(TextLine, names), *asked)
        # If the chosen time can be booked as it is, the page asks only whether to tell her.
        self.notify_only = laid_out(*asked) if asked else None

    @property
    def time_fields(self) -> list[forms.BoundField]:
        """The fields for the time and the clinician, without the reasons."""
        return [self[name] for name in ("clinician", "day", "at")]


class TelephoneBookingForm(TimeForm):
    """A visit that the desk books on the telephone. `services` are those she may book."""

    service = forms.ChoiceField(label=_("Visit"), error_messages={"required": _("Choose a visit")})
    exam_wish = forms.ChoiceField(
        label=_("Her wish about an internal exam, which is never required"),
        choices=[("", _("Not said")), *Appointment.ExamWish.choices[1:]],
        required=False,
    )
    # The search for a time stands between the two.
    what_helper = lines(("service",))
    helper = lines(("clinician", "day", "at", "exam_wish", "early_reason", "overlap_reason"))

    def __init__(
        self,
        data: Mapping[str, object] | None = None,
        *,
        services: list[Service],
        slot: TimeChoice | None = None,
        typed: Mapping[str, Any] | None = None,
    ) -> None:
        """Fill the fields with `typed`; the time of a chosen `slot` replaces the one in it."""
        super().__init__(data, initial={**(typed or {}), **as_initial(slot)})
        self.services = {service.code: service for service in services}
        field = self.fields["service"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(service.code, service.name) for service in services]

    def request(self) -> dict[str, Any]:
        """Return the arguments for `book_by_staff`; call it on a valid form only."""
        return {
            **self.wanted(),
            "service_code": self.cleaned_data["service"],
            "exam_wish": self.cleaned_data["exam_wish"],
        }

    @property
    def chosen_service(self) -> Service | None:
        """The service chosen on the form, also before it was sent: the first one then."""
        return self.services.get(self["service"].value() or next(iter(self.services), ""))


def as_initial(slot: TimeChoice | None) -> dict[str, Any]:
    """Return the form's initial values for a time that was chosen on the calendar."""
    if slot is None:
        return {}
    wall = slot.starts_at.astimezone(ZoneInfo(settings.CLINIC_TIME_ZONE))
    return {"clinician": slot.clinician_id, "day": wall.date(), "at": f"{wall:%H:%M}"}
