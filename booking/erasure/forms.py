"""The form that erases a patient."""

from django import forms
from django.utils.translation import gettext_lazy

from clinic.web.form_fields import AT_MOST
from clinic.web.form_layout import TextLine, laid_out


class EraseForm(forms.Form):
    """Why a patient is erased. The reason stands in the log."""

    reason = forms.CharField(
        label=gettext_lazy("Why"),
        help_text=gettext_lazy(
            "Who gives access reads this in the log: write no name and nothing medical. For "
            "example: she asked for it by letter on March 2."
        ),
        min_length=10,
        max_length=250,
        error_messages={
            "required": gettext_lazy("Write why"),
            "min_length": gettext_lazy("Write a sentence"),
            "max_length": AT_MOST,
        },
        widget=forms.Textarea({"rows": 3, "autocomplete": "off"}),
    )
    helper = laid_out(TextLine("reason"))
