"""Parts of a page that keep themselves up to date."""

import json

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from clinic.web.unattended import HEADER

register = template.Library()


@register.simple_tag
def refreshes(url: str, version: object = "", loads: bool = False) -> SafeString:
    """Write the attributes of an element that asks `url` each minute for its successor.

    It sends the version it shows, and asks at once where a page is looked at again; with `loads`
    also when the page is loaded. static/clinic/refreshing.js keeps it from asking while nobody
    looks.
    """
    return format_html(
        'hx-get="{}" hx-trigger="{}every 60s, visibilitychange from:document" '
        'hx-swap="outerHTML" hx-headers="{}"',
        url,
        "load, " if loads else "",
        json.dumps({HEADER: "1", "If-None-Match": f'"{version}"'}),
    )
