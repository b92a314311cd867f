"""The form for an emergency contact and an address. Nothing in it has to be filled in."""

from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.identity.fields import NameField, PhoneField
from clinic.web.form_fields import AT_MOST, choice_field
from clinic.web.form_layout import TextLine, Tiles, laid_out
from intake.emergency_contact.actions import ContactDetails

MOST_RELATION, MOST_ADDRESS = 60, 300


class EmergencyContactForm(forms.Form):
    """Whom to call, whether we may say why, and where she lives.

    What is stored is never filled in: whoever sits at this screen may be the person she fears.
    """

    contact_name = NameField(label=gettext_lazy("Name of the person"), required=False)
    contact_phone = PhoneField(label=gettext_lazy("Phone of the person"), required=False)
    relation = forms.CharField(
        label=gettext_lazy("Who the person is to you (optional)"),
        required=False,
        max_length=MOST_RELATION,
        error_messages={"max_length": AT_MOST},
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    address = forms.CharField(
        label=gettext_lazy("Where you live (optional)"),
        help_text=gettext_lazy("So that help finds you if we are worried about you."),
        required=False,
        max_length=MOST_ADDRESS,
        error_messages={"max_length": AT_MOST},
        widget=forms.Textarea({"rows": 3, "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["may_say_care"] = choice_field(
            _("May we say that it is about your care?"),
            [("no", _("No")), ("yes", _("Yes"))],
            _("Choose no or yes."),
        )
        self.fields["may_say_care"].required = False

    @property
    def helper(self) -> FormHelper:
        """The layout: the person, what we may say, the address."""
        person = map(TextLine, ("contact_name", "contact_phone", "relation"))
        return laid_out(*person, Tiles("may_say_care"), TextLine("address"))

    def clean(self) -> dict[str, Any]:
        """Ask for a name and a number together, and for what we may say to that person."""
        cleaned = super().clean() or {}
        name, phone = (self._typed(one) for one in ("contact_name", "contact_phone"))
        if name and not phone:
            self.add_error("contact_phone", _("Enter the person’s phone number"))
        if phone and not name:
            self.add_error("contact_name", _("Enter the person’s name"))
        if (name or phone) and not self._typed("may_say_care"):
            self.add_error("may_say_care", _("Choose no or yes."))
        if not (name or phone or self._typed("address")):
            self.add_error(None, _("Write a name and a number, or where you live"))
        return cleaned

    def _typed(self, field: str) -> bool:
        """Return whether something stands in the field, right or wrong."""
        return bool(self.cleaned_data.get(field)) or field in self.errors

    def details(self) -> ContactDetails:
        """Return what was typed."""
        typed = self.cleaned_data
        return ContactDetails(
            name=typed["contact_name"],
            phone=typed["contact_phone"],
            relation=typed["relation"],
            address=typed["address"],
            may_say_care=typed["may_say_care"] == "yes",
        )
