"""Hours on a page: weekdays, wall times, and the addresses of either side."""

from datetime import time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from clinic.templatetags.look import clock, day, in_full

register = template.Library()


@register.filter
def weekday(number: int) -> str:
    """Name a weekday, 0 Monday to 6 Sunday."""
    return str(WEEKDAYS[number])


@register.filter
def wall(at: time) -> str:
    """Format a wall time: 9:30 am."""
    return f"{at.hour % 12 or 12}:{at.minute:02} {_('am') if at.hour < 12 else _('pm')}"


@register.filter
def stretch(row: Any) -> str:
    """Say when a closure or opening is: its days when it is whole days, else its times."""
    zone = ZoneInfo(settings.CLINIC_TIME_ZONE)
    begins, ends = row.starts_at.astimezone(zone), row.ends_at.astimezone(zone)
    if begins.time() == ends.time() == time(0):
        last = ends.date() - timedelta(days=1)
        if last == begins.date():
            return day(last)
        return _("%(first)s to %(last)s") % {"first": day(begins.date()), "last": day(last)}
    until = clock(row.ends_at) if begins.date() == ends.date() else in_full(row.ends_at)
    return _("%(first)s to %(last)s") % {"first": in_full(row.starts_at), "last": until}


@register.simple_tag
def page(door: Any, name: str, owner: Any, *args: Any) -> str:
    """Return the address of a page about these hours, on the side somebody came in."""
    own: list[Any] = [] if door.is_own else [owner.pk]
    return reverse(f"{door.prefix}_{name}", args=[*own, *args])
