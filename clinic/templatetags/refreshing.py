"""A tag for parts of a page that refresh themselves."""

import json

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from clinic.web.unattended import HEADER

register = template.Library()


@register.simple_tag
def refreshes(url: str, version: object = "", loads: bool = False, seconds: int = 60) -> SafeString:
    """Write the htmx attributes of an element that replaces itself from `url` each minute.

    Or every so many `seconds`.
    The request carries the version that is shown, so that the answer can be 304. It is also sent
    at once when the page becomes visible again and, with `loads`, when the page has loaded.
    static/clinic/refreshing.js stops the requests while the page is not visible.
    """
    return format_html(
        'hx-get="{}" hx-trigger="{}every {}s, visibilitychange from:document" '
        'hx-swap="outerHTML" hx-headers="{}"',
        url,
        "load, " if loads else "",
        seconds,
        json.dumps({HEADER: "1", "If-None-Match": f'"{version}"'}),
    )
