"""The form of the holidays of one year."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from booking.set_up.actions import day_of, is_closed
from booking.set_up.holiday_list import Proposed, proposed
from clinic.templatetags.look import day
from clinic.web.form_layout import Tiles, laid_out


class HolidaysForm(forms.Form):
    """The holidays of a year, to be ticked. Those on which the clinic is closed are not asked."""

    days = forms.MultipleChoiceField(
        label=_("Closed on"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick the days on which the clinic is closed")},
    )
    helper = laid_out(Tiles("days"))

    def __init__(
        self, data: Any = None, *, year: int, state: str, today: date, ticked: bool = False
    ) -> None:
        everything = [one for one in proposed(year, state) if one.day >= today]
        self.closed = [one for one in everything if is_closed(*day_of(one.day))]
        self.open = [one for one in everything if one not in self.closed]
        super().__init__(data, initial={"days": self._of_the_country() if ticked else []})
        field = self.fields["days"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(one.day.isoformat(), _words(one)) for one in self.open]

    def _of_the_country(self) -> list[str]:
        return [
            one.day.isoformat() for one in self.open if one.is_federal and one.day.weekday() < 5
        ]

    def chosen(self) -> list[tuple[date, str]]:
        """Return date and name of each day that was ticked; call it on a valid form only."""
        wanted = set(self.cleaned_data["days"])
        return [(one.day, one.name) for one in self.open if one.day.isoformat() in wanted]

    def in_words(self) -> list[str]:
        """Return what is asked for as lines of text; call it on a valid form only."""
        return [f"{name}, {day(on)}" for on, name in self.chosen()]


def _words(one: Proposed) -> str:
    return f"{day(one.day)}: {one.name}"
