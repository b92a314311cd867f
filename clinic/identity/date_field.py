"""A form field for a date in three parts, month first, as people in the US write it."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


class ThreePartDateWidget(forms.MultiWidget):
    """Three text inputs for numbers: month, day, year."""

    template_name = "clinic/identity/three_part_date.html"
    use_fieldset = True

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        part = {"inputmode": "numeric", "class": "form-control", "maxlength": 4}
        super().__init__({name: forms.TextInput(part) for name in ("month", "day", "year")}, attrs)

    def decompress(self, value: object) -> list[Any]:
        """Return month, day and year of a date or an ISO date string, or three times None."""
        if isinstance(value, str):
            try:
                value = date.fromisoformat(value)
            except ValueError:
                return [None, None, None]
        return [value.month, value.day, value.year] if isinstance(value, date) else [None] * 3


class ThreePartDateField(forms.MultiValueField):
    """A field whose value is a date. Its error messages say which part is wrong."""

    widget = ThreePartDateWidget

    def __init__(self, **kwargs: Any) -> None:
        # The years 1 to 9999 are what a Python date can hold.
        whole = {"invalid": _("Use numbers for month, day and year")}
        fields = (
            forms.IntegerField(min_value=1, max_value=12, error_messages=whole),
            forms.IntegerField(min_value=1, max_value=31, error_messages=whole),
            forms.IntegerField(min_value=1, max_value=9999, error_messages=whole),
        )
        super().__init__(fields, require_all_fields=False, **kwargs)

    def clean(self, value: Any) -> date | None:
        """Return the date. Raises ValidationError."""
        parts = [str(part or "").strip() for part in value or []]
        if not any(parts):
            empty: date | None = super().clean(value)
            return empty
        if not all(part.isascii() and part.isdecimal() for part in parts) or len(parts) != 3:
            raise ValidationError(_("Enter month, day and year as numbers"), code="invalid")
        month, day, year = map(int, parts)
        try:
            return date(year, month, day)
        except (ValueError, OverflowError):
            raise ValidationError(_("This day does not exist"), code="invalid") from None

    # Called by super().clean() for three empty parts, which mean no date.
    def compress(self, data_list: list[Any]) -> None:
        return None
