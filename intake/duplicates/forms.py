"""The form by which staff say that two patient rows are one person."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.identity.phone_words import phone_in_words
from clinic.models.people import Patient
from clinic.web.form_layout import TextLine, Tick, Tiles, laid_out
from intake.duplicates.queries import LikelyMatch

_FIELDS = {
    "name": _("name"),
    "born_on": _("date of birth"),
    "phone": _("phone"),
    "email": _("e-mail"),
}


class MatchForm(forms.Form):
    """The other row of the person, the reason if the two differ, and that staff compared them."""

    other = forms.ChoiceField(
        label=_("Who is it?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the row"), "invalid_choice": _("Choose the row")},
    )
    reason = forms.CharField(
        label=_("Why they are one person, if name, date of birth or phone differ"),
        required=False,
        max_length=200,
    )
    is_sure = forms.BooleanField(
        label=_("I compared name, date of birth and phone, or asked her"),
        error_messages={"required": _("Compare them first, then tick this")},
    )
    helper = laid_out(Tiles("other"), TextLine("reason"), Tick("is_sure"))

    def __init__(self, *args: Any, matches: Sequence[LikelyMatch], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = {str(match.patient.pk): match.patient for match in matches}
        field = self.fields["other"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(match.patient.pk), _words(match)) for match in matches]

    def chosen(self) -> Patient:
        """Return the chosen row. Call it on a valid form only."""
        return self.rows[self.cleaned_data["other"]]


def _words(match: LikelyMatch) -> str:
    """Return a row in one line, with what it has in common with the other."""
    patient = match.patient
    born = (
        date_format(patient.born_on, "M j, Y") if patient.born_on else gettext("no date of birth")
    )
    same = ", ".join(str(word) for field, word in _FIELDS.items() if field in match.agrees_in)
    return gettext("%(name)s, %(born)s, %(phone)s, %(email)s. Same: %(same)s.") % {
        "name": patient.name,
        "born": born,
        "phone": phone_in_words(patient.phone),
        "email": patient.email or "-",
        "same": same,
    }
