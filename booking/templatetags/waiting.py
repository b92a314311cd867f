"""A filter for wishes on the waitlist."""

from django import template

from booking.models import EarlierWish
from booking.waitlist.queries import wish_in_words

register = template.Library()


@register.filter
def suits(wish: EarlierWish) -> str:
    """Return which times match the wish, in words."""
    return wish_in_words(wish)
