"""The dates and times of a closure or an extra opening as text."""

from datetime import time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from clinic.templatetags.look import clock, day, in_full


def stretch(row: Any) -> str:
    """Return when a closure or opening is: its dates if it covers whole days, else its times.

    `row` is anything with an aware `starts_at` and `ends_at`, a form as well.
    """
    zone = ZoneInfo(settings.CLINIC_TIME_ZONE)
    begins, ends = row.starts_at.astimezone(zone), row.ends_at.astimezone(zone)
    if begins.time() == ends.time() == time(0):
        # It ends at the midnight after its last day.
        last = ends.date() - timedelta(days=1)
        if last == begins.date():
            return day(last)
        return _("%(first)s to %(last)s") % {"first": day(begins.date()), "last": day(last)}
    until = clock(row.ends_at) if begins.date() == ends.date() else in_full(row.ends_at)
    return _("%(first)s to %(last)s") % {"first": in_full(row.starts_at), "last": until}
