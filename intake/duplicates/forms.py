"""The form by which staff say that two patient rows are one person."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.models.people import Patient
from clinic.web.form_layout import TextLine, Tick, Tiles, laid_out
from intake.duplicates.merge import needs_reason
from intake.duplicates.queries import older_row_first

DIFFER = _("They differ. Write down why they are one person.")
DISOWNED = _(
    "Who reads the e-mail said that a form was not hers. Write down why they are one person."
)


class MergeForm(forms.Form):
    """Which of two rows is kept, the reason if they differ, and that staff compared them.

    The older row is proposed, or the one with which she signs in.
    """

    kept = forms.ChoiceField(
        label=_("Which row is kept?"),
        widget=forms.RadioSelect,
        help_text=_("Its name, phone and e-mail stay. What it lacks comes from the other."),
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
    helper = laid_out(Tiles("kept"), TextLine("reason"), Tick("is_sure"))

    def __init__(
        self, data: Mapping[str, object] | None = None, *, one: Patient, other: Patient
    ) -> None:
        proposed, _merged = older_row_first(one, other)
        super().__init__(data, initial={"kept": str(proposed.pk)})
        self.rows = {str(row.pk): row for row in (one, other)}
        field = self.fields["kept"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (key, _("Row %(number)s: %(name)s") % {"number": number, "name": row.name})
            for number, (key, row) in enumerate(self.rows.items(), start=1)
        ]

    def clean(self) -> dict[str, Any]:
        """Ask for a reason when the rows differ."""
        cleaned = super().clean() or {}
        one, other = self.rows.values()
        if needs_reason(one, other) and not cleaned.get("reason"):
            is_disowned = one.disowned_at or other.disowned_at
            self.add_error("reason", DISOWNED if is_disowned else DIFFER)
        return cleaned

    def kept_and_merged(self) -> tuple[Patient, Patient]:
        """Return the row to keep and the other. Call it on a valid form only."""
        kept = self.rows[self.cleaned_data["kept"]]
        (merged,) = (row for row in self.rows.values() if row is not kept)
        return kept, merged
