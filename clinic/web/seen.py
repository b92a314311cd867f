"""Forms that say what they were filled with: of two people the second is told of the first's save.

An action compares the version of the form with that of the rows, under its lock.
"""

from collections.abc import Iterable
from hashlib import sha256

from django import forms
from django.http import QueryDict


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
