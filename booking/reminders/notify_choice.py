"""The desk's question after a change: is the patient told by e-mail?"""

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.models.people import Patient
from clinic.web.form_layout import Tiles


def notify_field() -> forms.ChoiceField:
    """Return the question as a form field; yes is chosen."""
    return forms.ChoiceField(
        label=_("Tell the patient by e-mail?"),
        choices=[("y", _("Yes, after 3 minutes")), ("n", _("No, they know already"))],
        widget=forms.RadioSelect,
        initial="y",
        required=False,
    )


def notify_tiles(patient: Patient | None) -> list[Tiles]:
    """Return the question's layout: empty when no mail reaches the patient, who is called then."""
    return [] if patient is not None and not patient.takes_mail else [Tiles("notify")]
