"""Filters that name mails for staff."""

from django import template

from clinic.messages.outbox import KINDS
from clinic.messages.reasons import words_for

register = template.Library()


@register.filter
def kind_name(kind: str) -> str:
    """Return how staff call this kind of mail."""
    return str(KINDS[kind].name) if kind in KINDS else kind


@register.filter
def reason_words(reason: str) -> str:
    """Return why the mail did not go, in words."""
    return words_for(reason)
