"""Tags and filters for icons, dates, times and money. Every template has them without loading."""

import json
from collections.abc import Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from clinic.identity.phone_words import phone_in_words
from clinic.identity.phones import phone_address
from clinic.models.people import Patient
from clinic.security.submission_keys import FIELD, new_key
from clinic.web.icons import ICONS
from clinic.web.phone_links import numbers_linked

register = template.Library()


def _local(moment: datetime) -> datetime:
    return moment.astimezone(ZoneInfo(settings.CLINIC_TIME_ZONE))


@register.simple_tag
def icon(name: str) -> SafeString:
    """Draw an icon. Screen readers skip it, so there must be a word beside it."""
    drawing = mark_safe(ICONS[name])  # noqa: S308 our own drawings
    return format_html('<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{}</svg>', drawing)


@register.simple_tag
def interpreter(patient: Patient) -> SafeString:
    """Write the interpreter a patient needs, after an icon; empty if she needs none."""
    if not patient.interpreter:
        return SafeString()
    words = _("Interpreter: %(language)s") % {"language": patient.interpreter}
    return format_html("{}&nbsp;{}", icon("talk"), words)


@register.filter
def paired(names: Sequence[str], cells: Sequence[str]) -> list[tuple[str, str]]:
    """Return (name, cell) for each column of a row. Raises ValueError if one has no partner."""
    return list(zip(names, cells, strict=True))


@register.filter
def as_json(value: object) -> str:
    """Return the value as JSON, for a script of ours that reads it from an attribute."""
    return json.dumps(value)


@register.filter
def error_prefix(has_errors: bool) -> str:
    """Return the beginning of the title of a page whose form has errors."""
    return _("Error:") + " " if has_errors else ""


register.filter("dialed", phone_in_words)
register.filter(numbers_linked)


@register.simple_tag
def phone_link(
    stored: str, css: str = "num", *, with_icon: bool = False, call: bool = False
) -> SafeString:
    """Write a patient's number as a link that dials it, or in bold that nobody can dial it.

    With `call` the link says "Call" before the number.
    """
    words = phone_in_words(stored)
    if not (address := phone_address(stored)):
        return format_html("<strong>{} {}</strong>", icon("caution"), words)
    words = _("Call %(phone)s") % {"phone": words} if call else words
    if not with_icon:
        return format_html('<a class="{}" href="{}">{}</a>', css, address, words)
    return format_html('<a class="{}" href="{}">{} {}</a>', css, address, icon("phone"), words)


@register.simple_tag
def form_key() -> SafeString:
    """Write the hidden field by which a form's action runs once, however often it is sent."""
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, new_key())


@register.filter
def clock(moment: datetime) -> str:
    """Format a time on the clinic's clock: 9:30 am."""
    local = _local(moment)
    half = _("am") if local.hour < 12 else _("pm")
    return f"{local.hour % 12 or 12}:{local.minute:02} {half}"


@register.filter
def short_clock(moment: datetime) -> str:
    """Format a time on the clinic's clock where the hours beside it say am or pm: 9:30."""
    local = _local(moment)
    return f"{local.hour % 12 or 12}:{local.minute:02}"


@register.filter
def half_of_day(moment: datetime) -> str:
    """Return am or pm, for a time on the clinic's clock."""
    return _("am") if _local(moment).hour < 12 else _("pm")


@register.filter
def brief_clock(moment: datetime) -> str:
    """Format a time on the clinic's clock as people say it: 5 pm, or 9:30 am."""
    return brief_time(_local(moment).time())


@register.filter
def brief_time(at: time) -> str:
    """Format a wall time as people say it: 5 pm, or 9:30 am."""
    half = _("am") if at.hour < 12 else _("pm")
    minutes = f":{at.minute:02}" if at.minute else ""
    return f"{at.hour % 12 or 12}{minutes} {half}"


@register.filter
def day_of_week(moment: datetime) -> str:
    """Return the name of the day of the week at the clinic."""
    return date_format(_local(moment).date(), "l")


@register.filter
def clock_seconds(moment: datetime) -> str:
    """Format a time on the clinic's clock to the second: 9:30:07 am."""
    local = _local(moment)
    return clock(moment).replace(" ", f":{local.second:02} ")


@register.filter
def day(moment: datetime | date) -> str:
    """Format a date: Tuesday, December 8. The year is added if it is not this year.

    Of a datetime it is the date at the clinic.
    """
    if isinstance(moment, datetime):
        moment = _local(moment).date()
    this_year = datetime.now(ZoneInfo(settings.CLINIC_TIME_ZONE)).year
    return date_format(moment, "l, F j" if moment.year == this_year else "l, F j, Y")


@register.filter
def in_full(moment: datetime) -> str:
    """Format a date and time with the zone: Tuesday, December 8, 9:30 am EST."""
    return f"{day(moment)}, {clock(moment)} {_local(moment).tzname()}"


@register.filter
def zone(moment: datetime) -> str:
    """Return the name of the clinic's zone at that time: EST, or EDT in summer."""
    return _local(moment).tzname() or ""


@register.filter
def dollars(cents: int | None) -> str:
    """Format an amount in cents: $1,140, $12.50 when there are cents, −$5. None is empty."""
    if cents is None:
        return ""
    sign, cents = "−" if cents < 0 else "", abs(cents)
    return f"{sign}${cents / 100:,.2f}" if cents % 100 else f"{sign}${cents // 100:,}"


@register.filter
def hours(minutes: int) -> str:
    """Format minutes as hours: 112 h, 7 h 30 min, or 45 min."""
    whole, rest = divmod(minutes, 60)
    if not whole and rest:
        return _("%(m)s min") % {"m": rest}
    return _("%(h)s h %(m)s min") % {"h": whole, "m": rest} if rest else _("%(h)s h") % {"h": whole}


@register.filter
def among(name: str, names: str) -> bool:
    """Return whether a name is one of several that are separated by spaces."""
    return name in names.split()
