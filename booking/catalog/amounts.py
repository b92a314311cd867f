"""Form fields for whole numbers and for money, and dollars turned into cents and back."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

_MOST_DOLLARS = Decimal(100_000)


def whole_field(
    label: Any, least: int, most: int, hint: Any = "", *, required: bool = True
) -> forms.IntegerField:
    """Return a field for a whole number from `least` to `most`."""
    return forms.IntegerField(
        label=label,
        min_value=least,
        max_value=most,
        help_text=hint,
        required=required,
        error_messages={"required": _("Enter a number"), "invalid": _("Enter a whole number")},
    )


def dollar_field(label: Any, *, required: bool = True, hint: Any = "") -> forms.DecimalField:
    """Return a field for an amount of dollars and cents."""
    return forms.DecimalField(
        label=label,
        min_value=Decimal(0),
        max_value=_MOST_DOLLARS,
        decimal_places=2,
        required=required,
        help_text=hint,
        error_messages={
            "required": _("Enter the amount"),
            "invalid": _("Enter an amount like 570 or 570.50"),
        },
    )


def in_dollars(cents: int | None) -> Decimal | None:
    """Return cents as dollars."""
    return None if cents is None else Decimal(cents) / 100


def in_cents(amount: Decimal) -> int:
    """Return dollars as cents; the field allows no fraction of one."""
    return int(amount * 100)
