"""A closure or an extra opening in words."""

from datetime import time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from clinic.templatetags.look import clock, day, in_full


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
