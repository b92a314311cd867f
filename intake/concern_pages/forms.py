"""The form with which a clinician marks a concern."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.web.form_fields import choice_field, text_field
from intake.flags.labels import MARK_WORDS
from intake.models import Flag


class ConcernForm(forms.Form):
    """The mark on one concern, and why."""

    # Drawn by the page: how much of the history was there to read.
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    mark = choice_field(_("Mark"), MARK_WORDS.items(), _("Choose a mark."))
    reason = text_field(_("Reason (needed unless reviewed)"), rows=3)

    def clean(self) -> dict[str, Any]:
        """Ask for a reason beside every mark but "reviewed"."""
        cleaned = super().clean() or {}
        needs_reason = cleaned.get("mark", Flag.Mark.REVIEWED) != Flag.Mark.REVIEWED
        if needs_reason and not cleaned.get("reason"):
            self.add_error("reason", _("Say why it is held, referred out or overridden."))
        return cleaned
