"""The form that narrows the log down."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.people.staff_access import people_with_access
from clinic.web.form_fields import AT_MOST, day_field
from clinic.web.form_layout import lines

# Who is no member of staff, by the beginning of what an event says of them.
OTHERS = [
    ("", _("Everybody")),
    ("patient", _("Patients")),
    ("anonymous", _("Nobody signed in")),
    ("system", _("The clinic’s own system")),
]


class LogForm(forms.Form):
    """Who, whose record, what, and from which day to which. All of it may be left out."""

    who = forms.ChoiceField(label=_("Who"), required=False)
    patient = forms.CharField(
        label=_("Patient’s id"),
        required=False,
        max_length=40,
        error_messages={"max_length": AT_MOST},
        help_text=_("As it stands in the address of her page."),
    )
    action = forms.CharField(
        label=_("What"),
        required=False,
        max_length=60,
        error_messages={"max_length": AT_MOST},
        help_text=_("A part of the words, for example “export” or “sign in”."),
    )
    first = day_field(_("From"), required=False)
    last = day_field(_("To"), required=False)
    helper = lines(("who", "patient", "action", "first", "last"))

    def __init__(self, data: Mapping[str, object]) -> None:
        super().__init__(data)
        staff = [(f"user:{one.pk}", one.get_full_name()) for one in people_with_access()]
        self.fields["who"].choices = OTHERS + staff  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse a last day before the first."""
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", _("This day is before the first one"))
        return cleaned
