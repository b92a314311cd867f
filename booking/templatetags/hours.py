"""Hours on a page: weekdays, wall times, and the addresses of either side."""

from datetime import time
from typing import Any

from django import template
from django.urls import reverse
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from booking.opening_hours.period_text import stretch

register = template.Library()
register.filter(stretch)


@register.filter
def weekday(number: int) -> str:
    """Name a weekday, 0 Monday to 6 Sunday."""
    return str(WEEKDAYS[number])


@register.filter
def wall(at: time) -> str:
    """Format a wall time: 9:30 am."""
    half = _("am") if at.hour < 12 else _("pm")
    return f"{at.hour % 12 or 12}:{at.minute:02} {half}"


@register.simple_tag
def page(door: Any, name: str, owner: Any, *args: object) -> str:
    """Return the address of a page about these hours, on the side somebody came in."""
    own: list[Any] = [] if door.is_own else [owner.pk]
    return reverse(f"{door.prefix}_{name}", args=[*own, *args])
