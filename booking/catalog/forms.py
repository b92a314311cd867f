"""The desk's forms for prices and terms. `wanted()` of each returns the values for its action."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from booking.models import Policy, Service
from booking.policy import REMINDER_LEADS
from booking.terms import service_version
from clinic.templatetags.look import dollars
from clinic.web.form_layout import TextLine, Tick, Tiles, laid_out

_GRIDS = [(minutes, _("%(n)s minutes") % {"n": minutes}) for minutes in (5, 10, 15, 20, 30, 60)]
# The words for each of REMINDER_LEADS, in hours.
_LEADS = {72: _("3 days before"), 48: _("2 days before"), 24: _("1 day before")}
_MOST_DOLLARS = Decimal(100_000)


def _whole(label: Any, least: int, most: int, hint: Any = "") -> forms.IntegerField:
    """Return a field for a whole number from `least` to `most`."""
    return forms.IntegerField(
        label=label,
        min_value=least,
        max_value=most,
        help_text=hint,
        error_messages={"required": _("Enter a number"), "invalid": _("Enter a whole number")},
    )


def _dollars(label: Any, *, required: bool = True, hint: Any = "") -> forms.DecimalField:
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


class TermsForm(forms.Form):
    """The clinic's terms. Saving the form puts new terms into force.

    `seen` is the id of the terms that the form was filled with.
    """

    slot_grid_minutes = forms.TypedChoiceField(
        label=_("Times begin every"), coerce=int, choices=_GRIDS
    )
    notice_patient_hours = _whole(_("Shortest notice for patients, in hours"), 0, 168)
    notice_desk_hours = _whole(_("Shortest notice for the desk, in hours"), 0, 168)
    horizon_patient_days = _whole(_("Furthest ahead for patients, in days"), 7, 365)
    horizon_desk_days = _whole(_("Furthest ahead for the desk, in days"), 7, 730)
    hold_minutes = _whole(_("A chosen time is kept, in minutes"), 2, 60)
    hold_renewals = _whole(_("How often it can be kept longer"), 0, 5)
    late_change_hours = _whole(
        _("Free changes until, in hours before the visit"),
        0,
        168,
        _("Moving or cancelling later uses a visit of the package."),
    )
    cancel_undo_minutes = _whole(_("A cancellation can be undone, in minutes"), 0, 120)
    referral_days = _whole(_("Answers open booking, in days"), 7, 365)
    offer_hours = _whole(
        _("An earlier time is kept for one who waits, in hours"),
        1,
        48,
        _("The night, from 8 pm to 8 am, does not count."),
    )
    package_price = _dollars(_("Price of Run Ready, in dollars"))
    package_validity_days = _whole(
        _("Length of the package, in days from its first visit"), 119, 730
    )
    unused_visit_refund = _dollars(_("Paid back for an unused visit, in dollars"))
    evaluation_counts_days = _whole(
        _("An evaluation can count as visit 1, in days before joining"), 0, 84
    )
    idle_package_days = _whole(_("A package is idle without a booked visit, in days"), 7, 119)
    reminder_lead_hours = forms.TypedMultipleChoiceField(
        label=_("Reminders"),
        coerce=int,
        choices=[(lead, _LEADS[lead]) for lead in REMINDER_LEADS],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    reminder_skip_within_minutes = _whole(
        _("No reminder due so soon after booking, in minutes"), 0, 1440
    )
    quiet_from_hour = _whole(
        _("Night begins at, hour of the day"), 12, 24, _("No reminders at night. 21 is 9 pm.")
    )
    quiet_until_hour = _whole(_("Night ends at, hour of the day"), 0, 12, _("8 is 8 am."))
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2_000_000_000)

    GROUPS = (
        (_("Booking"), ("slot_grid_minutes", "notice_patient_hours", "notice_desk_hours",
                        "horizon_patient_days", "horizon_desk_days", "hold_minutes",
                        "hold_renewals", "referral_days", "offer_hours")),
        (_("Changing"), ("late_change_hours", "cancel_undo_minutes")),
        (_("The package"), ("package_price", "package_validity_days", "unused_visit_refund",
                            "evaluation_counts_days", "idle_package_days")),
        (_("Reminders"), ("reminder_lead_hours", "reminder_skip_within_minutes",
                          "quiet_from_hour", "quiet_until_hour")),
    )  # fmt: skip

    def __init__(self, data: Mapping[str, object] | None = None, *, policy: Policy) -> None:
        initial = {
            name: getattr(policy, name) for name in self.base_fields if hasattr(policy, name)
        }
        # Stored in cents, and asked for in dollars.
        initial |= {
            "package_price": _in_dollars(policy.package_price_cents),
            "unused_visit_refund": _in_dollars(policy.unused_visit_refund_cents),
            "seen": policy.pk,
        }
        super().__init__(data, initial=initial)
        self.helper = laid_out(
            *(
                Tiles(name) if name == "reminder_lead_hours" else TextLine(name)
                for _title, names in self.GROUPS
                for name in names
            )
        )

    def shown(self, name: str) -> str:
        """Return a field's initial value as a person would write it."""
        value, field = self.initial[name], self.fields[name]
        if isinstance(field, forms.DecimalField):
            # `dollars` takes cents.
            return dollars(int(value * 100))
        if isinstance(field, forms.TypedMultipleChoiceField):
            return ", ".join(str(_LEADS[one]) for one in value if one in _LEADS) or str(_("none"))
        if isinstance(field, forms.TypedChoiceField):
            return str(dict(_GRIDS).get(value, value))
        return str(value)

    def groups(self) -> list[tuple[Any, list[tuple[Any, str]]]]:
        """Return the title of each group with the label and the value of each of its fields."""
        return [
            (title, [(self.fields[name].label, self.shown(name)) for name in names])
            for title, names in self.GROUPS
        ]

    def clean(self) -> dict[str, Any]:
        """Refuse terms under which unused visits would pay back more than the package costs."""
        found: dict[str, Any] = super().clean() or {}
        price, refund = found.get("package_price"), found.get("unused_visit_refund")
        if price is not None and refund is not None and refund * 6 > price:
            raise ValidationError(
                {"unused_visit_refund": _("Six unused visits would be more than the price")}
            )
        return found

    def wanted(self) -> dict[str, Any]:
        """Return the fields of the new policy, in cents; call it on a valid form only."""
        found = {name: value for name, value in self.cleaned_data.items() if name != "seen"}
        found["package_price_cents"] = _in_cents(found.pop("package_price"))
        found["unused_visit_refund_cents"] = _in_cents(found.pop("unused_visit_refund"))
        found["reminder_lead_hours"] = sorted(found["reminder_lead_hours"], reverse=True)
        return found


class ServiceForm(forms.Form):
    """One service on the price list.

    `seen` is the version that the form was filled with. A visit of the package has no price.
    """

    name = forms.CharField(
        label=_("Name"), max_length=80, error_messages={"required": _("Enter a name")}
    )
    minutes = _whole(_("Minutes with the patient"), 5, 480)
    buffer_before_minutes = _whole(_("Minutes kept free before"), 0, 120)
    buffer_after_minutes = _whole(_("Minutes kept free after"), 0, 120)
    price = _dollars(_("Price in dollars"), required=False)
    is_active = forms.BooleanField(label=_("Can be booked"), required=False)
    seen = forms.CharField(widget=forms.HiddenInput, max_length=400)
    helper = laid_out(
        TextLine("name"),
        TextLine("minutes"),
        TextLine("buffer_before_minutes"),
        TextLine("buffer_after_minutes"),
        TextLine("price"),
        Tick("is_active"),
    )

    def __init__(self, data: Mapping[str, object] | None = None, *, service: Service) -> None:
        initial = {
            name: getattr(service, name) for name in self.base_fields if hasattr(service, name)
        }
        initial |= {"price": _in_dollars(service.price_cents), "seen": service_version(service)}
        super().__init__(data, initial=initial)
        self.is_in_package = service.visit_number is not None
        # A disabled field ignores what is posted.
        if self.is_in_package:
            self.fields["price"].disabled = True
            self.fields["price"].help_text = _("The package pays for it.")

    def clean_price(self) -> Decimal | None:
        """Ask for the price of a service that is paid for by itself."""
        price: Decimal | None = self.cleaned_data["price"]
        if price is None and not self.is_in_package:
            raise ValidationError(_("Enter the amount"))
        return price

    def wanted(self) -> dict[str, Any]:
        """Return the fields of the service, in cents; call it on a valid form only."""
        found = {name: value for name, value in self.cleaned_data.items() if name != "seen"}
        price = found.pop("price")
        found["price_cents"] = None if self.is_in_package else _in_cents(price)
        return found


def _in_dollars(cents: int | None) -> Decimal | None:
    """Return cents as dollars."""
    return None if cents is None else Decimal(cents) / 100


def _in_cents(amount: Decimal) -> int:
    """Return dollars as cents; the field allows no fraction of one."""
    return int(amount * 100)
