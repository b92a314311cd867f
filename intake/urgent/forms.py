"""The form for the outcome of an urgent call."""

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.web.form_fields import choice_field, text_field
from intake.models import UrgentCall


class OutcomeForm(forms.Form):
    """What came of an urgent call."""

    outcome = choice_field(
        _("What came of it"), UrgentCall.Outcome.choices, _("Choose what came of the call.")
    )
    note = text_field(_("Note (optional)"), rows=3)
