"""The desk's forms for prices and terms. `wanted()` of each returns the values for its action."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from booking.catalog.amounts import dollar_field, in_cents, in_dollars, whole_field
from booking.models import Policy, Service
from booking.policy import REMINDER_LEADS
from booking.terms import service_version
from clinic.web.form_layout import TextLine, Tick, Tiles, laid_out

_GRIDS = [(minutes, _("%(n)s minutes") % {"n": minutes}) for minutes in (5, 10, 15, 20, 30, 60)]
# The words for each of REMINDER_LEADS, in hours.
_LEADS = {72: _("3 days before"), 48: _("2 days before"), 24: _("1 day before")}


class TermsForm(forms.Form):
    """The clinic's terms. Saving the form puts new terms into force.

    `seen` is the id of the terms that the form was filled with.
    """

    slot_grid_minutes = forms.TypedChoiceField(
        label=_("Times begin every"), coerce=int, choices=_GRIDS
    )
    notice_patient_hours = whole_field(_("Shortest notice for patients, in hours"), 0, 168)
    notice_desk_hours = whole_field(_("Shortest notice for the desk, in hours"), 0, 168)
    horizon_patient_days = whole_field(_("Furthest ahead for patients, in days"), 7, 365)
    horizon_desk_days = whole_field(_("Furthest ahead for the desk, in days"), 7, 730)
    hold_minutes = whole_field(_("A chosen time is kept, in minutes"), 2, 60)
    hold_renewals = whole_field(_("How often it can be kept longer"), 0, 5)
    late_change_hours = whole_field(
        _("Free changes until, in hours before the visit"),
        0,
        168,
        _("Moving or cancelling later uses a visit of the package."),
    )
    cancel_undo_minutes = whole_field(_("A cancellation can be undone, in minutes"), 0, 120)
    referral_days = whole_field(_("Answers open booking, in days"), 7, 365)
    offer_hours = whole_field(
        _("An earlier time is kept for one who waits, in hours"),
        1,
        48,
        _("The night, from 8 pm to 8 am, does not count."),
    )
    evaluation_counts_days = whole_field(
        _("An evaluation can count as visit 1, in days before joining"), 0, 84
    )
    idle_package_days = whole_field(_("A package is idle without a booked visit, in days"), 7, 119)
    reminder_lead_hours = forms.TypedMultipleChoiceField(
        label=_("Reminders"),
        coerce=int,
        choices=[(lead, _LEADS[lead]) for lead in REMINDER_LEADS],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    reminder_skip_within_minutes = whole_field(
        _("No reminder due so soon after booking, in minutes"), 0, 1440
    )
    quiet_from_hour = whole_field(
        _("Night begins at, hour of the day"), 12, 24, _("No reminders at night. 21 is 9 pm.")
    )
    quiet_until_hour = whole_field(_("Night ends at, hour of the day"), 0, 12, _("8 is 8 am."))
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2_000_000_000)

    GROUPS = (
        (_("Booking"), ("slot_grid_minutes", "notice_patient_hours", "notice_desk_hours",
                        "horizon_patient_days", "horizon_desk_days", "hold_minutes",
                        "hold_renewals", "referral_days", "offer_hours")),
        (_("Changing"), ("late_change_hours", "cancel_undo_minutes")),
        (_("Rules of packages"), ("evaluation_counts_days", "idle_package_days")),
        (_("Reminders"), ("reminder_lead_hours", "reminder_skip_within_minutes",
                          "quiet_from_hour", "quiet_until_hour")),
    )  # fmt: skip

    def __init__(self, data: Mapping[str, object] | None = None, *, policy: Policy) -> None:
        initial = {
            name: getattr(policy, name) for name in self.base_fields if hasattr(policy, name)
        }
        super().__init__(data, initial={**initial, "seen": policy.pk})
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

    def wanted(self) -> dict[str, Any]:
        """Return the fields of the new policy; call it on a valid form only."""
        found = {name: value for name, value in self.cleaned_data.items() if name != "seen"}
        found["reminder_lead_hours"] = sorted(found["reminder_lead_hours"], reverse=True)
        return found


class ServiceForm(forms.Form):
    """One service on the price list, or a new one.

    `seen` is the version that the form was filled with, empty for a new service. A visit that
    packages are made of has no price of its own.
    """

    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=Service.Kind.choices,
        help_text=_("It stays what it is. A package is made of visits of a package."),
        error_messages={"required": _("Choose a kind"), "invalid_choice": _("Choose a kind")},
    )
    name = forms.CharField(
        label=_("Name"), max_length=80, error_messages={"required": _("Enter a name")}
    )
    minutes = whole_field(_("Minutes with the patient"), 5, 480)
    buffer_before_minutes = whole_field(_("Minutes kept free before"), 0, 120)
    buffer_after_minutes = whole_field(_("Minutes kept free after"), 0, 120)
    price = dollar_field(
        _("Price in dollars"), required=False, hint=_("None for a visit of a package.")
    )
    is_active = forms.BooleanField(label=_("Can be booked"), required=False)
    seen = forms.CharField(widget=forms.HiddenInput, max_length=400, required=False)

    def __init__(
        self, data: Mapping[str, object] | None = None, *, service: Service | None = None
    ) -> None:
        names = [name for name in self.base_fields if service is None or hasattr(service, name)]
        of_row = service or Service(is_active=True)
        initial = {name: getattr(of_row, name, None) for name in names}
        if service is not None:
            initial |= {
                "price": in_dollars(service.price_cents),
                "seen": service_version(service),
                # Whoever opens one without a price is about to set it.
                "is_active": service.is_active or _waits_for_price(service),
            }
        super().__init__(data, initial=initial)
        self.service = service
        # A disabled field ignores what is posted.
        self.fields["kind"].disabled = service is not None
        if service is not None and service.is_of_package:
            self.fields["price"].disabled = True
            self.fields["price"].help_text = _("The package pays for it.")
        elif service is not None:
            self.fields["price"].help_text = ""
        lines = ["kind"] if service is None else []
        lines += ["name", "minutes", "buffer_before_minutes", "buffer_after_minutes", "price"]
        self.helper = laid_out(*(TextLine(name) for name in lines), Tick("is_active"))

    def clean(self) -> dict[str, Any]:
        """Ask for the price of a service that is paid for by itself."""
        found: dict[str, Any] = super().clean() or {}
        if "price" not in found:
            return found
        is_of_package = found.get("kind") == Service.Kind.PACKAGE_VISIT
        if found["price"] is None and not is_of_package:
            self.add_error("price", _("Enter the amount"))
        elif found["price"] is not None and is_of_package:
            self.add_error("price", _("A package pays for its visits: leave this empty"))
        return found

    def wanted(self) -> dict[str, Any]:
        """Return the fields of the service, in cents; call it on a valid form only."""
        found = {name: value for name, value in self.cleaned_data.items() if name != "seen"}
        price, kind = found.pop("price"), found.pop("kind")
        found["price_cents"] = None if price is None else in_cents(price)
        return found if self.service is not None else {"kind": kind, **found}


def _waits_for_price(service: Service) -> bool:
    """Return whether nobody has set the price of a service that needs one."""
    return service.price_cents is None and not service.is_of_package
