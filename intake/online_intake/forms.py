"""The form for the contact before the questions, and what is asked after the last."""

from collections.abc import Mapping

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.identity.birth_dates import check_birth
from clinic.identity.date_field import ThreePartDateField
from clinic.identity.fields import EmailAddressField, NameField, PhoneField
from clinic.models.practice import HeardFrom
from clinic.web.form_fields import AT_MOST
from clinic.web.form_layout import TextLine, Trap, laid_out, lines


class ContactForm(forms.Form):
    """Who the patient is and how to reach her; staff call when an answer needs it."""

    name = NameField(
        label=_("Your name"), own=True, error_messages={"required": _("Enter your name")}
    )
    email = EmailAddressField(
        label=_("E-mail"),
        own=True,
        help_text=_("For your confirmation and reminders. They never say why you come."),
        error_messages={"required": _("Enter your e-mail")},
    )
    phone = PhoneField(
        label=_("Phone"),
        own=True,
        help_text=_("So that a clinician can call you if an answer needs it."),
        error_messages={"required": _("Enter your phone number")},
    )
    born_on = ThreePartDateField(
        label=_("Your own date of birth"),
        own=True,
        limits=check_birth,
        help_text=_("Month, day and year, for example 5 24 1992."),
        error_messages={"required": _("Enter your date of birth")},
    )
    interpreter = forms.CharField(
        label=_("Interpreter (optional)"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"max_length": AT_MOST},
        help_text=_("If you want one when we call and at your visits, write the language."),
    )
    # People never see it; machines fill it in.
    website = forms.CharField(required=False, widget=forms.TextInput())
    helper = laid_out(
        *map(TextLine, ("name", "email", "phone", "born_on", "interpreter")), Trap("website")
    )


class HeardFromForm(forms.Form):
    """The question where she heard of the clinic. It may stay empty."""

    heard_from = forms.ModelChoiceField(
        label=_("Where did you hear of us? (optional)"),
        queryset=HeardFrom.objects.asked(),
        required=False,
        empty_label=_("Choose, or leave it out"),
        help_text=_("It has nothing to do with your answers. The clinic counts it by month."),
    )
    helper = lines(["heard_from"])

    def __init__(self, data: Mapping[str, object] | None = None) -> None:
        super().__init__(data)
        self.fields["heard_from"].label_from_instance = lambda row: row.name  # type: ignore[attr-defined]

    def chosen(self) -> int | None:
        """Return the id of what was chosen, or None; also for what is no answer any more.

        A question that may stay empty refuses nothing.
        """
        row = self.cleaned_data.get("heard_from") if self.is_valid() else None
        return row.pk if row else None
