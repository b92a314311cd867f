"""The tag that names the sources of a fact on a short page."""

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from intake.triage.sources import SOURCES

register = template.Library()
OWN = "OWN"


@register.simple_tag
def rests_on(*codes: str) -> SafeString:
    """Return the codes of the sources of a fact, each as a link to the list of sources.

    OWN is written in words. Raises KeyError for a code that is not in the list: a template may only
    cite what is there.
    """
    page = reverse("learn_sources")
    links = [
        (f"{page}#{code}", SOURCES[code].title, SOURCES[code].code) for code in codes if code != OWN
    ]
    parts = [format_html('<a href="{}" title="{}">{}</a>', *link) for link in links]
    if OWN in codes:
        parts.append(format_html("{}", _("our own view")))
    listed = format_html_join(", ", "{}", ((part,) for part in parts))
    return format_html('<small class="soft text-nowrap">({})</small>', listed)
