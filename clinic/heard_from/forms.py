"""The form of a place."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.heard_from.actions import LAST
from clinic.models.practice import HeardFrom
from clinic.web.form_fields import AT_MOST
from clinic.web.form_layout import TextLine, Tick, laid_out


class PlaceForm(forms.Form):
    """A place where patients hear of the clinic."""

    name = forms.CharField(
        label=_("Where"),
        max_length=60,
        help_text=_("Patients read it when it is among the answers."),
        error_messages={"required": _("Write where"), "max_length": AT_MOST},
    )
    position = forms.IntegerField(
        label=_("Place in the list"),
        min_value=1,
        max_value=LAST,
        help_text=_("1 stands first, 99 last."),
        error_messages={"required": _("Enter a number"), "invalid": _("Enter a whole number")},
    )
    is_asked = forms.BooleanField(label=_("Among the answers of the question"), required=False)
    helper = laid_out(TextLine("name"), TextLine("position"), Tick("is_asked"))

    def __init__(self, data: Any = None, *, row: HeardFrom | None = None) -> None:
        names = ("name", "position", "is_asked")
        initial = {name: getattr(row or HeardFrom(), name) for name in names}
        super().__init__(data, initial=initial)

    def clean_name(self) -> str:
        """Return the name without spaces at its ends or in a row."""
        return " ".join(str(self.cleaned_data["name"]).split())
