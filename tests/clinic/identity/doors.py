"""Every form that asks for a name, a phone, an e-mail or a date of birth, filled in rightly.

`tests/house/test_identity_fields.py` fails for a form that asks for one and is not listed here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict

from booking.desk.forms import PatientContactForm
from clinic.before_opening.forms import FactsForm
from clinic.models.people import Patient
from clinic.people.forms import CodeRequestForm, PasswordLinkForm, PersonForm, StaffSignInForm
from clinic.security.birth_date_gate import BirthDateForm
from intake.drafts.views_leave import AddressForm
from intake.emergency_contact.forms import EmergencyContactForm
from intake.online_intake.forms import ContactForm
from intake.own_email.views import NewEmailForm, OwnEmailForm
from intake.questionnaire.progress import SECTIONS
from intake.questionnaire.section import SectionForm
from intake.sign_off.forms import SignOffForm
from intake.telephone_intake.views import TelephoneForm
from tests.clinic.identity.typed import BORN, GAVE_BIRTH

TODAY = date(2026, 11, 29)


@dataclass(frozen=True)
class Door:
    """One field of one form. `form` returns it bound to what was posted.

    `asks` tells whether it asks about unlikely values. `requires` tells whether it must be filled
    in. `dates` are those of `typed` that it takes; `in_parts` tells whether it has three inputs.
    """

    datum: str
    field: str
    form: Callable[[dict[str, str]], forms.Form]
    asks: bool = True
    requires: bool = True
    dates: tuple[date, ...] = (BORN,)
    in_parts: bool = False

    @property
    def name(self) -> str:
        """The form's class and the field."""
        return f"{type(self.form({})).__name__}.{self.field}"

    def sent(self, typed: str | tuple[str, ...], **more: str) -> forms.Form:
        """Return the form, sent with this in the field and nothing in the others."""
        if isinstance(typed, str) and self.in_parts:
            typed = (typed, "", "")
        if isinstance(typed, str):
            return self.form({self.field: typed, **more})
        parts = zip(("month", "day", "year"), typed, strict=True)
        return self.form({**{f"{self.field}_{part}": one for part, one in parts}, **more})


def _telephone(data: dict[str, str]) -> forms.Form:
    return TelephoneForm(data, patient=Patient(name="Maya Okafor"), day=TODAY)


def _clinic(data: dict[str, str]) -> forms.Form:
    return FactsForm(data, initial={})


def _signed(data: dict[str, str]) -> forms.Form:
    return SignOffForm(data, version="1.1", name="")


def _birth(data: dict[str, str]) -> forms.Form:
    posted = QueryDict(mutable=True)
    posted.update(data)
    questions = [one for one in SECTIONS["birth"].questions if one.kind == "date"]
    return SectionForm(posted, questions=questions, saved={}, today=TODAY)


DOORS = (
    Door("name", "name", ContactForm),
    Door("name", "name", PatientContactForm),
    Door("name", "name", PersonForm),
    Door("name", "contact_name", EmergencyContactForm, requires=False),
    Door("name", "name", _signed),
    Door("phone", "phone", _clinic, requires=False),
    Door("phone", "phone", ContactForm),
    Door("phone", "phone", PatientContactForm),
    Door("phone", "phone", _telephone),
    Door("phone", "contact_phone", EmergencyContactForm, requires=False),
    Door("email", "email", ContactForm),
    Door("email", "email", PatientContactForm, requires=False),
    Door("email", "email", _telephone, requires=False),
    Door("email", "email", AddressForm),
    Door("email", "email", OwnEmailForm),
    Door("email", "email", NewEmailForm),
    Door("email", "email", PersonForm),
    Door("email", "email", CodeRequestForm),
    Door("email", "email", PasswordLinkForm),
    # It would lose the password that was typed beside.
    Door("email", "login", StaffSignInForm, asks=False),
    Door("date", "born_on", ContactForm, in_parts=True),
    Door("date", "born_on", PatientContactForm),
    Door("date", "born_on", _telephone, in_parts=True),
    # Nothing is stored there: the answer shows whether the date is right.
    Door("date", "born_on", BirthDateForm, asks=False, in_parts=True),
    Door("date", "bg_birth_date", _birth, dates=(GAVE_BIRTH,), in_parts=True),
)


def doors(datum: str) -> list[Door]:
    """Return the doors of one datum."""
    return [one for one in DOORS if one.datum == datum]


def value(form: forms.Form, field: str) -> Any:
    """Return what the form takes for the field, or None if it has an error."""
    return None if form.errors.get(field) else form.cleaned_data[field]
