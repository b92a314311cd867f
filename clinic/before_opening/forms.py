"""The forms of the clinic's facts."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

from clinic.identity.fields import PhoneField
from clinic.web.form_fields import SeenForm
from clinic.web.form_layout import TextLine, laid_out, lines

_STATES = (
    "AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "DC", "FL", "GA", "HI", "ID", "IL", "IN", "IA",
    "KS", "KY", "LA", "ME", "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM",
    "NY", "NC", "ND", "OH", "OK", "OR", "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VT", "VA", "WA",
    "WV", "WI", "WY",
)  # fmt: skip
NOT_HTTPS = _("Enter an address that begins with https://")
# The zones of the United States stand first.
_NEAR = (
    "America/New_York", "America/Detroit", "America/Indiana/Indianapolis", "America/Chicago",
    "America/Denver", "America/Phoenix", "America/Los_Angeles", "America/Anchorage",
    "America/Adak", "Pacific/Honolulu", "America/Puerto_Rico",
)  # fmt: skip
# Names of the database that are no places.
_NO_PLACES = ("Etc/", "SystemV/", "US/", "posix/", "right/")


def _line(label: Any, most: int, hint: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        help_text=hint,
        max_length=most,
        error_messages={"required": _("Enter it: patients read it")},
    )


class FactsForm(SeenForm):
    """What pages and mails say about the clinic.

    What patients cannot do without may not be emptied once it is entered.
    """

    name = _line(_("The clinic is called"), 80, _("As it stands on your door."))
    mail_name = _line(
        _("Mail calls the clinic"),
        60,
        _("Mail may be read by others: choose a name that does not tell what you treat."),
    )
    address = _line(_("Address"), 160, _("Street, town and state, in one line."))
    door = _line(_("Door"), 160, _("For example: second floor, the blue door, ring twice."))
    parking = _line(_("Parking"), 160)
    phone = PhoneField(
        label=_("Telephone"), required=False, help_text=_("The number that patients call.")
    )
    crisis_line = _line(
        _("Local crisis line"),
        160,
        _("Emergency pages print it beside 988. Its name and number, as a sentence."),
    )
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("Not chosen")), *((one, one) for one in _STATES)],
        help_text=_("Holidays are proposed by it."),
    )
    tax_number = _line(_("Tax number"), 40, _("Your EIN. It stands on receipts."))
    provider_number = _line(
        _("Provider number"), 40, _("The NPI of the clinic. It stands on receipts.")
    )
    payment_link = forms.URLField(
        label=_("Where patients pay online"),
        required=False,
        max_length=200,
        assume_scheme="https",
        validators=[URLValidator(schemes=["https"], message=NOT_HTTPS)],
        help_text=_(
            "The address of a page of your payment provider. Patients find it where something is"
            " still to pay. Their card’s data go there, never here."
        ),
        error_messages={"invalid": NOT_HTTPS},
    )
    helper = lines(
        (
            *("name", "mail_name", "address", "door", "parking", "phone", "crisis_line", "state"),
            *("tax_number", "provider_number", "payment_link"),
        )
    )

    def __init__(self, data: Any = None, *, initial: dict[str, str]) -> None:
        super().__init__(data, initial=initial)
        for name in ("name", "mail_name", "address", "phone"):
            self.fields[name].required = bool(initial.get(name))

    def stands(self) -> list[str]:
        """Return the facts as they are now, a line for each that is entered."""
        return [
            f"{field.label}: {self.initial[name]}"
            for name, field in self.fields.items()
            if name != "seen" and self.initial.get(name)
        ]


class ZoneForm(forms.Form):
    """The clinic's time zone, chosen once."""

    zone = forms.ChoiceField(
        label=_("Time zone"),
        error_messages={"required": _("Choose one"), "invalid_choice": _("Choose one")},
    )
    helper = laid_out(TextLine("zone"))

    def __init__(self, data: Any = None) -> None:
        # None is chosen beforehand: what is chosen by oversight cannot be taken back.
        super().__init__(data)
        others = sorted(
            one
            for one in available_timezones()
            if "/" in one and one not in _NEAR and not one.startswith(_NO_PLACES)
        )
        field = self.fields["zone"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            ("", _("Not chosen")),
            (_("United States"), [(one, _place(one)) for one in _NEAR]),
            (_("Elsewhere"), [(one, _place(one)) for one in others]),
        ]


def _place(zone: str) -> str:
    """Return the zone as people read it: "America/New York"."""
    return zone.replace("_", " ")
