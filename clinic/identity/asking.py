"""Form fields that read a typed datum, and may ask once before they take it.

The question is an error at the field. The page that shows it holds what it asked about in a hidden
input beside the field, so sending the form again takes the value, with or without a script.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext

from clinic.identity.readings import Datum, Doubt, Unreadable

# Longer than whatever a question is about.
_MOST_ASKED = 300


def sentence(problem: Unreadable | Doubt) -> str:
    """Return what a problem or a doubt says, translated and filled with its values."""
    values = {name: _in_words(value) for name, value in problem.values.items()}
    return gettext(problem.text) % values


def _in_words(value: object) -> object:
    return date_format(value, "F j, Y") if isinstance(value, date) else value


def clinic_today() -> date:
    """Return today's date at the clinic."""
    zone = ZoneInfo(settings.CLINIC_TIME_ZONE)
    return timezone.now().astimezone(zone).date()


class AskingWidget(forms.Widget):
    """A widget that keeps in a hidden input what was asked about its value."""

    # What the page that was sent had asked, and what the page to be drawn asks.
    seen, asking = "", ""

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:
        self.seen = str(data.get(f"{name}_asked", ""))[:_MOST_ASKED]
        return super().value_from_datadict(data, files, name)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        context["widget"]["asking"] = self.asking
        return context


class AskingInput(AskingWidget, forms.TextInput):
    """A line of text with what was asked about it."""

    template_name = "clinic/identity/asking_input.html"


class AskingField(forms.Field):
    """The base of the fields for what people type about themselves.

    With `asks=False` it takes a value without its question. `kept` maps a text to the value it
    stands for, whatever the rules say now: what the form was filled with from storage.
    """

    # The value of a field left empty.
    nothing: Any = ""

    def __init__(self, *, asks: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.asks = asks
        self.kept: dict[str, Any] = {}

    def read(self, value: Any) -> Datum[Any]:
        """Return the reading of what the widget returned, which is not empty. Raises Unreadable."""
        raise NotImplementedError

    def clean(self, value: Any) -> Any:
        """Return the datum, or the empty value of an optional field. Raises ValidationError."""
        self.ask_about(None)
        if self.is_empty(value):
            self.validate(None)
            return self.nothing
        if isinstance(value, str) and value.strip() in self.kept:
            return self.kept[value.strip()]
        try:
            reading = self.read(value)
        except Unreadable as problem:
            self.mark(problem)
            raise ValidationError(sentence(problem), code="invalid") from None
        self.ask_about(reading.doubt)
        return reading.value

    def is_empty(self, value: Any) -> bool:
        """Return whether nothing was typed."""
        return not str(value or "").strip()

    def mark(self, problem: Unreadable) -> None:
        """Note which inputs of the field are wrong; a field of one input has nothing to note."""

    def ask_about(self, doubt: Doubt | None) -> None:
        """Raise ValidationError with the question, unless the page that was sent had asked it."""
        widget = self.widget
        assert isinstance(widget, AskingWidget)
        widget.asking = doubt.about if doubt else ""
        if doubt and self.asks and widget.seen != doubt.about:
            raise ValidationError(sentence(doubt), code="asked")


def keep(form: forms.Form, name: str, stored: Any) -> None:
    """Let the form's field take what is stored as it is, if it is not typed anew.

    What was stored before a rule was made, or came from a file, must not stand in the way of
    changing something else.
    """
    field, shown = form.fields[name], form.get_initial_for_field(form.fields[name], name)
    assert isinstance(field, AskingField)
    if shown:
        field.kept[str(field.prepare_value(shown))] = stored
