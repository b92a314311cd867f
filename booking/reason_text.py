"""Reasons as sentences: translated, with their dates written out."""

from collections.abc import Iterable
from datetime import date

from django.utils.translation import gettext as _

from booking.reasons import Reason
from clinic.templatetags.look import day


def sentence(reason: Reason) -> str:
    """Return the reason in the reader's language."""
    values = {name: _in_words(value) for name, value in reason.values.items()}
    return _(reason.text) % values if values else _(reason.text)


def _in_words(value: object) -> object:
    if isinstance(value, date):
        return day(value)
    return _(value) if isinstance(value, str) else value


def sentences(reasons: Iterable[Reason]) -> list[str]:
    """Return the reasons in the reader's language, each once."""
    return list(dict.fromkeys(sentence(reason) for reason in reasons))
