"""The desk's forms about a package. `wanted()` returns the arguments of the action behind each."""

from decimal import Decimal
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field
from django import forms
from django.utils.translation import gettext_lazy as _

from booking.models import AddedDays, Payment
from booking.models.billing import MOST_DAYS
from booking.models.catalog import MOST_VISITS
from clinic.web.form_layout import TextLine, Tiles, laid_out, lines

# Far above any price.
_MOST_DOLLARS = Decimal(100_000)


def _with_hidden(*fields: Field) -> FormHelper:
    helper = laid_out(*fields)
    # Crispy forms renders only the fields of the layout; `seen` is in none.
    helper.render_hidden_fields = True
    return helper


def _reason() -> forms.CharField:
    return forms.CharField(
        label=_("Reason"), max_length=200, error_messages={"required": _("Write down a reason")}
    )


class VersionForm(forms.Form):
    """A form that carries the version of the package its page showed."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=1_000_000)

    def wanted(self) -> dict[str, Any]:
        """Return the arguments of the action; call it on a valid form only."""
        return dict(self.cleaned_data)


class _MoneyForm(VersionForm):
    amount = forms.DecimalField(
        label=_("Amount in dollars"),
        min_value=Decimal("0.01"),
        max_value=_MOST_DOLLARS,
        decimal_places=2,
        error_messages={
            "required": _("Enter the amount"),
            "invalid": _("Enter an amount like 570 or 570.50"),
        },
    )
    method = forms.ChoiceField(label=_("How"), choices=Payment.Method.choices)

    def wanted(self) -> dict[str, Any]:
        """Return the arguments of the action, the amount in cents; call it on a valid form only."""
        found = super().wanted()
        found["cents"] = int(found.pop("amount") * 100)
        return found


class PayForm(_MoneyForm):
    """Money taken at the desk."""

    helper = _with_hidden(TextLine("amount"), TextLine("method"))


class RefundForm(_MoneyForm):
    """Money refunded, with its reason."""

    reason = _reason()
    helper = _with_hidden(TextLine("amount"), TextLine("method"), TextLine("reason"))


class DaysForm(VersionForm):
    """An extension, or a pause from a date on."""

    kind = forms.ChoiceField(
        label=_("What"),
        choices=[
            (AddedDays.Kind.EXTENSION, _("More time: the last day moves")),
            (AddedDays.Kind.PAUSE, _("A pause: no online booking meanwhile, the last day moves")),
        ],
        widget=forms.RadioSelect,
        initial=AddedDays.Kind.EXTENSION,
        error_messages={"required": _("Choose one")},
    )
    days = forms.IntegerField(
        label=_("Days, 90 at most in all"),
        min_value=1,
        max_value=MOST_DAYS,
        error_messages={"required": _("Enter how many days"), "invalid": _("Enter a number")},
    )
    starts_on = forms.DateField(
        label=_("A pause begins on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": _("Enter a date")},
    )
    reason = _reason()
    helper = _with_hidden(
        Tiles("kind"), TextLine("days"), TextLine("starts_on"), TextLine("reason")
    )

    def clean_starts_on(self) -> Any:
        """Return the date, or None. Raises ValidationError for a year out of range."""
        # Adding days to a date near the end of the calendar fails.
        day = self.cleaned_data["starts_on"]
        if day is not None and not 2000 <= day.year <= 2200:
            raise forms.ValidationError(_("Enter a date"))
        return day

    def clean(self) -> dict[str, Any]:
        """Return the cleaned data; a pause needs a date, an extension does not."""
        cleaned = super().clean() or {}
        is_pause = cleaned.get("kind") == AddedDays.Kind.PAUSE
        # A date that cannot be read has its error already.
        if is_pause and not cleaned.get("starts_on") and "starts_on" not in self.errors:
            self.add_error("starts_on", _("Say when the pause begins"))
        return cleaned


class AdjustForm(VersionForm):
    """Visits given or taken by hand."""

    delta = forms.IntegerField(
        label=_("Visits to add, or to take away (like -1)"),
        # The ledger decides under its lock; these bounds catch typing errors.
        min_value=-MOST_VISITS,
        max_value=MOST_VISITS,
        error_messages={"required": _("Enter a number"), "invalid": _("Enter a number")},
    )
    reason = _reason()
    helper = _with_hidden(TextLine("delta"), TextLine("reason"))

    def clean_delta(self) -> int:
        """Return the number. Raises ValidationError for zero, which would change nothing."""
        if self.cleaned_data["delta"] == 0:
            raise forms.ValidationError(_("Enter a number that is not zero"))
        return int(self.cleaned_data["delta"])


class EndForm(VersionForm):
    """Why a package ends early."""

    reason = _reason()
    helper = _with_hidden(TextLine("reason"))


class ForgiveForm(forms.Form):
    """Why a visit that counted as used is given back."""

    appointment = forms.UUIDField(label=_("Visit"), widget=forms.Select)
    reason = _reason()
    helper = lines(("appointment", "reason"))

    def wanted(self) -> dict[str, Any]:
        """Return the arguments of the action; call it on a valid form only."""
        return {
            "appointment_id": self.cleaned_data["appointment"],
            "reason": self.cleaned_data["reason"],
        }
