"""The form that opens a record in an emergency."""

from django import forms
from django.utils.translation import gettext_lazy

from clinic.web.form_fields import AT_MOST
from clinic.web.form_layout import TextLine, laid_out


class EmergencyAccessForm(forms.Form):
    """Why a record has to be opened."""

    reason = forms.CharField(
        label=gettext_lazy("Why you need it now"),
        help_text=gettext_lazy("Who gives access reads this: write no name and nothing medical."),
        min_length=10,
        max_length=300,
        error_messages={
            "required": gettext_lazy("Write why"),
            "min_length": gettext_lazy("Write a sentence"),
            "max_length": AT_MOST,
        },
        widget=forms.Textarea({"rows": 3, "autocomplete": "off"}),
    )
    helper = laid_out(TextLine("reason"))
