"""Form fields and helpers that several forms share.

A form with `seen` says what it was filled with: of two people the second is told of the first's
save. An action compares the version of the form with that of the rows, under its lock.
"""

from collections.abc import Iterable
from datetime import date
from hashlib import sha256
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

# The words for a text that is too long, in place of Django's.
AT_MOST = _("Write at most %(limit_value)s characters; this has %(show_value)s")
# A typing error in the year should be found, not stored.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)


def day_field(label: Any, **options: Any) -> forms.DateField:
    """Return a date field for a day between FIRST_DAY and LAST_DAY."""
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Choose a day"), "invalid": _("Enter a date")},
        validators=[
            MinValueValidator(FIRST_DAY, _("Choose a day that is not that far back")),
            MaxValueValidator(LAST_DAY, _("Choose a day that is not that far ahead")),
        ],
        **options,
    )


def time_field(label: Any, **options: Any) -> forms.TimeField:
    """Return a field for a wall time. The browser proposes steps of 15 minutes."""
    return forms.TimeField(
        label=label,
        widget=forms.TimeInput(attrs={"type": "time", "step": 900}, format="%H:%M"),
        error_messages={"required": _("Choose a time"), "invalid": _("Enter a time like 9:30")},
        **options,
    )


def hidden(form: forms.Form) -> Iterable[str]:
    """Return the form's fields as hidden inputs, to carry them through a confirmation page."""
    return [field.as_hidden() for field in form]


LONGEST_TEXT = 10_000


def text_field(label: Any, rows: int) -> forms.CharField:
    """Return an optional field for several lines, with at most LONGEST_TEXT characters."""
    return forms.CharField(
        label=label,
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": rows, "class": "form-control"}),
    )


def choice_field(label: Any, choices: Iterable[tuple[str, Any]], missing: Any) -> forms.ChoiceField:
    """Return a field of radio buttons. `missing` is the error if none of them is chosen."""
    field = forms.ChoiceField(
        label=label,
        choices=list(choices),
        widget=forms.RadioSelect,
        error_messages={"required": missing, "invalid_choice": missing},
    )
    # The error summary links to the first button, whose id ends so.
    vars(field)["first_input"] = "_0"
    return field


def version_of(values: Iterable[object]) -> str:
    """Return a text that changes with these values."""
    return sha256(repr(list(values)).encode()).hexdigest()


def is_stale(seen: str, now: str) -> bool:
    """Return whether a page showed another version than that of now.

    Empty, nothing was seen: a program writes, or a page of the release before.
    """
    return bool(seen) and seen != now


class SeenForm(forms.Form):
    """A form whose field `seen` has the version that it was filled with."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)

    def show_again(self) -> None:
        """Show what was typed with the version of now, so that sending it again is on purpose."""
        assert isinstance(self.data, QueryDict)  # what was posted
        typed = self.data.copy()
        typed["seen"] = self.initial["seen"]
        self.data = typed

    def stands(self) -> list[str]:
        """Return what counts now as lines of text."""
        raise NotImplementedError
