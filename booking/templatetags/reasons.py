"""Filters for reasons, and for mappings by visit number."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.utils.translation import gettext as _

from booking.reason_text import sentence as in_words
from booking.reason_text import sentences
from booking.reasons import Reason

register = template.Library()


@register.filter
def sentence(reason: Reason) -> str:
    """Return the reason as a sentence in the reader's language."""
    return in_words(reason)


@register.filter
def of(mapping: Mapping[Any, Any], key: Any) -> Any:
    """Return the value of a key, or None."""
    return mapping.get(key)


@register.filter
def because(reasons: Iterable[Reason]) -> str:
    """Return why nothing was found as one sentence, or nothing without reasons."""
    found = "; ".join(sentences(reasons))
    return _("Because %(reasons)s.") % {"reasons": found} if found else ""
