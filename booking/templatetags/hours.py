"""Filters and a tag for pages about hours: weekdays, wall times, and addresses."""

from datetime import time
from typing import Any

from django import template
from django.urls import reverse
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from booking.opening_hours.queries import stretch

register = template.Library()
register.filter(stretch)


@register.filter
def weekday(number: int) -> str:
    """Return the name of a weekday, 0 Monday to 6 Sunday."""
    return str(WEEKDAYS[number])


@register.filter
def wall(at: time) -> str:
    """Return a wall time like "9:30 am"."""
    # By the 12-hour clock, 0 and 12 are both shown as 12.
    half = _("am") if at.hour < 12 else _("pm")
    return f"{at.hour % 12 or 12}:{at.minute:02} {half}"


@register.simple_tag
def page(pages: Any, name: str, owner: Any, *args: object) -> str:
    """Return the address of a page about the owner's hours, in the same set of pages.

    `pages` is a `booking.opening_hours.views.HoursPages`.
    """
    own: list[Any] = [] if pages.is_own else [owner.pk]
    return reverse(f"{pages.prefix}_{name}", args=[*own, *args])
