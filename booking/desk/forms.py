"""The desk's forms."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from crispy_forms.helper import FormHelper
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from booking.models import Appointment, Service
from booking.reminders.notify_choice import notify_field, notify_tiles
from booking.scheduling.slot_choices import TimeChoice, read_number
from clinic.identity.phones import read_phone
from clinic.models.people import Clinician, Patient
from clinic.people.contact import Contact
from clinic.practice.wall_time import instant
from clinic.web.form_layout import TextLine as TextLine
from clinic.web.form_layout import Tick, Tiles, laid_out, lines

MOST_KNOWN = 5
WANTED = ("name", "phone", "email", "born_on", "interpreter")


class CancelForm(forms.Form):
    """Who cancels, which visits, why, and whether a late cancellation is forgiven.

    `following` is how many booked visits of the package come after this one; `used` how many
    visits are used as it stands.
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
        asked += [Tick("excused")] if used or self["excused"].value() else []
        self.helper = laid_out(*asked, TextLine("reason"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("excused") and not cleaned.get("reason"):
            self.add_error("reason", _("Write down why it is given back"))
        return cleaned


class PatientContactForm(forms.Form):
    """How a patient is called, reached and talked to. The e-mail may be missing."""

    name = forms.CharField(
        label=_("Name"), max_length=120, error_messages={"required": _("Enter a name")}
    )
    phone = forms.CharField(
        label=_("Phone"), max_length=40, error_messages={"required": _("Enter a phone number")}
    )
    email = forms.EmailField(
        label=_("E-mail (optional)"),
        required=False,
        error_messages={"invalid": _("Enter an e-mail like name@example.com")},
    )
    born_on = forms.DateField(
        label=_("Date of birth"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Enter the date of birth"), "invalid": _("Enter a date")},
    )
    interpreter = forms.CharField(
        label=_("Interpreter (optional)"),
        required=False,
        max_length=40,
        help_text=_("The language, for example Portuguese or ASL. Empty if none is needed."),
    )
    helper = lines(WANTED)

    def clean_phone(self) -> str:
        """Return the number as +17815550142."""
        number = read_phone(self.cleaned_data["phone"])
        if number is None:
            raise ValidationError(_("Enter a phone number with its area code"))
        return number

    def contact(self) -> Contact:
        """Return what was typed; call it on a valid form only."""
        return Contact(**{name: self.cleaned_data[name] for name in WANTED})


class TelephonePatientForm(PatientContactForm):
    """A patient added on the telephone."""

    anyway = forms.BooleanField(label=_("I checked: this is somebody else"), required=False)
    known: Sequence[Patient] = ()

    @property
    def helper(self) -> FormHelper:
        """The lines; the tick stands there only when somebody like her is known."""
        tick = [Tick("anyway")] if self.known or self["anyway"].value() else []
        return laid_out(*map(TextLine, WANTED), *tick)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        known = Patient.objects.current().filter(
            name__iexact=cleaned.get("name", ""), born_on=cleaned.get("born_on")
        ) | Patient.objects.current().filter(phone=cleaned.get("phone") or "-")
        self.known = [] if cleaned.get("anyway") else list(known[:MOST_KNOWN])
        if self.known:
            self.add_error(
                "anyway", _("A patient with this phone, or name and date of birth, is known")
            )
        return cleaned

    def save(self, *, is_sample: bool) -> Patient:
        """Make the patient; call it on a valid form only."""
        return Patient.objects.create(**asdict(self.contact()), is_sample=is_sample)


# Only a type checker can say whose rows they are; the class itself takes no parameter.
if TYPE_CHECKING:
    _ClinicianChoiceField = forms.ModelChoiceField[Clinician]
else:
    _ClinicianChoiceField = forms.ModelChoiceField


class ClinicianField(_ClinicianChoiceField):
    """A choice of clinicians by name."""

    def label_from_instance(self, obj: Clinician) -> str:
        """Return the clinician's name."""
        return obj.name


class TimeForm(forms.Form):
    """A clinician, a day and a time; a reason lifts the spacing or an overlap."""

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
        cleaned = super().clean() or {}
        if cleaned.get("overlap_reason") and not cleaned.get("clinician"):
            self.add_error("clinician", _("Choose the clinician whose visits may overlap"))
        return cleaned

    def wanted(self) -> dict[str, Any]:
        """Return the chosen time and reasons; call it on a valid form only."""
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
        """Without an address that takes mail, `patient` is told by telephone: nothing is asked."""
        super().__init__(data, **options)
        asked = notify_tiles(patient)
        names = ("clinician", "day", "at", "early_reason", "overlap_reason")
        self.helper = laid_out(*map(TextLine, names), *asked)
        # Where nothing speaks against the chosen time, only this is left to say, if anything.
        self.notify_only = laid_out(*asked) if asked else None

    @property
    def time_fields(self) -> list[forms.BoundField]:
        """The fields that say when and with whom."""
        return [self[name] for name in ("clinician", "day", "at")]


class TelephoneBookingForm(TimeForm):
    """A visit booked on the telephone."""

    service = forms.ChoiceField(label=_("Visit"), error_messages={"required": _("Choose a visit")})
    exam_wish = forms.ChoiceField(
        label=_("Her wish about an internal exam, which is never required"),
        choices=[("", _("Not said")), *Appointment.ExamWish.choices[1:]],
        required=False,
    )
    helper = lines(
        ("service", "clinician", "day", "at", "exam_wish", "early_reason", "overlap_reason")
    )

    def __init__(
        self,
        data: Mapping[str, object] | None = None,
        *,
        services: list[Service],
        slot: TimeChoice | None = None,
        typed: Mapping[str, Any] | None = None,
    ) -> None:
        """`typed` is what stands in the fields; a chosen `slot` takes the place of its time."""
        super().__init__(data, initial={**(typed or {}), **as_initial(slot)})
        self.services = {service.code: service for service in services}
        field = self.fields["service"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(service.code, service.name) for service in services]

    def request(self) -> dict[str, Any]:
        """Return what book_by_staff needs; call it on a valid form only."""
        return {
            **self.wanted(),
            "service_code": self.cleaned_data["service"],
            "exam_wish": self.cleaned_data["exam_wish"],
        }

    @property
    def chosen_service(self) -> Service | None:
        """The visit on the form, also before it was sent."""
        return self.services.get(self["service"].value() or next(iter(self.services), ""))

    @property
    def chosen_clinician(self) -> int | None:
        """The clinician on the form, None for anyone."""
        return read_number(str(self["clinician"].value() or ""))


def as_initial(slot: TimeChoice | None) -> dict[str, Any]:
    """Return what a time chosen on the calendar puts into the fields."""
    if slot is None:
        return {}
    wall = slot.starts_at.astimezone(ZoneInfo(settings.CLINIC_TIME_ZONE))
    return {"clinician": slot.clinician_id, "day": wall.date(), "at": f"{wall:%H:%M}"}
