"""Wishes of the waitlist on a page."""

from django import template

from booking.models import EarlierWish
from booking.waitlist.queries import wish_in_words

register = template.Library()


@register.filter
def suits(wish: EarlierWish) -> str:
    """Say which times suit her who waits."""
    return wish_in_words(wish)
