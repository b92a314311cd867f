"""The form that lets everything out."""

from django import forms
from django.utils.translation import gettext_lazy

from clinic.web.form_fields import AT_MOST
from clinic.web.form_layout import TextLine, laid_out


class ExportForm(forms.Form):
    """Why everything leaves. The reason stands in the log."""

    reason = forms.CharField(
        label=gettext_lazy("Why, and who gets the file"),
        help_text=gettext_lazy(
            "Who gives access reads this in the log: write no name of a patient and nothing "
            "medical. For example: we change to another system on June 1."
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
