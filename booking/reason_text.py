"""Turn reasons into sentences: translated, with dates written out."""

from collections.abc import Iterable
from datetime import date

from django.utils.translation import gettext as _

from booking.reasons import Reason
from clinic.templatetags.look import day


def sentence(reason: Reason) -> str:
    """Return the reason in the reader's language."""
    values = {name: _in_words(value) for name, value in reason.values.items()}
    # Without values a percent sign in the text is just a percent sign.
    return _(reason.text) % values if values else _(reason.text)


def _in_words(value: object) -> object:
    if isinstance(value, date):
        return day(value)
    return _(value) if isinstance(value, str) else value


def sentences(reasons: Iterable[Reason]) -> list[str]:
    """Return the reasons in the reader's language, in order, without duplicates."""
    return list(dict.fromkeys(sentence(reason) for reason in reasons))
