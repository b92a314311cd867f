"""The desk's question whether a change is mailed to the patient."""

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.models.people import Patient
from clinic.web.form_layout import Tiles


def notify_field() -> forms.ChoiceField:
    """Return the question as a form field. "Yes" is chosen at first."""
    return forms.ChoiceField(
        label=_("Tell the patient by e-mail?"),
        choices=[("y", _("Yes, after 3 minutes")), ("n", _("No, they know already"))],
        widget=forms.RadioSelect,
        initial="y",
        required=False,
    )


def notify_tiles(patient: Patient | None) -> list[Tiles]:
    """Return the layout of the question, empty when no mail reaches the patient.

    The desk calls her then, so there is nothing to choose.
    """
    return [] if patient is not None and not patient.takes_mail else [Tiles("notify")]
