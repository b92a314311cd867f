"""The form for a wish for an earlier time."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from booking.models import EarlierWish, Service
from booking.waitlist.queries import DAYS, PART_NAMES
from clinic.models.people import Clinician
from clinic.web.form_layout import TextLine, Tiles, laid_out


class EarlierForm(forms.Form):
    """Which days, parts of the day and clinician the patient wishes. Nothing chosen means any.

    `wish` is the open wish that the form changes, None for a new one.
    """

    weekdays = forms.TypedMultipleChoiceField(
        label=_("Which days suit you?"),
        help_text=_("Leave all open if any day is fine."),
        choices=DAYS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    parts = forms.MultipleChoiceField(
        label=_("Which part of the day?"),
        help_text=_("Leave all open if any is fine."),
        choices=PART_NAMES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    clinician = forms.ModelChoiceField(
        Clinician.objects.none(), label=_("Clinician"), required=False, empty_label=_("Anyone")
    )
    helper = laid_out(Tiles("weekdays"), Tiles("parts"), TextLine("clinician"))

    def __init__(
        self,
        data: Mapping[str, object] | None = None,
        *,
        service: Service,
        wish: EarlierWish | None,
    ) -> None:
        initial = (
            {"weekdays": wish.weekdays, "parts": wish.parts, "clinician": wish.clinician_id}
            if wish
            else {}
        )
        super().__init__(data, initial=initial)
        field = self.fields["clinician"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = service.clinicians.filter(is_active=True)
        field.label_from_instance = lambda one: one.name  # type: ignore[method-assign,assignment]

    def wanted(self) -> dict[str, Any]:
        """Return the arguments for `wish_earlier`; call it on a valid form only."""
        found = self.cleaned_data
        return {
            "weekdays": found["weekdays"],
            "parts": found["parts"],
            "clinician_id": found["clinician"].pk if found["clinician"] else None,
        }
