"""The forms before the questions: consent and contact."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from clinic.identity.date_field import ThreePartDateField
from clinic.identity.phones import read_phone
from clinic.web.form_layout import TextLine, Tick, Trap, laid_out


class ConsentForm(forms.Form):
    """What the patient agrees to, each point by itself."""

    adult = forms.BooleanField(
        label=_("I am 18 or older and I have given birth"),
        error_messages={"required": _("Please tick this to go on. If it is not so, call us.")},
    )
    record = forms.BooleanField(
        label=_("I agree that the clinic may keep my answers and use them for my care"),
        error_messages={"required": _("We need this to keep your answers.")},
    )
    contact = forms.BooleanField(
        label=_("I agree that the clinic may e-mail and call me about my answers and my visits"),
        error_messages={"required": _("We need this to reach you if an answer is urgent.")},
    )
    helper = laid_out(Tick("adult"), Tick("record"), Tick("contact"))


class ContactForm(forms.Form):
    """Who the patient is and how to reach her; staff call when an answer needs it."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Enter your name")},
    )
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=_("For your confirmation and reminders. They never say why you come."),
        error_messages={
            "required": _("Enter your e-mail"),
            "invalid": _("Enter an e-mail like name@example.com"),
        },
    )
    phone = forms.CharField(
        label=_("Phone"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel", "type": "tel"}),
        help_text=_("So that a clinician can call you if an answer needs it."),
        error_messages={"required": _("Enter your phone number")},
    )
    born_on = ThreePartDateField(
        label=_("Your own date of birth"),
        help_text=_("Month, day and year, for example 5 24 1992."),
        error_messages={"required": _("Enter your date of birth")},
    )
    interpreter = forms.CharField(
        label=_("Interpreter (optional)"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("If you want one when we call and at your visits, write the language."),
    )
    # People never see it; machines fill it in.
    website = forms.CharField(required=False, widget=forms.TextInput())
    helper = laid_out(
        *map(TextLine, ("name", "email", "phone", "born_on", "interpreter")), Trap("website")
    )

    def clean_phone(self) -> str:
        """Return the number in the form +17815550142. US numbers need no country code."""
        number = read_phone(self.cleaned_data["phone"])
        if number is None:
            raise ValidationError(_("Enter a phone number with its area code"))
        return number
