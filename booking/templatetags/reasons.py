"""Filters for reasons, and for mappings by visit number."""

from collections.abc import Mapping
from typing import Any

from django import template

from booking.reason_text import sentence as in_words
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
