"""Form fields for a date in the past: in three parts, month first, or in one line."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from clinic.identity.asking import AskingField, AskingInput, AskingWidget, clinic_today
from clinic.identity.dates import DAY, MONTH, PARTS, date_reading
from clinic.identity.readings import Datum, Doubt, Unreadable

# Raises Unreadable for a date that cannot be: the date and today.
Limits = Callable[[date, date], None]

_LABELS = {"month": _("Month"), "day": _("Day"), "year": _("Year")}


class ThreePartDateWidget(AskingWidget, forms.MultiWidget):
    """Three inputs: month, day, year. With `own` the browser may fill in the reader's birthday."""

    template_name = "clinic/identity/three_part_date.html"
    use_fieldset = True
    wrong: frozenset[str] = frozenset()

    def __init__(self, attrs: dict[str, Any] | None = None, *, own: bool = False) -> None:
        super().__init__({name: forms.TextInput() for name in PARTS}, attrs)
        self.own = own

    def decompress(self, value: object) -> list[Any]:
        """Return month, day and year of a date or an ISO date string, or three times None."""
        if isinstance(value, str):
            try:
                value = date.fromisoformat(value)
            except ValueError:
                return [None, None, None]
        return [value.month, value.day, value.year] if isinstance(value, date) else [None] * 3

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Add to each input its label and what a browser or a screen reader is told of it."""
        context = super().get_context(name, value, attrs)
        # Django says so to the field as a whole; which part it is stands in `wrong`.
        has_errors = context["widget"]["attrs"].pop("aria-invalid", None)
        wrong = (self.wrong or frozenset(PARTS)) if has_errors else frozenset()
        for part, shown in zip(PARTS, context["widget"]["subwidgets"], strict=True):
            shown["name_of_part"], shown["label"] = part, _LABELS[part]
            shown["autocomplete"] = f"bday-{part}" if self.own else "off"
            shown["is_wrong"] = part in wrong
        return context


class PastDateField(AskingField):
    """The base of both fields. `limits` refuses dates that cannot be.

    `today` is the day that counts as today, by default today at the clinic.
    """

    nothing = None

    def __init__(
        self, *, limits: Limits | None = None, today: date | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.limits, self.today = limits, today

    def parts_of(self, value: Any) -> list[str]:
        """Return what was typed for month, day and year."""
        raise NotImplementedError

    def read(self, value: Any) -> Datum[date]:
        today = self.today or clinic_today()
        reading = date_reading(self.parts_of(value), today)
        if self.limits is not None:
            self.limits(reading.value, today)
        return reading


class DateLineField(PastDateField):
    """A date in one line, as staff type it while somebody speaks."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=AskingInput({"autocomplete": "off"}), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Return a stored date as it is typed: 5/24/1992."""
        return f"{value.month}/{value.day}/{value.year}" if isinstance(value, date) else value

    def parts_of(self, value: str) -> list[str]:
        return [value, "", ""]


class ThreePartDateField(PastDateField):
    """A date in three parts. Its error says which part is wrong, and leads there."""

    # The error summary links to this input.
    first_input = "_0"

    def __init__(self, *, own: bool = False, **kwargs: Any) -> None:
        super().__init__(widget=ThreePartDateWidget(own=own), **kwargs)

    def is_empty(self, value: Any) -> bool:
        return not any(part.strip() for part in self.parts_of(value))

    def parts_of(self, value: Any) -> list[str]:
        return [str(part or "") for part in value or ("", "", "")]

    def clean(self, value: Any) -> Any:
        self._mark(frozenset())
        return super().clean(value)

    def mark(self, problem: Unreadable) -> None:
        self._mark(problem.parts)

    def ask_about(self, doubt: Doubt | None) -> None:
        try:
            super().ask_about(doubt)
        except ValidationError:
            # Only the order of the first two can be in question.
            self._mark(frozenset({MONTH, DAY}))
            raise

    def _mark(self, wrong: frozenset[str]) -> None:
        assert isinstance(self.widget, ThreePartDateWidget)
        self.widget.wrong = wrong
        first = next((place for place, part in enumerate(PARTS) if part in wrong), 0)
        vars(self)["first_input"] = f"_{first}"


def read_posted(data: Mapping[str, Any], name: str) -> date | None:
    """Return the date that was posted for a three-part field, or None if none can be read.

    What the form would ask about, or refuse for its limits, is returned as well.
    """
    parts = [str(data.get(f"{name}_{part}", "")) for part in PARTS]
    try:
        return date_reading(parts, clinic_today()).value
    except Unreadable:
        return None
