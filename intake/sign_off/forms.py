"""The form with which a clinician signs off the rules."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.identity.fields import NameField
from clinic.web.form_layout import TextLine, Tick, laid_out


class SignOffForm(forms.Form):
    """Name, license number and the sentence that is signed.

    `version` is that of the rules when the page was drawn.
    """

    name = NameField(
        label=_("Your name, as on your license"),
        error_messages={"required": _("Enter your name")},
    )
    license_number = forms.CharField(
        label=_("License number"),
        max_length=60,
        error_messages={"required": _("Enter the number of your license")},
    )
    agreed = forms.BooleanField(
        label=_("I have read the rules of this version, and answer for their use in this clinic."),
        error_messages={"required": _("Tick this to sign")},
    )
    version = forms.CharField(widget=forms.HiddenInput, max_length=20)
    helper = laid_out(TextLine("name"), TextLine("license_number"), Tick("agreed"))

    def __init__(self, data: Any = None, *, version: str, name: str) -> None:
        super().__init__(data, initial={"version": version, "name": name})
        self.in_force = version

    def clean_version(self) -> str:
        """Refuse a version that an update replaced while the page was open."""
        found: str = self.cleaned_data["version"]
        if found != self.in_force:
            raise forms.ValidationError(_("The rules were updated meanwhile: read them again"))
        return found
