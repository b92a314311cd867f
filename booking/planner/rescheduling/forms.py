"""The form that the desk fills in before it moves several visits."""

from typing import Any

from django import forms

from booking.reminders.notify_choice import notify_field, notify_tiles
from clinic.models.people import Patient
from clinic.web.form_layout import laid_out


class NotifyForm(forms.Form):
    """Whether to tell the patient by mail. It asks nothing when no mail reaches her."""

    notify = notify_field()

    def __init__(self, *, patient: Patient, **options: Any) -> None:
        super().__init__(**options)
        asked = notify_tiles(patient)
        self.notify_only = laid_out(*asked) if asked else None
